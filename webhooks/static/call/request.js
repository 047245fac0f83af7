// JSON requests to the server, each with a time limit.

const TIMEOUT_MS = 8000;

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Returns the JSON of the answer. Throws an error with `status` (0: no answer), `code` and `text`. Without a body it is a GET.
export async function request(url, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  const options = { signal: abort.signal, cache: "no-store", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(url, options);
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const problem = new Error(answer.error || "failed");
    throw Object.assign(problem, { status: response.status, code: answer.error || "", ...answer });
  } catch (problem) {
    if (problem.status === undefined) problem.status = 0;
    throw problem;
  } finally {
    clearTimeout(timer);
  }
}
