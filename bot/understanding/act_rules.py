"""Act rules: where an answer, an order, a danger or a worry decides the act, whatever phrase or example was found."""

from dataclasses import replace

from bot.understanding.answer import TextAnswer
from bot.understanding.example_classifier import SURE_SCORE
from bot.understanding.meaning import Act, Certainty, Concern, Danger, Meaning, OrderCertainty
from bot.understanding.phrase_classifier import Classification

OPEN_ACTS = frozenset({Act.OTHER, Act.AFFIRM, Act.DENY})
"""Acts that say little: a rule that is certain overrides them."""
UNORDERED = OPEN_ACTS | {Act.CANCEL, Act.BOOK, Act.GREETING}
"""Acts that a denied or reported cancellation is often mistaken for."""


def by_answer_and_order(
    want: Classification, said: Classification, answer: TextAnswer, order: OrderCertainty
) -> Classification:
    """The act where rules decide it: a plain yes or no whatever its examples say, and a cancellation that is not ordered."""
    if want.act in OPEN_ACTS and (answer.plain_yes or answer.plain_any):
        return Classification(Act.AFFIRM, 0.9, "a yes and nothing else")
    if want.act in OPEN_ACTS and (answer.plain_no or answer.plain_neither):
        return Classification(Act.DENY, 0.9, "a no and nothing else")
    if order in (OrderCertainty.NEGATED, OrderCertainty.REPORTED) and want.act in UNORDERED:
        if said.act not in UNORDERED:
            return said
        act = Act.KEEP if order is OrderCertainty.NEGATED else Act.STATUS
        return Classification(act, 0.8, f"a cancellation {order}")
    return want


def by_opt_out(want: Classification, order: OrderCertainty) -> Classification:
    """The act where texts must stop, or must not: a phrase beside "don't" or "did you" is no order to stop."""
    if order is OrderCertainty.CERTAIN:
        return Classification(Act.STOP, 0.98, "an order to send no more texts")
    if want.act is not Act.STOP or order in (OrderCertainty.UNCERTAIN, OrderCertainty.NONE):
        return want
    return Classification(
        Act.START if order is OrderCertainty.NEGATED else Act.OTHER, 0.9, f"an order to stop, {order}"
    )


def by_danger(want: Classification, danger: Danger | None) -> Classification:
    """The act of a text about danger or a death, whatever else it says."""
    if danger is None or danger.concern is Concern.WORRY:
        return want
    return Classification(Act.URGENT, 0.98 if danger.certainty is Certainty.SURE else 0.7, f"{danger.concern}")


def with_worry(meaning: Meaning) -> Meaning:
    """Worry is a question about somebody's health, unless the text orders something or names a time beside it."""
    danger = meaning.danger
    if danger is None or danger.concern is not Concern.WORRY:
        return meaning
    beside = [w for w in meaning.windows if not danger.span[0] <= w.text[0] < danger.span[1]]
    ordered = meaning.act not in OPEN_ACTS and meaning.intent_score >= SURE_SCORE
    if beside or ordered:
        return meaning
    return replace(meaning, act=Act.QUESTION_HEALTH, windows=(), needs=())
