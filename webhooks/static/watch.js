"use strict";
// An officer who only watches: both pictures, nothing of his own.

(() => {
  const { Call, enter, speak } = visitline;
  const root = document.getElementById("watch");
  const words = JSON.parse(root.dataset.words);
  const say = speak(root, words);
  const said = root.querySelector("[data-part=said]");
  const begin = root.querySelector("[data-do=begin]");
  const tell = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };

  async function watch() {
    begin.hidden = true;
    tell(say("call.entering"));
    const stage = root.querySelector("[data-part=stage]");
    const on = { over: ({ why, text }) => ended(text || say(why === "left" ? "call.watch.left" : "call.over.end")) };
    try {
      const entry = await enter(root.dataset.enter, {}, () => tell(say("call.still_entering")));
      tell("");
      new Call(stage, { words, enter: root.dataset.enter, side: "watcher", on }).begin(entry);
    } catch (problem) {
      ended(problem.text || say("call.failed"));
    }
  }

  function ended(text) {
    tell(text);
    begin.hidden = false;
  }

  begin.onclick = watch;
})();
