// Requests to the simulator. They throw an error whose message can be shown to a person.

const base = document.body.dataset.base;

export async function get(path) {
  const response = await fetch(base + path);
  if (!response.ok) throw new Error(`The simulator answered ${response.status}.`);
  return response.json();
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-Requested-With": "simulator" };
  const response = await fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `The simulator answered ${response.status}.`);
  return answer;
}
