// One text as a bubble: its words with links, its size, and how far it has come.

import { make } from "./dom.js";

const STEPS = {
  queued: "on its way", sent: "on its way", delivered: "delivered", undelivered: "not delivered", failed: "failed",
  accepted: "waiting for the carrier", receiving: "sending", received: "delivered",
};
const MOVING = new Set(["queued", "sent", "accepted", "receiving"]);
const LOST = new Set(["failed", "undelivered"]);

function withLinks(text) {
  const line = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/g)) {
    const link = make("a", "", match[0]);
    link.href = match[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    line.append(text.slice(from, match.index), link);
    from = match.index + match[0].length;
  }
  line.append(text.slice(from));
  return line;
}

export function fillBubble(bubble, message) {
  bubble.className = `bubble${message.mine ? " mine" : ""}`;
  bubble.classList.toggle("moving", MOVING.has(message.status));
  bubble.classList.toggle("lost", LOST.has(message.status));
  bubble.dataset.sid = message.sid;
  bubble.dataset.status = message.status;
  const text = make("div", "text");
  text.append(withLinks([message.body, ...message.media].filter(Boolean).join("\n")));
  const meta = make("div", "meta", `${message.time} · `);
  const size = message.segments === 1 ? "1 segment" : `${message.segments} segments`;
  const unicode = message.encoding === "UCS-2";
  meta.append(make("span", message.segments > 2 || unicode ? "long" : "", size + (unicode ? " (Unicode)" : "")), " · ");
  const state = message.note || STEPS[message.status] || message.status;
  meta.append(make("span", LOST.has(message.status) ? "bad" : "state", state));
  meta.title = `${message.units} ${unicode ? "units" : "septets"}, ${message.status}, ${message.sid}`;
  bubble.replaceChildren(text, meta);
}
