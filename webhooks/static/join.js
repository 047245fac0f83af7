"use strict";
// The join page with scripts: test the phone, join, be asked on a second phone, and what is shown afterwards.

(() => {
  const { Call, Check, enter, speak, media } = visitline;
  const root = document.getElementById("call");
  if (!root) return;
  const facts = JSON.parse(root.dataset.call);
  const say = speak(root, facts.words);
  const at = (name) => root.querySelector(`[data-part=${name}]`);
  const form = document.querySelector("form[data-join]");
  const stage = at("stage");
  let next = null; // the page is loaded anew then
  const AFTER = 4000; // then what becomes of the visit is shown; what staff did stays until the button is pressed
  const IN = `in ${facts.enter}`; // this tab pressed Join: a reload goes on with the call

  // What the visit takes of somebody's data, both ways.
  function data() {
    const megabytes = (facts.minutes * 60 * 2 * (facts.kbps + 40)) / 8 / 1000;
    at("data").textContent = say("check.data", { megabytes: Math.max(10, Math.round(megabytes / 10) * 10) });
    at("data").hidden = false;
  }

  function remember(inside) {
    try {
      if (inside) sessionStorage.setItem(IN, "1");
      else sessionStorage.removeItem(IN);
    } catch (problem) {
      // A browser that keeps nothing: a reload asks for the button again.
    }
  }

  function remembered() {
    try {
      return sessionStorage.getItem(IN) === "1";
    } catch (problem) {
      return false;
    }
  }

  function show(part) {
    for (const name of ["start", "moved", "over"]) at(name).hidden = name !== part;
    if (form) form.hidden = part !== "start";
    document.body.classList.toggle("busy", part !== "start");
  }

  function tell(words) {
    at("said").textContent = words;
    at("said").hidden = !words;
  }

  // In the browser of another app there is often no camera: one button leads to a real one.
  function inApp() {
    const place = at("inapp");
    if (!media.inApp && media.can()) return;
    place.hidden = false;
    const away = place.querySelector("[data-do=away]");
    const here = location.href.replace(/^https?:\/\//, "");
    const ways = {
      android: `intent://${here}#Intent;scheme=https;package=com.android.chrome;S.browser_fallback_url=${encodeURIComponent(location.href)};end`,
      ios: `x-safari-https://${here}`,
    };
    away.hidden = !(media.inApp && ways[media.platform]);
    if (!away.hidden) {
      away.href = ways[media.platform];
      away.textContent = say(`check.inapp.${media.platform}`);
    }
    const copy = place.querySelector("[data-do=copy]");
    copy.onclick = async () => {
      await copied();
      copy.textContent = say("check.inapp.copied");
    };
  }

  async function copied() {
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

  function test() {
    const panel = at("check");
    const button = root.querySelector("[data-do=check]");
    const check = new Check(panel, { say, ice: facts.ice, probe: root.dataset.probe });
    check.on_close = () => {
      button.hidden = false;
      button.focus();
    };
    button.onclick = () => {
      button.hidden = true;
      check.run();
      panel.querySelector("h2").focus();
    };
    return check;
  }

  const check = test();

  async function join(as) {
    check.close();
    tell(say("call.entering"));
    if (form) form.querySelector("button").disabled = true;
    try {
      const entry = await enter(facts.enter, { as }, () => tell(say("call.still_entering")));
      tell("");
      show("stage");
      remember(true);
      new Call(stage, { words: facts.words, enter: facts.enter, side: "family", on: { over } }).begin(entry);
      stage.focus();
    } catch (problem) {
      refused(problem);
    } finally {
      if (form) form.querySelector("button").disabled = false;
    }
  }

  function refused(problem) {
    tell("");
    remember(false);
    if (problem.code === "elsewhere") ask(problem);
    else if (problem.status === 410) over({ why: "end", text: problem.text });
    else tell(problem.text || say("call.failed"));
  }

  function ask(problem) {
    show("moved");
    root.querySelector("[data-do=too]").hidden = !problem.room;
    at("moved").querySelector("h2").focus();
  }

  function over({ why, text, left }) {
    remember(false);
    clearTimeout(next);
    show("over");
    at("over_text").textContent = text || say(`call.over.${why}`) || say("call.over.end");
    const back = root.querySelector("[data-do=back]");
    const can = ["left", "replaced", "gone"].includes(why);
    back.hidden = !can;
    back.textContent = say(why === "replaced" ? "call.over.replaced.again" : "call.back");
    back.onclick = () => again(""); // while another phone of theirs is in, the house has us ask
    root.querySelector("[data-do=after]").hidden = can;
    const stays = can ? (left + 2) * 1000 : why === "end" ? AFTER : 0; // nobody comes back after the end
    if (stays) next = setTimeout(() => location.reload(), stays);
    at("over").querySelector("h2").textContent = say(can ? `call.over.${why}.title` : "call.over.title");
    at("over").querySelector("h2").focus();
  }

  function again(as) {
    clearTimeout(next);
    show("start");
    join(as);
  }

  document.querySelectorAll("[data-scripts]").forEach((each) => {
    each.hidden = false; // true only where scripts run
  });
  show("start");
  data();
  inApp();
  root.querySelector("[data-do=here]").onclick = () => again("move");
  root.querySelector("[data-do=too]").onclick = () => again("too");
  root.querySelector("[data-do=after]").onclick = () => location.reload();
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  if (form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      join("");
    });
    if (remembered()) join("");
  }
})();
