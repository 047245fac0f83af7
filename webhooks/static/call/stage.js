// The elements and texts of a page or of its stage. Templates mark places with data-at and buttons with data-do.

// Fills every element that has data-say, and returns say(key, facts).
export function fillTexts(root, texts) {
  const say = (key, facts) =>
    (texts[key] || "").replace(/\{(\w+)\}/g, (all, name) => (facts && name in facts ? facts[name] : all));
  const fill = (element) => {
    element.textContent = say(element.dataset.say);
  };
  root.querySelectorAll("[data-say]").forEach(fill);
  if (root.dataset.say) fill(root);
  return say;
}

export class Stage {
  constructor(root, texts) {
    this.root = root;
    this.say = fillTexts(root, texts);
  }

  at(name) {
    return this.root.querySelector(`[data-at="${name}"]`);
  }

  button(name) {
    return this.root.querySelector(`[data-do="${name}"]`);
  }

  onPress(name, action) {
    const button = this.button(name);
    if (button) button.onclick = action;
  }

  // Shows the text, or hides its place when there is none. An unchanged text is not written again: screen readers would repeat it.
  put(name, text) {
    const place = this.at(name);
    if (!place || place.textContent === text) return;
    place.textContent = text;
    place.hidden = !text;
  }
}
