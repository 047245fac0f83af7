// One of the two phones on the screen: which phone it is, its texts, and what it sends.

import { post } from "./api.js";
import { fillBubble } from "./bubble.js";
import { find, make } from "./dom.js";

const NEAR_END_PX = 60;

export class PhonePanel {
  // messages: Messages; on: {sent(message), failed(problem), add(panel)}, the last when another phone is to be added
  constructor(section, messages, on) {
    Object.assign(this, { section, messages, on });
    this.name = section.dataset.place;
    this.staff = this.name === "right";
    this.log = find(".log", section);
    this.picker = find(".pick", section);
    this.input = find(".say input", section);
    this.phones = []; // those that this panel can show
    this.number = null;
    this.bubbles = new Map();
    this.atEnd = true;
    this.height = 0;
    this.log.addEventListener("scroll", () => {
      // Suggestions that come and go change the height of the log: such a scroll is not the reader's.
      if (this.log.clientHeight === this.height) this.atEnd = this.isNearEnd();
    });
    new ResizeObserver(() => {
      this.height = this.log.clientHeight;
      if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
    }).observe(this.log);
    this.picker.addEventListener("change", () => this.pick());
    find(".say", section).addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.input.value).then((sent) => { if (sent) this.input.value = ""; });
      this.input.focus();
    });
  }

  isNearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX;
  }

  scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.atEnd = true;
  }

  pick() {
    if (this.picker.value === "add") {
      this.picker.value = this.number;
      this.on.add(this);
    } else {
      this.show(this.picker.value);
    }
  }

  show(number) {
    this.number = number;
    try { sessionStorage.setItem(`simulator.${this.name}`, number); } catch { /* private windows may refuse */ }
    this.bubbles.clear();
    this.lastDay = null;
    this.log.setAttribute("aria-busy", "true");
    this.log.replaceChildren();
    for (const message of this.messages.of(number)) this.put(message, false);
    this.log.removeAttribute("aria-busy");
    this.scrollToEnd();
    this.render(this.phones);
  }

  put(message, fresh) {
    const known = this.bubbles.get(message.sid);
    if (known) { fillBubble(known, message); return; }
    const near = this.atEnd || this.isNearEnd();
    find(".empty", this.log)?.remove();
    if (message.day !== this.lastDay) this.log.append(make("li", "day", message.day));
    this.lastDay = message.day;
    const bubble = make("li");
    fillBubble(bubble, message);
    if (fresh) bubble.classList.add("fresh");
    this.bubbles.set(message.sid, bubble);
    this.log.append(bubble);
    this.messages.markSeen(this.number, message);
    if (near || message.mine) this.scrollToEnd();
  }

  clear() {
    this.number = null;
    this.log.replaceChildren();
    this.bubbles.clear();
  }

  // `phones` are all phones of the simulator.
  render(phones) {
    this.phones = phones.filter((phone) => (phone.role === "staff") === this.staff);
    const phone = this.phones.find((each) => each.number === this.number);
    if (phone) this.renderPhone(phone);
    else if (this.phones.length) this.show(this.firstPhone().number);
  }

  // The phone that this browser tab showed last, if it still exists.
  firstPhone() {
    let last = null;
    try { last = sessionStorage.getItem(`simulator.${this.name}`); } catch { /* as above */ }
    return this.phones.find((phone) => phone.number === last) || this.phones[0];
  }

  renderPhone(phone) {
    const initials = phone.name.replace(/^(Officer|Sgt\.|A) /, "").split(/\s+/).map((part) => part[0]).join("").slice(0, 2);
    this.renderPicker();
    this.section.dataset.phone = phone.number;
    find(".face", this.section).textContent = initials;
    find(".number", this.section).textContent = [phone.number, phone.reachable ? "" : "switched off"].filter(Boolean).join(", ");
    find(".badge", this.section).hidden = !phone.opted_out;
    this.renderSuggestions(phone.chips);
    this.renderUnseen();
    if (!this.log.childElementCount) this.log.append(make("li", "empty", "No texts yet. Tap a suggestion below, or write your own."));
  }

  renderPicker() {
    const listed = this.phones.map((phone) => `${phone.number}|${phone.name}`).join();
    if (this.listed !== listed) {
      this.listed = listed;
      this.picker.replaceChildren(...this.phones.map((phone) => new Option(phone.name, phone.number)));
      if (!this.staff) this.picker.append(new Option("Another phone…", "add"));
    }
    if (this.picker.value !== this.number) this.picker.value = this.number;
  }

  renderSuggestions(texts) {
    const box = find(".chips", this.section);
    if (box.dataset.shown === texts.join("\n")) return;
    box.dataset.shown = texts.join("\n");
    const focused = box.contains(document.activeElement);
    box.replaceChildren(...texts.map((text) => {
      const chip = make("button", "", text);
      chip.type = "button";
      chip.addEventListener("click", () => this.send(text));
      return chip;
    }));
    if (focused) this.input.focus({ preventScroll: true });
  }

  // A button for each other phone that has new texts.
  renderUnseen() {
    const others = this.phones
      .filter((phone) => phone.number !== this.number)
      .map((phone) => ({ phone, count: this.messages.countUnseen(phone.number) }))
      .filter((other) => other.count);
    const box = find(".others", this.section);
    const shown = others.map((other) => `${other.phone.number}:${other.count}`).join();
    if (box.dataset.shown === shown) return;
    box.dataset.shown = shown;
    box.replaceChildren(...others.map(({ phone, count }) => {
      const button = make("button", "", `${phone.name}: ${count} new`);
      button.type = "button";
      button.addEventListener("click", () => this.show(phone.number));
      return button;
    }));
  }

  // Returns whether it was sent.
  async send(text) {
    if (!text.trim()) return false;
    try {
      this.on.sent(await post(`/api/phones/${encodeURIComponent(this.number)}/say`, { text }));
      return true;
    } catch (problem) {
      this.on.failed(problem);
      return false;
    }
  }
}
