"""Which window is wished, which one exists already, and what a text wants when its words alone do not say."""

import itertools
from dataclasses import replace

from bot.understanding.intents import Wanted
from bot.understanding.meaning import Context, Window
from bot.understanding.merging import Text, Wish

ABOUT_EXISTING = ("cancel", "cannot", "status", "visits", "late", "connect", "pay")


def assign(found: list[Wish], act: str, text: Text) -> None:
    """Mark each wish as want, existing or exclude: "move my friday visit (existing) to sunday (want)"."""
    if act in ABOUT_EXISTING:
        for wish in found:
            wish.role = "existing"
        return
    instead = _instead(found, text)
    if instead is not None:
        found[instead].role = "existing"
    if act != "reschedule":
        return
    for wish in found:
        wish.open = None if wish.open == "before" and not wish.timed else wish.open
    wants = [w for w in found if w.role == "want"]
    if len(wants) > 1 and instead is None:
        for before, after in itertools.pairwise(wants):
            if text.between(before.j, after.i + 1, "target"):
                before.role = "existing"
                break
    elif len(wants) == 1 and instead is None and _mine(wants[0], text):
        wants[0].role = "existing"


def _instead(found: list[Wish], text: Text) -> int | None:
    """ "sunday instead of friday": the day after "instead of" is the one given up."""
    for n, wish in enumerate(found):
        if len(found) > 1 and text.between(max(wish.i - 3, 0), wish.i, "instead"):
            return n
    return None


def _mine(wish: Wish, text: Text) -> bool:
    """ "my friday visit", with no "to" before it."""
    return text.between(max(wish.i - 2, 0), wish.i, "existing") and not text.between(0, wish.j, "target")


def settle(
    want: Wanted, seen: tuple[Window, ...], picked: int | None, named: bool, context: Context, referred: bool
) -> Wanted:
    """The act in the light of everything else: a choice, a refusal of a day, a bare name and time."""
    weak = want.act in ("other", "affirm", "deny", "book", "greeting", "availability", "thanks")
    if picked is not None and weak and (context.offered or not seen or context.asked != "when"):
        return Wanted("choose", max(want.score, 0.9), want.said)
    wished = any(w.role == "want" for w in seen)
    if want.act == "question.hours" and wished:
        return Wanted("availability", want.score, want.said)
    if want.act == "other" and referred:
        return Wanted("status", 0.5, "a reference alone")
    if want.act == "reschedule" and context.offered and wished and "instead" in want.said:
        return Wanted("book", 0.6, want.said)
    # The weather, a song: no business of ours, whatever the day. A resident's name weighs more than likeness alone.
    strange = want.act == "other" and want.score > (0.55 if named else 0.5)
    if want.act in ("other", "greeting", "thanks") and not strange and (named or wished or seen):
        return Wanted("book", 0.55, "who or when")
    if want.act == "deny" and wished:
        return Wanted("book", 0.5, "another time after no")
    if want.act == "affirm" and seen and want.score <= 0.48:
        return _not_plain(want, seen, wished, context)
    return want


def _not_plain(want: Wanted, seen: tuple[Window, ...], wished: bool, context: Context) -> Wanted:
    """A yes with a time beside it: plain only when the time is one that was offered."""
    if not wished:
        return Wanted("deny", 0.5, "not that time, after yes")
    fits = any(
        (w.start is None or w.start <= o.start) and (w.end is None or o.start < w.end) and (w.end or w.start == o.start)
        for w in seen
        for o in context.offered
        if w.role == "want" and w.open is None
    )
    return want if fits else Wanted("book", 0.5, "a time after yes")


def ordered(seen: tuple[Window, ...], intent: str) -> tuple[Window, ...]:
    """Wanted windows first, but for cancel and status the existing ones; each kind in the order said."""
    first = "existing" if intent in ("cancel", "status") else "want"
    rows = sorted(seen, key=lambda w: (w.role != first, w.role == "exclude"))
    ranks: dict[str, dict[int, int]] = {}
    for n, w in enumerate(rows):
        rank = ranks.setdefault(w.role, {}).setdefault(w.rank, len(ranks[w.role]) + 1)
        rows[n] = w if w.rank == rank else replace(w, rank=rank)
    return tuple(rows)
