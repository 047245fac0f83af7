// The simulator's page: two phones, and a bar with the clock and the carrier. Everything shown is polled from /api/state
// and /api/messages.

import { get, post } from "./api.js";
import { find } from "./dom.js";
import { Messages } from "./messages.js";
import { PhonePanel } from "./phone_panel.js";

const POLL_MS = 700;
const NOTICE_MS = 6000;

const messages = new Messages();
const dialog = find("#add");
const panels = [...document.querySelectorAll(".phone")].map(
  (section) => new PhonePanel(section, messages, { sent, failed: warn, add: openDialog }),
);
let phones = [];
let cursor = 0;
let epoch = null;
let pollTimer = null;
let firstPoll = true;
let problemText = ""; // the problem that is shown for a moment
let dialogPanel = null; // the panel that shows the phone which the dialog adds

// Notices

function warn(problem) {
  problemText = problem.message;
  setTimeout(() => { if (problemText === problem.message) problemText = ""; }, NOTICE_MS);
  showNotice(null);
}

function showNotice(carrier) {
  const notice = find("#notice");
  let text = problemText;
  if (!text && carrier && carrier.down) {
    text = "The carrier is down. Texts to and from the phones wait; all of it goes on when it is back.";
  } else if (!text && carrier && !carrier.line_answers) {
    text = "The line does not answer. Texts are tried again.";
  }
  if (!text && !carrier) return;
  if (notice.textContent !== text) notice.textContent = text;
  notice.classList.toggle("bad", Boolean(problemText) || Boolean(text && carrier && !carrier.down));
  notice.hidden = !text;
}

// Texts

function take(received) {
  for (const message of [...received].sort((a, b) => a.id - b.id)) {
    if (!messages.add(message)) continue;
    for (const panel of panels) if (panel.number === message.phone) panel.put(message, !firstPoll);
  }
}

function sent(message) {
  take([message]);
  pollIn(120);
}

// The bar

function showClock(clock) {
  find("#clock").textContent = clock.label;
  find("#clock").dateTime = clock.now;
  find("#zone").textContent = clock.available ? `facility time, ${clock.zone}` : "this machine's time";
  const jump = find("#jump");
  jump.textContent = clock.next ? `Jump to ${clock.next.label}` : "Nothing due";
  jump.title = clock.next ? jump.textContent : "";
  jump.dataset.next = clock.next ? clock.next.text : "";
  jump.disabled = !clock.next || jump.dataset.busy === "1";
  for (const button of document.querySelectorAll("[data-minutes]")) button.disabled = !clock.available || button.dataset.busy === "1";
}

async function moveClock(button, step) {
  button.dataset.busy = "1";
  button.disabled = true;
  try {
    const next = step.to === "next" ? find("#jump").dataset.next : "";
    const clock = await post("/api/clock", step);
    button.dataset.busy = "";
    find("#happened").textContent = next ? `Just now: ${next}` : "";
    showClock(clock);
  } catch (problem) {
    button.dataset.busy = "";
    warn(problem);
  }
  pollIn(80);
}

find("#jump").addEventListener("click", (event) => moveClock(event.currentTarget, { to: "next" }));
for (const button of document.querySelectorAll("[data-minutes]")) {
  button.addEventListener("click", () => moveClock(button, { advance_minutes: Number(button.dataset.minutes) }));
}
find("#down").addEventListener("change", (event) => post("/api/carrier", { down: event.currentTarget.checked }).then(showNotice, warn));
find("#reset").addEventListener("click", async () => {
  if (!confirm("Start over? Every visit, text and payment of this demo is forgotten.")) return;
  try { await post("/api/reset"); } catch (problem) { warn(problem); }
  pollIn(50);
});

// Another phone

function openDialog(panel) {
  dialogPanel = panel;
  find("form", dialog).reset();
  find(".error", dialog).textContent = "";
  dialog.showModal();
}

find("button[value=cancel]", dialog).addEventListener("click", () => dialog.close());
find("form", dialog).addEventListener("submit", async (event) => {
  event.preventDefault();
  find(".error", dialog).textContent = "";
  try {
    const phone = await post("/api/phones", Object.fromEntries(new FormData(event.currentTarget)));
    phones = [...phones.filter((other) => other.number !== phone.number), phone];
    dialog.close();
    dialogPanel.render(phones);
    dialogPanel.show(phone.number);
  } catch (problem) {
    find(".error", dialog).textContent = problem.message;
  }
});

// Polling

function startOver() {
  messages.clear();
  cursor = 0;
  firstPoll = true;
  for (const panel of panels) panel.clear();
}

async function poll() {
  clearTimeout(pollTimer);
  try {
    const [state, news] = await Promise.all([get("/api/state"), get(`/api/messages?after=${cursor}`)]);
    if (epoch !== null && news.epoch !== epoch) { // the demonstration was reset
      epoch = news.epoch;
      startOver();
      return poll();
    }
    epoch = news.epoch;
    cursor = news.cursor;
    phones = state.phones;
    take(news.messages);
    if (firstPoll) messages.markAllSeen();
    firstPoll = false;
    for (const panel of panels) panel.render(phones);
    showClock(state.clock);
    find("#down").checked = state.carrier.down;
    showNotice(state.carrier);
  } catch (problem) {
    warn(problem instanceof TypeError ? new Error("The simulator is not running. This page waits for it.") : problem);
  }
  pollIn(POLL_MS);
}

function pollIn(ms) {
  clearTimeout(pollTimer);
  pollTimer = setTimeout(poll, ms);
}

// Without this module nothing of it would work, so it is hidden until now.
for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
poll();
