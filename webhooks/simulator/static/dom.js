// Short names for finding and making elements.

export const find = (selector, within = document) => within.querySelector(selector);

export function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
