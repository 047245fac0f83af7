"use strict";
// The page of calls says everything without this file, every fifteen seconds. With it the list is brought up to date every
// five, and what an officer is typing stays.

(() => {
  const EVERY = 5000;
  const list = document.getElementById("calls");
  const stale = document.getElementById("stale");
  const refs = (where) => new Map([...where.querySelectorAll("[data-ref]")].map((each) => [each.dataset.ref, each]));

  // A field that he is in, or has changed.
  const busy = (card) =>
    card.contains(document.activeElement) ||
    [...card.querySelectorAll("input:not([type=hidden])")].some((field) => field.value !== field.defaultValue) ||
    [...card.querySelectorAll("select")].some((field) => field.selectedIndex > 0);

  function put(old, fresh) {
    if (old.outerHTML === fresh.outerHTML) return old;
    if (!busy(old)) {
      old.replaceWith(fresh);
      return fresh;
    }
    old.querySelector("[data-live]").replaceWith(fresh.querySelector("[data-live]"));
    return old;
  }

  function take(text) {
    const page = new DOMParser().parseFromString(text, "text/html").body;
    const [before, now] = [refs(list), refs(page)];
    for (const [ref, card] of before) if (!now.has(ref)) card.remove();
    list.querySelectorAll("[data-none]").forEach((each) => each.remove());
    let last = null;
    for (const [ref, fresh] of now) {
      const there = before.get(ref);
      const card = there ? put(there, fresh) : fresh;
      const place = last ? last.nextElementSibling : list.firstElementChild;
      // Moving an element takes the focus from it: only what is not in its place moves.
      if (place !== card) list.insertBefore(card, place);
      last = card;
    }
    if (!now.size) list.append(...page.querySelectorAll("[data-none]"));
  }

  async function look() {
    let again = true;
    try {
      const answer = await fetch(list.dataset.part, { cache: "no-store", signal: AbortSignal.timeout(15000) });
      if (answer.status === 404) {
        again = false; // the link has run out: the page says so
        location.reload();
      } else if (answer.ok) {
        take(await answer.text());
        stale.hidden = true;
      } else stale.hidden = false;
    } catch {
      stale.hidden = false;
    }
    if (again) setTimeout(look, document.hidden ? 4 * EVERY : EVERY);
  }

  setTimeout(look, EVERY);
})();
