"""An order to cancel, or to stop texts: certain only in the imperative, and never beside a no, a question or a report."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import Act, KnownPerson, OrderCertainty, TextContext, understand, warm_up
from tests.understanding.non_orders import taken_as_orders

NOW = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - local wall time
MARCUS = KnownPerson("Marcus Johnson", "48213", "mother")
ORDERS_EN = [
    "cancel V7K2",
    "cancel my visit",
    "cancel visit V7K2",
    "cancel it",
    "cancel my saturday visit",
    "cancle V7K2",
]
ORDERS_ES = ["cancelar visita V7K2", "cancele la visita", "cancela mi cita del sabado", "anule V7K2", "cancelen V7K2"]
LEADS_EN = [
    "",
    "please ",
    "i want to ",
    "i need to ",
    "can you ",
    "hi, please ",
    "yes ",
    "go ahead and ",
    "id like to ",
]
LEADS_ES = ["", "por favor ", "quiero que me ", "favor de ", "necesito que "]
ENDS = ["", " please", " thank you", ". my car broke down", " gracias", "!"]
AGAINST_EN = [
    "dont {}", "do not {}", "please dont {}", "i dont want to {}", "never {}", "did yall {}?", "why did they {}",
    "i didnt {}", "who told you to {}", "they {} on me", "you better not {}", "{} no wait", "{} nvm", "{} jk",
]  # fmt: skip
AGAINST_ES = ["no {}", "no quiero {}", "por favor no {}", "nunca {}", "{} espere", "{} no mejor no", "por que {}"]

warm_up()


def order(text: str) -> OrderCertainty:
    return understand(text, now=NOW, context=TextContext(people=(MARCUS,))).order


@given(st.sampled_from(ORDERS_EN), st.sampled_from(LEADS_EN), st.sampled_from(ENDS))
def test_a_plain_order_is_certain(words: str, lead: str, end: str) -> None:
    assert order(f"{lead}{words}{end}") is OrderCertainty.CERTAIN


@pytest.mark.parametrize("words", ORDERS_ES)
@pytest.mark.parametrize("lead", ["", "por favor ", "favor de "])
@pytest.mark.parametrize("end", ["", " por favor", " gracias"])
def test_a_plain_order_is_certain_in_spanish(words: str, lead: str, end: str) -> None:
    assert order(f"{lead}{words}{end}") is OrderCertainty.CERTAIN


@given(
    st.sampled_from(AGAINST_EN).flatmap(lambda form: st.sampled_from([form.format(o) for o in ORDERS_EN]))
    | st.sampled_from(AGAINST_ES).flatmap(lambda form: st.sampled_from([form.format(o) for o in ORDERS_ES])),
    st.sampled_from(ENDS),
)
def test_beside_a_no_a_question_or_a_report_it_is_not(text: str, end: str) -> None:
    assert order(f"{text}{end}") is not OrderCertainty.CERTAIN


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it says cancelled", OrderCertainty.REPORTED),
        ("my visit got cancelled", OrderCertainty.REPORTED),
        ("me cancelaron la visita", OrderCertainty.REPORTED),
        ("he cancelled his phone can i still visit", OrderCertainty.REPORTED),
        ("i would like it cancelled", OrderCertainty.UNCERTAIN),
        ("what happens if i cancel", OrderCertainty.UNCERTAIN),
        ("cancel his phone plan V7K2", OrderCertainty.UNCERTAIN),
        ("cancel V7K2 and V7K3", OrderCertainty.CERTAIN),
        ("cancel my visit with marcus", OrderCertainty.CERTAIN),
        ("see marcus saturday", OrderCertainty.NONE),
    ],
)
def test_verdicts(text: str, found: OrderCertainty) -> None:
    assert order(text) is found


@pytest.mark.parametrize("text", ["dont cancel", "do not cancel my visit", "no cancelen mi visita"])
def test_who_wants_no_cancellation_wants_to_keep_it(text: str) -> None:
    assert understand(text, now=NOW).act is Act.KEEP


def test_what_stands_beside_a_negated_cancellation_counts() -> None:
    assert understand("i dont want to cancel i want to move it", now=NOW).act is Act.RESCHEDULE


@pytest.mark.parametrize(
    "text",
    [
        "stop please", "STOP\nSent from my iPhone", '"STOP"', "stop stop stop", "ALTO POR FAVOR", "OPT-OUT",
        "remove my number", "please delete my number from your list", "dont text this number no more", "leave me alone",
        "ya no me manden mensajes por favor", "borren mi numero", "cancelar suscripcion", "no more texts thank you",
    ],
)  # fmt: skip
def test_an_order_to_stop_texts_in_any_words(text: str) -> None:
    assert understand(text, now=NOW).act is Act.STOP


@pytest.mark.parametrize(
    "text",
    [
        "please dont stop texting me", "dont stop sending me updates", "i dont want you to stop texting me",
        "did you stop texting me", "no dejen de escribirme", "stop by saturday", "when do visits stop",
    ],
)  # fmt: skip
def test_its_opposite_is_none(text: str) -> None:
    assert understand(text, now=NOW).act is not Act.STOP


def test_no_text_that_orders_nothing_is_taken_for_an_order() -> None:
    wrong, read = taken_as_orders(every=12)  # all of them: make accuracy
    assert wrong == []
    assert read > 800
