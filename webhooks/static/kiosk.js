"use strict";
// The screen at the jail: it asks the house every few seconds what to show, and loses neither power nor network for good.

(() => {
  const { Call, ask, enter, speak, wait } = visitline;
  const root = document.getElementById("kiosk");
  const words = JSON.parse(root.dataset.words);
  const MOST_WAIT = 60;
  const IN_CALL = 30; // then a poll only says that this screen is on
  const AFTER = 20000; // "the visit is over" stays for so long
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const button = (name) => root.querySelector(`[data-do=${name}]`);

  let language = root.dataset.language;
  let say = null;
  let shown = {}; // what the house last said
  let step = ""; // within a ring: "", "pin" or "officer"
  let call = null;
  let wakes = () => null;
  let digits = "";
  let ended = ""; // how the last call ended here, until the house shows something else than that call or he comes back

  function speakNow(wanted) {
    if (say && wanted === language) return;
    language = words[wanted] ? wanted : root.dataset.language;
    document.documentElement.lang = language;
    say = speak(root, words[language]);
  }

  function show(name) {
    for (const each of root.querySelectorAll("[data-part]")) {
      if (each.dataset.screen !== undefined) each.hidden = each.dataset.part !== name;
    }
    root.dataset.now = name;
    part("sound").hidden = !bell.silent() || !["idle", "ring"].includes(name);
    bell.ring((name === "ring" || name === "pin") && !shown.quiet);
  }

  function put(place, text) {
    const element = root.querySelector(`[data-at=${place}]`);
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text;
  }

  // Two soft tones every three seconds. Browsers keep sound off until somebody has touched the screen once.
  const bell = {
    context: null,
    timer: null,
    unlock() {
      const Context = window.AudioContext || window.webkitAudioContext;
      if (!Context) return;
      this.context = this.context || new Context();
      if (this.context.state === "suspended") this.context.resume().catch(() => null);
      part("sound").hidden = true;
    },
    silent() {
      return !this.context || this.context.state !== "running";
    },
    ring(on) {
      if (!on) {
        clearInterval(this.timer);
        this.timer = null;
        return;
      }
      if (this.timer) return;
      this.tones();
      this.timer = setInterval(() => this.tones(), 3000);
    },
    tones() {
      if (this.silent()) return;
      [[660, 0], [880, 0.35]].forEach(([pitch, after]) => this.tone(pitch, this.context.currentTime + after));
    },
    tone(pitch, at) {
      const tone = this.context.createOscillator();
      const loud = this.context.createGain();
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0, at);
      loud.gain.linearRampToValueAtTime(0.25, at + 0.03);
      loud.gain.linearRampToValueAtTime(0, at + 0.3);
      tone.connect(loud);
      loud.connect(this.context.destination);
      tone.start(at);
      tone.stop(at + 0.32);
    },
  };

  // Asking

  async function polls() {
    for (let failed = 0; ; ) {
      let pause = shown.every || 10;
      try {
        const said = await ask(root.dataset.poll, {});
        failed = 0;
        pause = said.every || 10;
        put("offline", "");
        if (call) pause = IN_CALL;
        else take(said);
      } catch (problem) {
        failed += 1;
        pause = Math.min(MOST_WAIT, 3 * 2 ** (failed - 1));
        if (failed > 1 && !call) put("offline", say("kiosk.offline"));
      }
      await woken(pause);
    }
  }

  const woken = (seconds) => Promise.race([wait(seconds * 1000), new Promise((wake) => (wakes = wake))]);

  function take(said) {
    if (call) return;
    const before = shown.state;
    const visit = said.visit ? `${said.visit.name} ${said.visit.at}` : "";
    const old = shown.visit ? `${shown.visit.name} ${shown.visit.at}` : "";
    if (visit !== old) step = "";
    shown = said;
    speakNow(said.language || root.dataset.language);
    put("terminal", said.terminal || "");
    put("clock", said.clock || "");
    const quiet = said.state === "ring" && said.quiet; // he left: who comes back proves himself again
    if (said.state !== "call" && !quiet) ended = "";
    if (said.state === "call" && ended) rest();
    else if (said.state === "call") come({});
    else if (quiet && root.dataset.now === "after") rest();
    else if (said.state === "ring") ring(said, before);
    else if (root.dataset.now !== "after" || said.state !== "idle") still(said);
  }

  function still(said) {
    step = "";
    if (said.state === "pairing") put("code", said.code);
    const next = said.next;
    put("next", next ? say("kiosk.next", { name: next.name, clock: next.at }) : "");
    put("none", next ? "" : say("kiosk.none"));
    show(said.state === "pairing" ? "pairing" : "idle");
  }

  function ring(said) {
    const facts = { name: said.visit.name, clock: said.visit.at };
    put("ring_name", facts.name);
    put("ring_at", say("kiosk.ring.at", facts));
    put("pin_name", say("kiosk.pin.title", facts));
    put("officer_name", facts.name);
    if (said.asked && step !== "pin") step = "officer";
    if (said.needs === "officer" && step === "pin") step = "officer";
    put("officer_said", say(said.asked ? "kiosk.officer.asked" : "kiosk.officer.text"));
    button("ask").hidden = Boolean(said.asked);
    button("have-pin").hidden = said.needs !== "pin";
    show(step || "ring");
  }

  // Coming in

  // A screen that came back into its call by itself was never told what its resident needs.
  async function begin() {
    bell.unlock();
    ended = ""; // he wants to come in: whoever lets him in now need not wait for another press
    if (shown.state !== "ring") shown = await ask(root.dataset.poll, {}).catch(() => shown);
    if (shown.needs === "pin") pad();
    else come({});
  }

  // Who left and comes back: the house says anew what lets him in.
  async function back() {
    lock(true);
    try {
      shown = await ask(root.dataset.poll, {});
    } catch (problem) {
      put("offline", say("kiosk.offline"));
    }
    lock(false);
    if (shown.state === "ring") ring(shown);
    begin();
  }

  function pad() {
    step = "pin";
    type("");
    put("pin_said", "");
    show("pin");
    part("pin").focus();
  }

  async function come(proof) {
    lock(true);
    try {
      const entry = await enter(root.dataset.enter, proof, () => put("offline", say("kiosk.offline")));
      put("offline", "");
      step = "";
      show("stage");
      call = new Call(part("stage"), { words: words[language], enter: root.dataset.enter, side: "kiosk", on: { over } });
      call.begin(entry);
    } catch (problem) {
      refused(problem);
    } finally {
      lock(false);
    }
  }

  function lock(on) {
    root.querySelectorAll("button").forEach((each) => {
      if (!part("stage").contains(each)) each.disabled = on;
    });
    if (!on) type(digits);
  }

  function refused(problem) {
    if (problem.code === "pin") {
      type("");
      put("pin_said", problem.text);
    } else if (problem.code === "locked" || problem.code === "officer") {
      step = "officer";
      put("officer_said", problem.text || say("kiosk.officer.asked"));
      button("ask").hidden = true;
      button("have-pin").hidden = problem.code === "locked" || shown.needs !== "pin";
      show("officer");
    } else if (problem.status === 410) {
      over({ why: "end", text: problem.text });
    } else {
      put("offline", problem.text || say("kiosk.offline"));
    }
  }

  function over({ why, text }) {
    call = null;
    if (why === "gone") {
      wakes(); // the house did not know this screen for a moment: ask, and go in again
      return;
    }
    ended = why;
    put("after_said", text || say(why === "left" ? "kiosk.left" : "kiosk.after"));
    rest();
    wakes();
    setTimeout(() => {
      if (root.dataset.now !== "after") return;
      root.dataset.now = "";
      wakes();
    }, AFTER);
  }

  // Who left comes back only by the button.
  function rest() {
    button("come-back").hidden = ended !== "left";
    show("after");
  }

  // The pad

  function type(now) {
    digits = now.slice(0, 8);
    const place = root.querySelector("[data-at=digits]");
    place.textContent = "\u2022".repeat(digits.length);
    put("typed", digits ? say("kiosk.pin.typed", { count: digits.length }) : "");
    button("ok").disabled = digits.length < 4;
  }

  function key(name) {
    bell.unlock();
    if (/^\d$/.test(name)) type(digits + name);
    else if (name === "Backspace" || name === "back") type(digits.slice(0, -1));
    else if (name === "Escape") away();
    else if (name === "Enter" && digits.length >= 4) come({ pin: digits });
  }

  function away() {
    step = "";
    if (shown.state === "ring") ring(shown);
    else still(shown);
  }

  root.querySelectorAll("[data-key]").forEach((each) => {
    each.onclick = () => key(each.dataset.key);
  });
  document.addEventListener("keydown", (event) => {
    if (root.dataset.now !== "pin" || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && event.target.tagName === "BUTTON") return;
    key(event.key);
  });
  document.addEventListener("pointerdown", () => bell.unlock());
  button("begin").onclick = begin;
  button("ok").onclick = () => come({ pin: digits });
  button("no-pin").onclick = () => come({});
  button("have-pin").onclick = pad;
  button("ask").onclick = () => come({});
  button("away").onclick = away;
  button("come-back").onclick = back;
  window.addEventListener("online", () => wakes());
  speakNow(language);
  show("");
  polls();
})();
