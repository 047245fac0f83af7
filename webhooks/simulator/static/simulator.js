"use strict";
// Two phones and a bar. Everything shown comes from /api/state and /api/messages; see the package's docstring.

const base = document.body.dataset.base;
const PACE = 700;
const STEPS = {
  queued: "on its way", sent: "on its way", delivered: "delivered", undelivered: "not delivered", failed: "failed",
  accepted: "waiting for the carrier", receiving: "sending", received: "delivered",
};
const MOVING = new Set(["queued", "sent", "accepted", "receiving"]);
const LOST = new Set(["failed", "undelivered"]);

const bySid = new Map();
const seen = new Map();
let cursor = 0;
let epoch = null;
let phones = [];
let ticking = null;
let first = true;

const find = (selector, within = document) => within.querySelector(selector);

// Without this script nothing of it would work, so it is not shown.
for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function get(path) {
  const answer = await fetch(base + path);
  if (!answer.ok) throw new Error(`The simulator answered ${answer.status}.`);
  return answer.json();
}

async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-Requested-With": "simulator" };
  const answer = await fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || `The simulator answered ${answer.status}.`);
  return found;
}

// notices: what is wrong now, said once

let passing = "";

function warn(problem) {
  passing = problem.message;
  setTimeout(() => { if (passing === problem.message) passing = ""; }, 6000);
  showNotice(null);
}

function showNotice(carrier) {
  const notice = find("#notice");
  let text = passing;
  if (!text && carrier && carrier.down) {
    text = "The carrier is down. Texts to and from the phones wait; all of it goes on when it is back.";
  } else if (!text && carrier && !carrier.house_answers) {
    text = "The line does not answer. Texts are tried again.";
  }
  if (!text && !carrier) return;
  if (notice.textContent !== text) notice.textContent = text;
  notice.classList.toggle("bad", Boolean(passing) || Boolean(text && carrier && !carrier.down));
  notice.hidden = !text;
}

// bubbles

function linked(text) {
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

function fill(bubble, message) {
  bubble.className = `bubble${message.mine ? " mine" : ""}`;
  bubble.classList.toggle("moving", MOVING.has(message.status));
  bubble.classList.toggle("lost", LOST.has(message.status));
  bubble.dataset.sid = message.sid;
  bubble.dataset.status = message.status;
  const text = make("div", "text");
  text.append(linked([message.body, ...message.media].filter(Boolean).join("\n")));
  const meta = make("div", "meta", `${message.time} · `);
  const size = message.segments === 1 ? "1 segment" : `${message.segments} segments`;
  const wide = message.encoding === "UCS-2" ? " (Unicode)" : "";
  meta.append(make("span", message.segments > 2 || wide ? "long" : "", size + wide), " · ");
  const state = message.note || STEPS[message.status] || message.status;
  meta.append(make("span", LOST.has(message.status) ? "bad" : "state", state));
  meta.title = `${message.units} ${message.encoding === "UCS-2" ? "units" : "septets"}, ${message.status}, ${message.sid}`;
  bubble.replaceChildren(text, meta);
}

class Place {
  constructor(section) {
    this.section = section;
    this.name = section.dataset.place;
    this.staff = this.name === "right";
    this.log = find(".log", section);
    this.pick = find(".pick", section);
    this.input = find(".say input", section);
    this.number = null;
    this.bubbles = new Map();
    this.pinned = true;
    this.height = 0;
    this.log.addEventListener("scroll", () => {
      // Chips that come and go change the room of the bubbles: that scroll is not the reader's.
      if (this.log.clientHeight === this.height) this.pinned = this.fromEnd() < 60;
    });
    new ResizeObserver(() => {
      this.height = this.log.clientHeight;
      if (this.pinned) this.log.scrollTop = this.log.scrollHeight;
    }).observe(this.log);
    this.pick.addEventListener("change", () => this.picked());
    find(".say", section).addEventListener("submit", (event) => {
      event.preventDefault();
      this.say(this.input.value).then((sent) => { if (sent) this.input.value = ""; });
      this.input.focus();
    });
  }

  belongs(phone) { return (phone.role === "staff") === this.staff; }

  fromEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight; }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.pinned = true;
  }

  get phone() { return phones.find((phone) => phone.number === this.number); }

  picked() {
    if (this.pick.value === "add") {
      this.pick.value = this.number;
      openAdd(this);
    } else {
      this.show(this.pick.value);
    }
  }

  show(number) {
    this.number = number;
    try { sessionStorage.setItem(`simulator.${this.name}`, number); } catch { /* private windows may refuse */ }
    this.bubbles.clear();
    this.lastDay = null;
    this.log.setAttribute("aria-busy", "true");
    this.log.replaceChildren();
    const mine = [...bySid.values()].filter((message) => message.phone === number).sort((a, b) => a.id - b.id);
    for (const message of mine) this.put(message, false);
    this.log.removeAttribute("aria-busy");
    this.toEnd();
    this.render();
  }

  put(message, fresh = true) {
    const known = this.bubbles.get(message.sid);
    if (known) { fill(known, message); return; }
    const near = this.pinned || this.fromEnd() < 60;
    find(".empty", this.log)?.remove();
    if (message.day !== this.lastDay) this.log.append(make("li", "day", message.day));
    this.lastDay = message.day;
    const bubble = make("li");
    fill(bubble, message);
    if (fresh) bubble.classList.add("fresh");
    this.bubbles.set(message.sid, bubble);
    this.log.append(bubble);
    seen.set(this.number, Math.max(seen.get(this.number) || 0, message.id));
    if (near || message.mine) this.toEnd();
  }

  render() {
    const own = phones.filter((phone) => this.belongs(phone));
    if (!own.some((phone) => phone.number === this.number) && own.length) {
      let kept = null;
      try { kept = sessionStorage.getItem(`simulator.${this.name}`); } catch { /* as above */ }
      this.show((own.find((phone) => phone.number === kept) || own[0]).number);
      return;
    }
    const phone = this.phone;
    if (!phone) return;
    this.options(own);
    this.section.dataset.phone = phone.number;
    find(".face", this.section).textContent = phone.name.replace(/^(Officer|Sgt\.|A) /, "").split(/\s+/).map((part) => part[0]).join("").slice(0, 2);
    find(".number", this.section).textContent = [phone.number, phone.reachable ? "" : "switched off"].filter(Boolean).join(", ");
    find(".badge", this.section).hidden = !phone.opted_out;
    this.chips(phone.chips);
    this.others(own);
    if (!this.log.childElementCount) this.log.append(make("li", "empty", "No texts yet. Tap a suggestion below, or write your own."));
  }

  options(own) {
    const wanted = own.map((phone) => `${phone.number}|${phone.name}`).join();
    if (this.listed !== wanted) {
      this.listed = wanted;
      this.pick.replaceChildren(...own.map((phone) => new Option(phone.name, phone.number)));
      if (!this.staff) this.pick.append(new Option("Another phone…", "add"));
    }
    if (this.pick.value !== this.number) this.pick.value = this.number;
  }

  chips(texts) {
    const box = find(".chips", this.section);
    if (box.dataset.shown === texts.join("\n")) return;
    box.dataset.shown = texts.join("\n");
    const held = box.contains(document.activeElement);
    box.replaceChildren(...texts.map((text) => {
      const chip = make("button", "", text);
      chip.type = "button";
      chip.addEventListener("click", () => this.say(text));
      return chip;
    }));
    if (held) this.input.focus({ preventScroll: true });
  }

  others(own) {
    const unread = own.filter((phone) => phone.number !== this.number).map((phone) => {
      const news = [...bySid.values()].filter((message) => message.phone === phone.number && !message.mine && message.id > (seen.get(phone.number) || 0));
      return { phone, count: news.length };
    }).filter((other) => other.count);
    const box = find(".others", this.section);
    const shown = unread.map((other) => `${other.phone.number}:${other.count}`).join();
    if (box.dataset.shown === shown) return;
    box.dataset.shown = shown;
    box.replaceChildren(...unread.map(({ phone, count }) => {
      const swap = make("button", "", `${phone.name}: ${count} new`);
      swap.type = "button";
      swap.addEventListener("click", () => this.show(phone.number));
      return swap;
    }));
  }

  async say(text) {
    if (!text.trim()) return false;
    try {
      take([await post(`/api/phones/${encodeURIComponent(this.number)}/say`, { text })]);
      soon(120);
      return true;
    } catch (problem) {
      warn(problem);
      return false;
    }
  }
}

const places = [...document.querySelectorAll(".phone")].map((section) => new Place(section));

function take(messages) {
  for (const message of [...messages].sort((a, b) => a.id - b.id)) {
    const known = bySid.get(message.sid);
    if (known && known.change >= message.change) continue;
    bySid.set(message.sid, message);
    for (const place of places) if (place.number === message.phone) place.put(message, !first);
  }
}

// the bar

function showClock(clock) {
  find("#clock").textContent = clock.label;
  find("#clock").dateTime = clock.now;
  find("#zone").textContent = clock.available ? `facility time, ${clock.zone}` : "this machine's time";
  const jump = find("#jump");
  jump.textContent = clock.next ? `Jump to: ${clock.next.label}` : "Nothing due";
  jump.title = clock.next ? jump.textContent : "";
  jump.dataset.next = clock.next ? clock.next.text : "";
  jump.disabled = !clock.next || jump.dataset.busy === "1";
  for (const button of document.querySelectorAll("[data-minutes]")) button.disabled = !clock.available || button.dataset.busy === "1";
}

async function move(button, step) {
  button.dataset.busy = "1";
  button.disabled = true;
  try {
    const happens = step.to === "next" ? find("#jump").dataset.next : "";
    const clock = await post("/api/clock", step);
    button.dataset.busy = "";
    find("#happened").textContent = happens ? `Just now: ${happens}` : "";
    showClock(clock);
  } catch (problem) {
    button.dataset.busy = "";
    warn(problem);
  }
  soon(80);
}

find("#jump").addEventListener("click", (event) => move(event.currentTarget, { to: "next" }));
for (const button of document.querySelectorAll("[data-minutes]")) {
  button.addEventListener("click", () => move(button, { advance_minutes: Number(button.dataset.minutes) }));
}
find("#down").addEventListener("change", (event) => post("/api/carrier", { down: event.currentTarget.checked }).then(showNotice, warn));
find("#reset").addEventListener("click", async () => {
  if (!confirm("Start over? Every visit, text and payment of this demo is forgotten.")) return;
  try { await post("/api/reset"); } catch (problem) { warn(problem); }
  soon(50);
});

// another phone

const add = find("#add");
let addFor = null;

function openAdd(place) {
  addFor = place;
  find("form", add).reset();
  find(".error", add).textContent = "";
  add.showModal();
}

find("button[value=cancel]", add).addEventListener("click", () => add.close());
find("form", add).addEventListener("submit", async (event) => {
  event.preventDefault();
  find(".error", add).textContent = "";
  try {
    const phone = await post("/api/phones", Object.fromEntries(new FormData(event.currentTarget)));
    phones = [...phones.filter((other) => other.number !== phone.number), phone];
    add.close();
    addFor.show(phone.number);
  } catch (problem) {
    find(".error", add).textContent = problem.message;
  }
});

// keeping up

function forget() {
  bySid.clear();
  seen.clear();
  cursor = 0;
  first = true;
  for (const place of places) { place.number = null; place.log.replaceChildren(); place.bubbles.clear(); }
}

async function keepUp() {
  clearTimeout(ticking);
  try {
    const [state, news] = await Promise.all([get("/api/state"), get(`/api/messages?after=${cursor}`)]);
    if (epoch !== null && news.epoch !== epoch) {
      epoch = news.epoch;
      forget();
      return keepUp();
    }
    epoch = news.epoch;
    cursor = news.cursor;
    phones = state.phones;
    take(news.messages);
    if (first) for (const message of bySid.values()) seen.set(message.phone, Math.max(seen.get(message.phone) || 0, message.id));
    first = false;
    for (const place of places) place.render();
    showClock(state.clock);
    find("#down").checked = state.carrier.down;
    showNotice(state.carrier);
  } catch (problem) {
    warn(problem instanceof TypeError ? new Error("The simulator is not running. This page waits for it.") : problem);
  }
  ticking = setTimeout(keepUp, PACE);
}

function soon(wait) {
  clearTimeout(ticking);
  ticking = setTimeout(keepUp, wait);
}

keepUp();
