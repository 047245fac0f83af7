// The page of an officer who watches a call: both pictures, and nothing of their own is sent.

import { Call } from "../call/call.js";
import { enter } from "../call/entry.js";
import { fillTexts } from "../call/stage.js";

const root = document.getElementById("watch");
const texts = JSON.parse(root.dataset.words);
const say = fillTexts(root, texts);
const message = root.querySelector("[data-part=said]");
const button = root.querySelector("[data-do=begin]");

function show(text) {
  message.textContent = text;
  message.hidden = !text;
}

async function watch() {
  button.hidden = true;
  show(say("call.entering"));
  const stage = root.querySelector("[data-part=stage]");
  const enterUrl = root.dataset.enter;
  const on = { over: ({ why, text }) => finish(text || say(why === "left" ? "call.watch.left" : "call.over.end")) };
  try {
    const entry = await enter(enterUrl, {}, () => show(say("call.still_entering")));
    show("");
    new Call(stage, { texts, enterUrl, side: "watcher", on }).start(entry);
  } catch (problem) {
    finish(problem.text || say("call.failed"));
  }
}

function finish(text) {
  show(text);
  button.hidden = false;
}

button.onclick = watch;
document.documentElement.dataset.started = "yes"; // read by fallback.js
