"""Which window is wished, which one exists already, and what a text wants when its words alone do not say."""

import itertools
from dataclasses import replace

from bot.understanding.entity_merging import EncodedText, TimeMention
from bot.understanding.meaning import Act, Context, Intent, Need, OpenEnd, Window, WindowRole
from bot.understanding.phrase_classifier import Classification

WEAK_ACTS = frozenset({Act.OTHER, Act.AFFIRM, Act.DENY, Act.BOOK, Act.GREETING, Act.AVAILABILITY, Act.THANKS})
"""Acts that give way to the choice of an option."""


def assign_roles(found: list[TimeMention], act: Act, text: EncodedText) -> None:
    """Mark each wish as want, existing or exclude: "move my friday visit (existing) to sunday (want)"."""
    if act.about_existing:
        for wish in found:
            wish.role = WindowRole.EXISTING
        return
    instead = _given_up_index(found, text)
    if instead is not None:
        found[instead].role = WindowRole.EXISTING
    if act != Act.RESCHEDULE:
        return
    for wish in found:
        wish.open = None if wish.open == OpenEnd.BEFORE and not wish.timed else wish.open
    wants = [w for w in found if w.role == WindowRole.WANT]
    if len(wants) > 1 and instead is None:
        for before, after in itertools.pairwise(wants):
            if text.between(before.j, after.i + 1, "target"):
                before.role = WindowRole.EXISTING
                break
    elif len(wants) == 1 and instead is None and _names_own_visit(wants[0], text):
        wants[0].role = WindowRole.EXISTING


def _given_up_index(found: list[TimeMention], text: EncodedText) -> int | None:
    """ "sunday instead of friday": the day after "instead of" is the one given up."""
    for n, wish in enumerate(found):
        if len(found) > 1 and text.between(max(wish.i - 3, 0), wish.i, "instead"):
            return n
    return None


def _names_own_visit(wish: TimeMention, text: EncodedText) -> bool:
    """ "my friday visit", with no "to" before it."""
    return text.between(max(wish.i - 2, 0), wish.i, "existing") and not text.between(0, wish.j, "target")


def adjust_to_context(
    want: Classification, seen: tuple[Window, ...], picked: int | None, named: bool, context: Context, referred: bool
) -> Classification:
    """The act in the light of everything else: a choice, a refusal of a day, a bare name and time."""
    weak = want.act in WEAK_ACTS
    if picked is not None and weak and (context.offered or not seen or context.asked != Need.WHEN):
        return Classification(Act.CHOOSE, max(want.score, 0.9), want.said)
    wished = any(w.role == WindowRole.WANT for w in seen)
    if want.act == Act.QUESTION_HOURS and wished:
        return Classification(Act.AVAILABILITY, want.score, want.said)
    if want.act == Act.OTHER and referred:
        return Classification(Act.STATUS, 0.5, "a reference alone")
    if want.act == Act.RESCHEDULE and context.offered and wished and "instead" in want.said:
        return Classification(Act.BOOK, 0.6, want.said)
    # The weather, a song: no business of ours, whatever the day. A resident's name weighs more than likeness alone.
    strange = want.act == Act.OTHER and want.score > (0.55 if named else 0.5)
    if want.act in (Act.OTHER, Act.GREETING, Act.THANKS) and not strange and (named or wished or seen):
        return Classification(Act.BOOK, 0.55, "who or when")
    if want.act == Act.DENY and wished:
        return Classification(Act.BOOK, 0.5, "another time after no")
    if want.act == Act.AFFIRM and seen and want.score <= 0.48:
        return _yes_with_time(want, seen, wished, context)
    return want


def _yes_with_time(want: Classification, seen: tuple[Window, ...], wished: bool, context: Context) -> Classification:
    """A yes with a time beside it: plain only when the time is one that was offered."""
    if not wished:
        return Classification(Act.DENY, 0.5, "not that time, after yes")
    fits = any(
        (w.start is None or w.start <= o.start) and (w.end is None or o.start < w.end) and (w.end or w.start == o.start)
        for w in seen
        for o in context.offered
        if w.role == WindowRole.WANT and w.open is None
    )
    return want if fits else Classification(Act.BOOK, 0.5, "a time after yes")


def sort_windows(seen: tuple[Window, ...], intent: Intent) -> tuple[Window, ...]:
    """Wanted windows first, but for cancel and status the existing ones; each kind in the order said."""
    first = WindowRole.EXISTING if intent in (Intent.CANCEL, Intent.STATUS) else WindowRole.WANT
    rows = sorted(seen, key=lambda w: (w.role != first, w.role == WindowRole.EXCLUDE))
    ranks: dict[WindowRole, dict[int, int]] = {}
    for n, w in enumerate(rows):
        rank = ranks.setdefault(w.role, {}).setdefault(w.rank, len(ranks[w.role]) + 1)
        rows[n] = w if w.rank == rank else replace(w, rank=rank)
    return tuple(rows)
