// Entering a call: asks the server for an entry, and creates the provider that transports pictures and sound.

import { Mesh } from "./mesh.js";
import { request, wait } from "./request.js";

const RETRY_MS = [1000, 2000, 4000, 8000];

// Every provider has the same methods as the mesh. Those that have a module of their own are loaded where they are used.
const providers = { builtin: Mesh };

// A browser may remember a failed import until the page is reloaded, so each attempt has an address of its own.
async function loadProvider(name, attempt) {
  if (name in providers) return;
  if (name === "livekit") providers.livekit = (await import(`./livekit.js?attempt=${attempt}`)).LiveKit;
  if (name === "jitsi") providers.jitsi = (await import(`./jitsi.js?attempt=${attempt}`)).Jitsi;
}

export function createProvider(entry, hooks) {
  const { device, epoch, side, ice, kbps, join } = entry;
  return new providers[entry.provider]({ me: { device, epoch, side }, ice, kbps, join, ...hooks });
}

// Retries while there is no answer or a temporary error. `onRetry` is called before each further attempt.
export async function enter(url, body, onRetry) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const at = Math.round(performance.timeOrigin + performance.now()); // the server may receive an earlier attempt later
      const entry = await request(url, { ...body, at });
      await loadProvider(entry.provider, attempt);
      return entry;
    } catch (problem) {
      const temporary = !problem.status || problem.status >= 500 || problem.status === 429;
      if (!temporary || attempt >= RETRY_MS.length) throw problem;
      if (onRetry) onRetry();
      await wait(RETRY_MS[attempt]);
    }
  }
}
