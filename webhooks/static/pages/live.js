// The page of calls, which without scripts reloads every fifteen seconds. With them the list is updated every five, and
// what an officer is typing stays.

const UPDATE_MS = 5000;
const TIMEOUT_MS = 15000;

const list = document.getElementById("calls");
const stale = document.getElementById("stale");
const cardsIn = (root) => new Map([...root.querySelectorAll("[data-ref]")].map((card) => [card.dataset.ref, card]));

// The officer is in one of the card's fields, or has changed one.
const inUse = (card) =>
  card.contains(document.activeElement) ||
  [...card.querySelectorAll("input:not([type=hidden])")].some((field) => field.value !== field.defaultValue) ||
  [...card.querySelectorAll("select")].some((field) => field.selectedIndex > 0);

// Returns the card that is in the list now. Of a card in use, only the part without fields is updated.
function updateCard(old, fresh) {
  if (old.outerHTML === fresh.outerHTML) return old;
  if (!inUse(old)) {
    old.replaceWith(fresh);
    return fresh;
  }
  old.querySelector("[data-live]").replaceWith(fresh.querySelector("[data-live]"));
  return old;
}

function updateList(html) {
  const page = new DOMParser().parseFromString(html, "text/html").body;
  const [before, now] = [cardsIn(list), cardsIn(page)];
  for (const [ref, card] of before) if (!now.has(ref)) card.remove();
  list.querySelectorAll("[data-none]").forEach((each) => each.remove());
  let last = null;
  for (const [ref, fresh] of now) {
    const old = before.get(ref);
    const card = old ? updateCard(old, fresh) : fresh;
    const place = last ? last.nextElementSibling : list.firstElementChild;
    // An element that is moved loses the focus, so only cards that are out of place are moved.
    if (place !== card) list.insertBefore(card, place);
    last = card;
  }
  if (!now.size) list.append(...page.querySelectorAll("[data-none]"));
}

async function update() {
  let again = true;
  try {
    const response = await fetch(list.dataset.part, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 404) {
      again = false; // the link has expired, and the page says so
      location.reload();
    } else if (response.ok) {
      updateList(await response.text());
      stale.hidden = true;
    } else stale.hidden = false;
  } catch {
    stale.hidden = false;
  }
  if (again) setTimeout(update, document.hidden ? 4 * UPDATE_MS : UPDATE_MS);
}

setTimeout(update, UPDATE_MS);
document.documentElement.dataset.started = "yes"; // read by fallback.js
