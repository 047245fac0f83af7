// The number pad on which a resident types their PIN, by touch or on a keyboard.

const MAX_DIGITS = 8;
const MIN_DIGITS = 4;

export class PinPad {
  // root: the kiosk; on: {pressed(), typed(count), enter(pin), cancel()}
  constructor(root, on) {
    Object.assign(this, { root, on });
    this.digits = "";
    root.querySelectorAll("[data-key]").forEach((each) => {
      each.onclick = () => this.press(each.dataset.key);
    });
    root.querySelector("[data-do=ok]").onclick = () => this.on.enter(this.digits);
    document.addEventListener("keydown", (event) => {
      if (root.dataset.now !== "pin" || event.ctrlKey || event.metaKey) return;
      if (event.key === "Enter" && event.target.tagName === "BUTTON") return; // the button's own click follows
      this.press(event.key);
    });
  }

  press(key) {
    this.on.pressed();
    if (/^\d$/.test(key)) this.set(this.digits + key);
    else if (key === "Backspace" || key === "back") this.set(this.digits.slice(0, -1));
    else if (key === "Escape") this.on.cancel();
    else if (key === "Enter" && this.digits.length >= MIN_DIGITS) this.on.enter(this.digits);
  }

  set(digits) {
    this.digits = digits.slice(0, MAX_DIGITS);
    this.root.querySelector("[data-at=digits]").textContent = "\u2022".repeat(this.digits.length);
    this.on.typed(this.digits.length);
    this.updateButton();
  }

  updateButton() {
    this.root.querySelector("[data-do=ok]").disabled = this.digits.length < MIN_DIGITS;
  }
}
