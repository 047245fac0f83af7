"""What is proposed next, and how long a text is."""

import pytest

from webhooks.simulator.segments import count_segments
from webhooks.simulator.suggestions import suggest

OFFER = "Marcus Johnson, Sat Nov 28, $2.70 in all. Open times:\n1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM\nReply 1, 2 or 3."
CARD = (
    "V7K2 Tanya Johnson (mother) for Marcus Johnson 48213, unit B\nSat Nov 28 1:45 PM, 30 min, terminal B-2\n"
    "Flags: none. Decide by 5:00 PM\nReply 417 OK, 417 NO, or 417 SUN 2PM. All: LIST"
)
OLDER = "Q4M8 Ana Diaz (sister) for Luis Ortega\nDecide by 4:00 PM\nReply 233 OK, 233 NO, or 233 SUN 2PM. All: LIST"
ASKED = "Asked, not booked yet: Marcus, Sat Nov 28. Ref V7K2. Changed your mind? CANCEL VISIT V7K2"
BOOKED = "Paid and booked: Marcus. To change: MOVE V7K2 or CANCEL VISIT V7K2"


def chips(told: list[str], said: list[str] | None = None, *, answered: bool = False) -> list[str]:
    return suggest(["visits"], told, said or [], answered=answered)


def test_numbered_options_become_digits() -> None:
    assert chips([OFFER]) == ["1", "2", "3", "visits"]


def test_digits_named_in_a_sentence_count_up_from_one() -> None:
    text = "Kept until 6:30 PM. Reply 1 to take it, 2 to see other times, 3 to drop the request. Ref V7K2"
    assert chips([text])[:3] == ["1", "2", "3"]
    spanish = "Responda 1 para pedirla, o escriba qué cambiar. Guardada hasta las 2:10 PM."
    assert chips([spanish]) == ["1", "visits"]


def test_a_time_is_not_an_option() -> None:
    assert chips([CARD])[0] == "417 OK"
    assert "2" not in chips(["Reply with another day, like 2 PM"])


def test_digits_go_once_they_are_answered() -> None:
    assert chips([OFFER], ["2"], answered=True) == ["visits"]


def test_a_card_brings_its_own_answers_and_an_older_one_stays_in_reach() -> None:
    assert chips([CARD, OLDER]) == ["417 OK", "417 NO", "417 SUN 2PM", "233 OK", "LIST", "visits"]


def test_a_decided_card_is_not_proposed_again() -> None:
    assert chips(["V7K2 approved: Tanya Johnson, Sat Nov 28, 1:45 PM. 2 still open. All: LIST", CARD], ["417 ok"]) == [
        "visits"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I did not get that, and nothing was changed. Answer a card with its code, like 417 OK, or text LIST, TODAY or ?",
        "Please answer V7K2 with the code on its card, like 417 OK. Nothing was changed. All: LIST",
        "Answer a card with its code: 417 OK, 417 NO B, or 417 SUN 2PM for another time. Also LIST, TODAY, TOMORROW",
        "V7K2: you wrote more than OK, so nothing was changed. To approve it reply 417 OK alone. All: LIST",
        "Responda V7K2 con el codigo de su tarjeta, como 417 OK. No cambio nada. Todas: LISTA",
    ],
)
def test_the_code_of_an_example_is_not_a_card(text: str) -> None:
    assert chips([text]) == ["visits"]


@pytest.mark.parametrize(
    "text",
    [
        "V7K2 needs no answer now: approved by Officer Reed. All: LIST",
        "V7K2 is already decided: denied by Sgt. Molina. Nothing changed. None left open. All: LIST",
        "V7K2: Officer Reed already approved it at 1:02 PM, so your answer had no effect. None left open. All: LIST",
        "V7K2: Sunday Nov 29 2:00 PM offered and kept. The family answers by 6 PM. None left open. All: LIST",
        "V7K2 cancelled by the family: Tanya Johnson for Marcus Johnson, Sat 1:45 PM, terminal B-2. The place is free.",
        "417 does not count any more for V7K2: it changed since that card. Nothing was changed. All: LIST",
        "Too many wrong codes, so all your codes have ended and the supervisor has been told. Nothing was changed.",
        "Nothing waits for your answer. Visits: TODAY or TOMORROW",
        "V7K2 ya no necesita respuesta: aprobada por Officer Reed. Todas: LISTA",
        "V7K2: Officer Reed ya la habia aprobado a la 1:02 PM; su respuesta no tuvo efecto. Todas: LISTA",
        "V7K2 ya está decidida: rechazada. No cambió nada. Todas: LISTA",
    ],
)
def test_a_card_that_somebody_else_closed_is_not_proposed(text: str) -> None:
    assert chips([text, CARD]) == ["visits"]
    assert "417 OK" in chips([CARD, text])  # a card that comes after it is open


def test_a_refusal_leaves_the_card_open() -> None:
    refused = "V7K2 can't be approved: the visitor is banned. Nothing was changed. Say no, or give another time."
    assert chips([refused, CARD])[0] == "417 OK"


def test_only_the_newest_card_of_a_request_counts() -> None:
    again = "V7K2 is still waiting for an answer:\n" + CARD.replace("417", "555")
    assert chips([again, CARD]) == ["555 OK", "555 NO", "555 SUN 2PM", "LIST", "visits"]


def test_list_is_proposed_once() -> None:
    assert suggest(["list", "today"], [CARD], [], answered=False)[3:] == ["LIST", "today"]


def test_a_bare_no_brings_the_reasons() -> None:
    asked = (
        "V7K2: why not?\na terminal, b schedule, c resident, d visitor, e restriction, f other\n"
        "Reply like 417 NO B. A note after the letter stays internal."
    )
    assert chips([asked, CARD], ["417 no"])[:4] == ["417 NO A", "417 NO B", "417 NO C", "417 OK"]


@pytest.mark.parametrize(
    "text",
    [
        "Cancelled, as you asked: Marcus, Sat Nov 28, 1:45 PM. You owe nothing. Ref V7K2",
        "Cancelled by Willow Creek Jail: your visit with Marcus. You owe nothing. Ref V7K2",
        "Thank you for your visit with Marcus, Sat Nov 28, 1:45 PM. Receipt: $2.70 paid. Ref V7K2",
        "We did not see you join the visit with Marcus. To ask again, text a day or time. Ref V7K2",
        "Marcus, Sat Nov 28 was not paid in time, so the place is open to others again. You owe nothing. Ref V7K2",
        "Staff could not approve the visit with Marcus, Sat Nov 28: it is not possible this time. You paid nothing.",
        "Cancelada, como pidió: Marcus, sáb 28 nov. No debe nada. Ref V7K2",
        "Marcus, sab 28 nov, no se pago a tiempo y el lugar quedo libre. No debe nada. Ref V7K2",
    ],
)
def test_a_visit_that_is_over_can_be_neither_moved_nor_cancelled(text: str) -> None:
    assert chips([text, BOOKED, ASKED]) == ["visits"]
    assert chips([BOOKED, text])[0] == "MOVE V7K2"


def test_another_visit_stays_in_reach() -> None:
    other = BOOKED.replace("V7K2", "Q4M8")
    assert chips(["Cancelled, as you asked: Marcus. Ref V7K2", BOOKED, other])[0] == "MOVE Q4M8"


def test_references_become_commands_in_their_language() -> None:
    assert chips(["Ref V7K2. To change: MOVE V7K2 or CANCEL VISIT V7K2"])[:2] == ["MOVE V7K2", "CANCEL VISIT V7K2"]
    assert chips(["Si cambia de idea: CANCELAR VISITA V7K2"])[0] == "CANCELAR VISITA V7K2"
    assert "MOVE ALONG" not in chips(["MOVE ALONG"])


@pytest.mark.parametrize(
    "text, encoding, units, count",
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("ñ" * 160, "GSM-7", 160, 1),
        ("[" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "[" + "a" * 152, "GSM-7", 306, 3),
        ("á" * 70, "UCS-2", 70, 1),
        ("á" * 71, "UCS-2", 71, 2),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 67, "UCS-2", 134, 3),
    ],
)
def test_segments_are_counted_as_carriers_do(text: str, encoding: str, units: int, count: int) -> None:
    found = count_segments(text)
    assert (found.encoding, found.units, found.count) == (encoding, units, count)
