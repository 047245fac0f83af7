// What the stage says about the call, as keys of texts; and the report that staff are shown.

const MISSING_SECONDS = 5; // without sound or pictures for so long, the stage says so
export const UNREACHABLE_MS = 15000; // a server that is silent for so long is out of reach

export function formatClock(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(left / 60);
  return minutes < 60 ? `${minutes}:${two(left % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(left % 60)}`;
}

// "" when there is nothing to say.
// `links` are the measured links to the other side; `everMet`: somebody of the other side was here before.
export function statusKey({ side, otherSides, state, links, everMet, silenceMs, evidence }) {
  const { phase, peers, silent } = state;
  const connected = links.some((link) => link.state === "connected");
  if (!connected && (navigator.onLine === false || silenceMs > UNREACHABLE_MS)) return "call.server.lost";
  if (side === "watcher") return links.length || peers.length ? "" : "call.watch.nobody";
  if (phase === "waiting" && (side === "kiosk" ? state.family : state.kiosk)) return "call.waiting.here";
  const present = (peer) => otherSides.includes(peer.side) && (connected || !(silent || []).includes(peer.id));
  if (!peers.some(present)) return absentKey(side, state, everMet);
  if (!connected) return links.some((link) => link.wasConnected) ? "call.link.lost" : "call.link.connecting";
  return missingKey(links, evidence);
}

function absentKey(side, state, everMet) {
  if (side === "family" && state.asks) return "call.waiting.officer";
  if (everMet) return "call.other.gone";
  return side === "family" && !state.screen ? "call.waiting.screen" : "call.waiting.alone";
}

function missingKey(links, evidence) {
  const missing = (what) => evidence.missingFor(what) > MISSING_SECONDS;
  if (missing("seen") && missing("heard")) return "call.other.nothing";
  if (missing("heard")) return "call.other.silent";
  if (missing("seen")) return "call.other.dark";
  return links.some((link) => link.videoPaused) ? "call.link.thin" : "";
}

// The report of a heartbeat, with the values that docs/calls.md lists. `main` is the link to the other side, if there is one.
export function heartbeatReport(links, main, devices) {
  const sum = (what) => links.reduce((all, link) => all + (link[what] || 0), 0);
  return {
    link: linkState(main),
    camera: devices.stateOf("video"),
    microphone: devices.stateOf("audio"),
    way: main.candidateType || "",
    rtt: main.rtt || null,
    loss: main.loss || 0,
    thin: Boolean(main.videoPaused),
    in: sum("in"),
    out: sum("out"),
    width: main.width || 0,
    height: main.height || 0,
  };
}

function linkState(link) {
  if (!link.state) return "waiting";
  if (link.state === "connected") return "connected";
  return link.wasConnected ? "trouble" : "connecting";
}
