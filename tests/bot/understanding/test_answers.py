"""A text read as an answer: numbers in every shape, yes and no by idiom, with courtesy taken off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import TextAnswer, warm_up
from bot.understanding.pipeline import answer_in

YES_EN = ["yes", "yep", "ok", "bet", "aight", "fasho", "say less", "sounds good", "no problem", "works for me", "do it"]
YES_ES = [
    "si",
    "simon",
    "dale",
    "va",
    "orale",
    "ta bueno",
    "esta bien",
    "no hay problema",
    "claro que si",
    "de acuerdo",
]
NO_EN = ["no", "nah", "nope", "not that one", "no thank you", "never mind", "that wont work"]
NO_ES = ["no", "nel", "no gracias", "esa no", "ya no la quiero", "no me sirve"]
NUMBERS = {
    2: ["2", "(2)", "2)", "#2", "2️⃣", "number 2", "option 2", "the second one", "2nd", "ill do 2", "la 2", "la segunda"],
    3: ["3", "3.", "no. 3", "number three", "the third", "opcion 3", "me quedo con la 3", "quiero la 3"],
}
BEFORE_EN = ["", "umm ", "hi ", "thank you ", "well ", "hello sir, "]
AFTER_EN = [
    "",
    " please",
    " thank you so much",
    " god bless",
    " mam",
    "!!",
    " 🙏",
    "\n\nSent from my iPhone",
    " i guess",
]
BEFORE_ES = ["", "hola ", "buenas tardes ", "pues "]
AFTER_ES = ["", " por favor", " muchas gracias", " dios lo bendiga", " porfa", "!", "\nEnviado desde mi iPhone"]

warm_up()


def dressed(words: list[str], before: list[str], after: list[str]) -> st.SearchStrategy[str]:
    """One of these, with courtesy before and behind it, in any case of letters."""
    parts = st.tuples(st.sampled_from(before), st.sampled_from(words), st.sampled_from(after))
    cases = st.sampled_from([str, str.upper, str.capitalize])
    return st.builds(lambda piece, case: piece[0] + case(piece[1]) + piece[2], parts, cases)


@given(dressed(YES_EN, BEFORE_EN, AFTER_EN) | dressed(YES_ES, BEFORE_ES, AFTER_ES))
def test_courtesy_around_a_yes_leaves_a_plain_yes(text: str) -> None:
    assert answer_in(text).plain_yes


@given(dressed(NO_EN, BEFORE_EN, AFTER_EN) | dressed(NO_ES, BEFORE_ES, AFTER_ES))
def test_courtesy_around_a_no_leaves_a_plain_no(text: str) -> None:
    assert answer_in(text).plain_no


@given(st.sampled_from([(n, words) for n, shapes in NUMBERS.items() for words in shapes]), st.data())
def test_a_number_in_any_shape_is_that_number(shape: tuple[int, str], data: st.DataObject) -> None:
    number, words = shape
    text = data.draw(dressed([words], BEFORE_EN, AFTER_EN))
    found = answer_in(text)
    assert (found.numbers, found.rest) == ((number,), "")


@pytest.mark.parametrize(
    "text", ["any", "either one", "whichever", "doesnt matter", "las dos me sirven", "cualquiera", "la que sea"]
)
def test_any_of_them(text: str) -> None:
    assert answer_in(text).plain_any


@pytest.mark.parametrize("text", ["neither of these", "none of those work", "another day", "ninguna", "otro dia"])
def test_none_of_them(text: str) -> None:
    assert answer_in(text).plain_neither


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("i have 2 kids", ()),
        ("2 kids will come", ()),
        ("at 2", ()),
        ("a las 2", ()),
        ("2pm", ()),
        ("28/11", ()),
        ("not 2", ()),
        ("anything but 2", ()),
        ("2 or 3", (2, 3)),
        ("2 but can my kids come", (2,)),
        ("not bad 2 works", (2,)),
        ("i said 2", (2,)),
    ],
)
def test_a_number_that_may_be_something_else_chooses_nothing(text: str, numbers: tuple[int, ...]) -> None:
    assert answer_in(text).numbers == numbers


@pytest.mark.parametrize("text", ["yes but sunday", "yes no wait", "ok so", "no tengo tarjeta", "did they say yes"])
def test_more_than_a_yes_is_no_plain_yes(text: str) -> None:
    assert not answer_in(text).plain_yes


def test_the_rest_is_what_stands_beside_the_answer() -> None:
    assert answer_in("2 please, but can my kids come too thank you").rest == "but can my kids come too"
    assert answer_in("yes how much is it").rest == "how much is it"
    assert answer_in("thank you").empty


@given(st.text(max_size=400))
def test_every_text_can_be_read(text: str) -> None:
    assert isinstance(answer_in(text), TextAnswer)
