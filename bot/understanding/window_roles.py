"""Window roles: which times are wanted, which exist already; and the act of a text in its context."""

import itertools
from dataclasses import replace

from bot.understanding.meaning import Act, Intent, Need, OpenEnd, TextContext, Window, WindowRole
from bot.understanding.phrase_classifier import Classification
from bot.understanding.time_mentions import EncodedText, TimeMention

WEAK_ACTS = frozenset({Act.OTHER, Act.AFFIRM, Act.DENY, Act.BOOK, Act.GREETING, Act.AVAILABILITY, Act.THANKS})
"""Acts that the choice of an option overrides."""


GIVING_UP = frozenset({Act.LATE, Act.CANCEL, Act.CANNOT})
"""Acts that give up a time, and are a move where another time is asked for beside them."""


def assign_roles(mentions: list[TimeMention], act: Act, text: EncodedText) -> None:
    """Mark each mention as want, existing or exclude: "move my friday visit (existing) to sunday (want)"."""
    if act.about_existing:
        for mention in mentions:
            mention.role = WindowRole.EXISTING
        return
    instead = _given_up_index(mentions, text)
    if instead is not None:
        mentions[instead].role = WindowRole.EXISTING
    if act != Act.RESCHEDULE:
        return
    for mention in mentions:
        mention.open = None if mention.open == OpenEnd.BEFORE and not mention.timed else mention.open
    wants = [w for w in mentions if w.role == WindowRole.WANT]
    if len(wants) > 1 and instead is None:
        for before, after in itertools.pairwise(wants):
            if text.between(before.end, after.start + 1, "target"):
                before.role = WindowRole.EXISTING
                break
    elif len(wants) == 1 and instead is None and _names_own_visit(wants[0], text):
        wants[0].role = WindowRole.EXISTING


def moved(act: Act, mentions: list[TimeMention], text: EncodedText) -> Act:
    """The act, where a time is given up for another: "cant make it friday, can i get sunday", "late, 330 instead of 3"."""
    if act not in GIVING_UP:
        return act
    if _given_up_index(mentions, text) is not None:
        return Act.RESCHEDULE
    for before, after in itertools.pairwise(mentions):
        if act is not Act.LATE and text.between(before.end, after.start, "ask") and after.role == WindowRole.WANT:
            before.role = WindowRole.EXISTING
            return Act.RESCHEDULE
    return act


def _given_up_index(mentions: list[TimeMention], text: EncodedText) -> int | None:
    """ "sunday instead of friday": the day behind "instead of" is the one that is given up."""
    for n, mention in enumerate(mentions):
        if len(mentions) > 1 and text.between(max(mention.start - 3, 0), mention.start, "instead"):
            return n
    return None


def _names_own_visit(mention: TimeMention, text: EncodedText) -> bool:
    """ "my friday visit", with no "to" before it."""
    return text.between(max(mention.start - 2, 0), mention.start, "existing") and not text.between(
        0, mention.end, "target"
    )


def adjust_to_context(
    guess: Classification,
    windows: tuple[Window, ...],
    picked: int | None,
    named: bool,
    context: TextContext,
    referred: bool,
) -> Classification:
    """The act, adjusted to an option that was chosen, to times that were wanted or ruled out, and to people named."""
    weak = guess.act in WEAK_ACTS
    if picked is not None and weak and (context.offered or not windows or context.asked != Need.WHEN):
        return Classification(Act.CHOOSE, max(guess.score, 0.9), guess.said)
    is_wanted = any(w.role == WindowRole.WANT for w in windows)
    if guess.act == Act.QUESTION_HOURS and is_wanted:
        return Classification(Act.AVAILABILITY, guess.score, guess.said)
    # "can my mom come too saturday at 2", "i get paid friday so saturday"
    if guess.act in (Act.QUESTION_PEOPLE, Act.QUESTION_ID, Act.QUESTION_PAYDAY) and is_wanted:
        return Classification(Act.BOOK, guess.score, guess.said)
    if guess.act == Act.OTHER and referred:
        return Classification(Act.STATUS, 0.5, "a reference alone")
    if guess.act == Act.RESCHEDULE and context.offered and is_wanted and "instead" in guess.said:
        return Classification(Act.BOOK, 0.6, guess.said)
    # The weather or a song is off topic whatever day is named. A resident's name outweighs likeness to examples.
    off_topic = guess.act == Act.OTHER and guess.score > (0.55 if named else 0.5)
    if guess.act in (Act.OTHER, Act.GREETING, Act.THANKS) and not off_topic and (named or is_wanted or windows):
        return Classification(Act.BOOK, 0.55, "who or when")
    if guess.act == Act.DENY and is_wanted:
        return Classification(Act.BOOK, 0.5, "another time after no")
    if guess.act == Act.AFFIRM and windows and guess.score <= 0.48:
        return _yes_with_time(guess, windows, is_wanted, context)
    return guess


def _yes_with_time(
    guess: Classification, windows: tuple[Window, ...], is_wanted: bool, context: TextContext
) -> Classification:
    """A yes with a time beside it is a plain yes only when that time was offered."""
    if not is_wanted:
        return Classification(Act.DENY, 0.5, "not that time, after yes")
    fits = any(
        (w.start is None or w.start <= o.start) and (w.end is None or o.start < w.end) and (w.end or w.start == o.start)
        for w in windows
        for o in context.offered
        if w.role == WindowRole.WANT and w.open is None
    )
    return guess if fits else Classification(Act.BOOK, 0.5, "a time after yes")


def sort_windows(windows: tuple[Window, ...], intent: Intent) -> tuple[Window, ...]:
    """Wanted windows first, or for cancel and status the existing ones; each role in the order said."""
    first = WindowRole.EXISTING if intent in (Intent.CANCEL, Intent.STATUS) else WindowRole.WANT
    ordered = sorted(windows, key=lambda w: (w.role != first, w.role == WindowRole.EXCLUDE))
    ranks: dict[WindowRole, dict[int, int]] = {}
    for n, w in enumerate(ordered):
        rank = ranks.setdefault(w.role, {}).setdefault(w.rank, len(ranks[w.role]) + 1)
        ordered[n] = w if w.rank == rank else replace(w, rank=rank)
    return tuple(ordered)
