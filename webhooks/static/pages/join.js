// The join page while there is a call or will be one: test the phone, join, choose between two phones, and the end.

import { Call } from "../call/call.js";
import { enter } from "../call/entry.js";
import * as media from "../call/media.js";
import { fillTexts } from "../call/stage.js";
import { PhoneCheck } from "./check.js";
import { startVisitPage } from "./visit_page.js";

const SHOW_END_MS = 4000; // then the page shows what happens next; what staff did stays until the button is pressed
const AUDIO_KBPS = 40;
const root = document.getElementById("call");
const call = JSON.parse(root.dataset.call);
const say = fillTexts(root, call.words);
const part = (name) => root.querySelector(`[data-part=${name}]`);
const button = (name) => root.querySelector(`[data-do=${name}]`);
const form = document.querySelector("form[data-join]");
const JOINED = `in ${call.enter}`; // in sessionStorage: this tab has joined, and a reload continues the call

let reloadTimer = null;

// How much data the visit uses, both directions together.
function showDataUse() {
  const megabytes = (call.minutes * 60 * 2 * (call.kbps + AUDIO_KBPS)) / 8 / 1000;
  part("data").textContent = say("check.data", { megabytes: Math.max(10, Math.round(megabytes / 10) * 10) });
  part("data").hidden = false;
}

function rememberJoined(joined) {
  try {
    if (joined) sessionStorage.setItem(JOINED, "1");
    else sessionStorage.removeItem(JOINED);
  } catch (problem) {
    // The browser stores nothing: after a reload the button has to be pressed again.
  }
}

function hasJoined() {
  try {
    return sessionStorage.getItem(JOINED) === "1";
  } catch (problem) {
    return false;
  }
}

function show(name) {
  for (const each of ["start", "moved", "over"]) part(each).hidden = each !== name;
  if (form) form.hidden = name !== "start";
  document.body.classList.toggle("busy", name !== "start");
}

function showMessage(text) {
  part("said").textContent = text;
  part("said").hidden = !text;
}

// The browser inside another app often has no camera: a button opens the page in the phone's own browser.
function showAppBrowserHelp() {
  const panel = part("inapp");
  if (!media.inApp && media.supported()) return;
  panel.hidden = false;
  const here = location.href.replace(/^https?:\/\//, "");
  const links = {
    android: `intent://${here}#Intent;scheme=https;package=com.android.chrome;S.browser_fallback_url=${encodeURIComponent(location.href)};end`,
    ios: `x-safari-https://${here}`,
  };
  const away = button("away");
  away.hidden = !(media.inApp && links[media.platform]);
  if (!away.hidden) {
    away.href = links[media.platform];
    away.textContent = say(`check.inapp.${media.platform}`);
  }
  button("copy").onclick = async () => {
    await copyAddress();
    button("copy").textContent = say("check.inapp.copied");
  };
}

async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
  } catch (problem) {
    const field = document.createElement("textarea");
    field.value = location.href;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

function preparePhoneCheck() {
  const panel = part("check");
  const open = button("check");
  const onClose = () => {
    open.hidden = false;
    open.focus();
  };
  const check = new PhoneCheck(panel, { say, ice: call.ice, probeUrl: root.dataset.probe, onClose });
  open.onclick = () => {
    open.hidden = true;
    check.run();
    panel.querySelector("h2").focus();
  };
  return check;
}

const phoneCheck = preparePhoneCheck();

// `as`: "", or with two phones "move" (to this one) or "too" (both)
async function join(as) {
  phoneCheck.close();
  showMessage(say("call.entering"));
  if (form) form.querySelector("button").disabled = true;
  try {
    const entry = await enter(call.enter, { as }, () => showMessage(say("call.still_entering")));
    showMessage("");
    show("stage");
    rememberJoined(true);
    new Call(part("stage"), { texts: call.words, enterUrl: call.enter, side: "family", on: { over } }).start(entry);
    part("stage").focus();
  } catch (problem) {
    explain(problem);
  } finally {
    if (form) form.querySelector("button").disabled = false;
  }
}

function explain(problem) {
  showMessage("");
  rememberJoined(false);
  if (problem.code === "elsewhere") askWhichPhone(problem);
  else if (problem.status === 410) over({ why: "end", text: problem.text });
  else showMessage(problem.text || say("call.failed"));
}

function askWhichPhone(problem) {
  show("moved");
  button("too").hidden = !problem.room;
  part("moved").querySelector("h2").focus();
}

function over({ why, text, left }) {
  rememberJoined(false);
  clearTimeout(reloadTimer);
  show("over");
  const mayReturn = ["left", "replaced", "gone"].includes(why);
  const heading = part("over").querySelector("h2");
  part("over_text").textContent = text || say(`call.over.${why}`) || say("call.over.end");
  button("back").hidden = !mayReturn;
  button("back").textContent = say(why === "replaced" ? "call.over.replaced.again" : "call.back");
  button("back").onclick = () => joinAgain(""); // when another phone of theirs is in, the answer makes us ask which
  button("after").hidden = mayReturn;
  const showFor = mayReturn ? (left + 2) * 1000 : why === "end" ? SHOW_END_MS : 0; // nobody returns after the end
  if (showFor) reloadTimer = setTimeout(() => location.reload(), showFor);
  heading.textContent = say(mayReturn ? `call.over.${why}.title` : "call.over.title");
  heading.focus();
}

function joinAgain(as) {
  clearTimeout(reloadTimer);
  show("start");
  join(as);
}

document.querySelectorAll("[data-scripts]").forEach((each) => {
  each.hidden = false; // sentences that are true only where scripts run
});
startVisitPage();
show("start");
showDataUse();
showAppBrowserHelp();
button("here").onclick = () => joinAgain("move");
button("too").onclick = () => joinAgain("too");
button("after").onclick = () => location.reload();
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    join("");
  });
  if (hasJoined()) join("");
}
document.documentElement.dataset.started = "yes"; // read by fallback.js
