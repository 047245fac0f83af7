// The screen in a unit: asks the server every few seconds what to show, lets the resident in, and shows the call. It
// recovers by itself from a loss of power or network.

import { Call } from "../call/call.js";
import { enter } from "../call/entry.js";
import { request, wait } from "../call/request.js";
import { fillTexts } from "../call/stage.js";
import { Bell } from "./kiosk_bell.js";
import { PinPad } from "./pin_pad.js";

const POLL_SECONDS = 10; // when the server does not say how long to wait
const MAX_RETRY_SECONDS = 60;
const CALL_POLL_SECONDS = 30; // during a call a poll only tells the server that this screen is on
const SHOW_END_MS = 20000; // how long "the visit is over" stays

const root = document.getElementById("kiosk");
const texts = JSON.parse(root.dataset.words);
const part = (name) => root.querySelector(`[data-part=${name}]`);
const button = (name) => root.querySelector(`[data-do=${name}]`);
const bell = new Bell();
const pinPad = new PinPad(root, {
  pressed: unlockBell,
  typed: (count) => put("typed", count ? say("kiosk.pin.typed", { count }) : ""),
  enter: (pin) => enterCall({ pin }),
  cancel,
});

let language = root.dataset.language;
let say = null;
let latest = {}; // the last answer of the server
let step = ""; // while the screen rings: "", "pin" or "officer"
let call = null;
let pollNow = () => null;
let endedBy = ""; // how the last call ended here, until the server shows another visit or the resident comes back

function setLanguage(wanted) {
  if (say && wanted === language) return;
  language = texts[wanted] ? wanted : root.dataset.language;
  document.documentElement.lang = language;
  say = fillTexts(root, texts[language]);
}

function show(name) {
  for (const each of root.querySelectorAll("[data-screen]")) each.hidden = each.dataset.part !== name;
  root.dataset.now = name;
  part("sound").hidden = !bell.silent || !["idle", "ring"].includes(name);
  bell.ring((name === "ring" || name === "pin") && !latest.quiet);
}

function put(place, text) {
  const element = root.querySelector(`[data-at=${place}]`);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

function unlockBell() {
  bell.unlock();
  if (bell.context) part("sound").hidden = true;
}

// Polling

async function pollForever() {
  for (let failed = 0; ; ) {
    let pause = latest.every || POLL_SECONDS;
    try {
      const answer = await request(root.dataset.poll, {});
      failed = 0;
      pause = answer.every || POLL_SECONDS;
      put("offline", "");
      if (call) pause = CALL_POLL_SECONDS;
      else apply(answer);
    } catch (problem) {
      failed += 1;
      pause = Math.min(MAX_RETRY_SECONDS, 3 * 2 ** (failed - 1));
      if (failed > 1 && !call) put("offline", say("kiosk.offline"));
    }
    await Promise.race([wait(pause * 1000), new Promise((resolve) => (pollNow = resolve))]);
  }
}

function apply(answer) {
  if (call) return;
  const visitOf = ({ visit }) => (visit ? `${visit.name} ${visit.at}` : "");
  if (visitOf(answer) !== visitOf(latest)) step = "";
  latest = answer;
  setLanguage(answer.language || root.dataset.language);
  put("terminal", answer.terminal || "");
  put("clock", answer.clock || "");
  const quiet = answer.state === "ring" && answer.quiet; // the resident has left, and must identify again to come back
  if (answer.state !== "call" && !quiet) endedBy = "";
  if (answer.state === "call" && endedBy) showEnd();
  else if (answer.state === "call") enterCall({});
  else if (quiet && root.dataset.now === "after") showEnd();
  else if (answer.state === "ring") showRing(answer);
  else if (root.dataset.now !== "after" || answer.state !== "idle") showIdle(answer);
}

function showIdle(answer) {
  step = "";
  if (answer.state === "pairing") put("code", answer.code);
  const { next } = answer;
  put("next", next ? say("kiosk.next", { name: next.name, clock: next.at }) : "");
  put("none", next ? "" : say("kiosk.none"));
  show(answer.state === "pairing" ? "pairing" : "idle");
}

function showRing(answer) {
  const facts = { name: answer.visit.name, clock: answer.visit.at };
  put("ring_name", facts.name);
  put("ring_at", say("kiosk.ring.at", facts));
  put("pin_name", say("kiosk.pin.title", facts));
  put("officer_name", facts.name);
  if (answer.asked && step !== "pin") step = "officer";
  if (answer.needs === "officer" && step === "pin") step = "officer";
  put("officer_said", say(answer.asked ? "kiosk.officer.asked" : "kiosk.officer.text"));
  button("ask").hidden = Boolean(answer.asked);
  button("have-pin").hidden = answer.needs !== "pin";
  show(step || "ring");
}

// Entering

// A screen that entered its call again by itself has not been told what the resident needs: it asks first.
async function begin() {
  unlockBell();
  endedBy = ""; // the resident wants to enter: when an officer lets them in, no other button has to be pressed
  if (latest.state !== "ring") latest = await request(root.dataset.poll, {}).catch(() => latest);
  if (latest.needs === "pin") showPinPad();
  else enterCall({});
}

// The resident left and wants to come back: the server says what they need now.
async function comeBack() {
  disableButtons(true);
  try {
    latest = await request(root.dataset.poll, {});
  } catch (problem) {
    put("offline", say("kiosk.offline"));
  }
  disableButtons(false);
  if (latest.state === "ring") showRing(latest);
  begin();
}

function showPinPad() {
  step = "pin";
  pinPad.set("");
  put("pin_said", "");
  show("pin");
  part("pin").focus();
}

// `proof`: {pin}, or {} where none is needed or an officer is asked
async function enterCall(proof) {
  disableButtons(true);
  try {
    const enterUrl = root.dataset.enter;
    const entry = await enter(enterUrl, proof, () => put("offline", say("kiosk.offline")));
    put("offline", "");
    step = "";
    show("stage");
    call = new Call(part("stage"), { texts: texts[language], enterUrl, side: "kiosk", on: { over } });
    call.start(entry);
  } catch (problem) {
    explain(problem);
  } finally {
    disableButtons(false);
  }
}

function disableButtons(disabled) {
  root.querySelectorAll("button").forEach((each) => {
    if (!part("stage").contains(each)) each.disabled = disabled;
  });
  if (!disabled) pinPad.updateButton();
}

function explain(problem) {
  if (problem.code === "pin") {
    pinPad.set("");
    put("pin_said", problem.text);
  } else if (problem.code === "locked" || problem.code === "officer") {
    step = "officer";
    put("officer_said", problem.text || say("kiosk.officer.asked"));
    button("ask").hidden = true;
    button("have-pin").hidden = problem.code === "locked" || latest.needs !== "pin";
    show("officer");
  } else if (problem.status === 410) {
    over({ why: "end", text: problem.text });
  } else {
    put("offline", problem.text || say("kiosk.offline"));
  }
}

function cancel() {
  step = "";
  if (latest.state === "ring") showRing(latest);
  else showIdle(latest);
}

// The end

function over({ why, text }) {
  call = null;
  if (why === "gone") {
    pollNow(); // the server did not know this screen for a moment: poll, and enter again
    return;
  }
  endedBy = why;
  put("after_said", text || say(why === "left" ? "kiosk.left" : "kiosk.after"));
  showEnd();
  pollNow();
  setTimeout(() => {
    if (root.dataset.now !== "after") return;
    root.dataset.now = "";
    pollNow();
  }, SHOW_END_MS);
}

// Whoever pressed Leave comes back only by the button.
function showEnd() {
  button("come-back").hidden = endedBy !== "left";
  show("after");
}

document.addEventListener("pointerdown", unlockBell);
button("begin").onclick = begin;
button("no-pin").onclick = () => enterCall({});
button("have-pin").onclick = showPinPad;
button("ask").onclick = () => enterCall({});
button("away").onclick = cancel;
button("come-back").onclick = comeBack;
window.addEventListener("online", () => pollNow());
setLanguage(language);
show("");
pollForever();
document.documentElement.dataset.started = "yes"; // read by fallback.js
