"""One message is one value, computed once, and without the database."""

from dataclasses import replace

import pytest

from bot.messages import CarrierKeyword, Contact, Inbound, ProviderId
from bot.understanding.staff import StaffVerb
from handlers.dialogues.chat_context import ChatContext
from handlers.inbound import family_reader, interpretation
from handlers.inbound.context import context_of
from handlers.inbound.interpret import interpret
from handlers.inbound.interpretation import (
    UNREAD,
    CardButton,
    ContactShared,
    FamilyIntent,
    FamilyWords,
    ForeignButton,
    Interpreted,
    KeywordSent,
    Photo,
    StaffText,
    StaffUnclear,
    StartLink,
    UnknownSender,
)
from handlers.inbound.topics import Topic
from handlers.messaging import prompts
from handlers.work import Work
from tests.handlers.line import Line, address
from tests.scheduling.kit import REED, TANYA

STRANGER = "+15550199999"


def context(line: Line, who: str, text: str) -> ChatContext:
    """What is known of a chat; the database is closed when it is interpreted."""
    with line.record.db.begin() as tx:
        conversation = prompts.lock_chat(tx, address(who), now=line.now)
        assert conversation is not None
        return context_of(Work(tx, line.deps, line.now, "c"), address(who), text, conversation, line.now)


def read(line: Line, who: str, text: str, **more: object) -> Interpreted:
    message = replace(Inbound(address(who), ProviderId("SM1"), text), **more)  # type: ignore[arg-type]
    return interpret(message, context(line, who, text))


@pytest.mark.parametrize(
    "who,text,topic",
    [
        (TANYA, "can i see marcus saturday", Topic.BOOK),
        (TANYA, "visits", Topic.VISITS),
        (TANYA, "cancel all my visits", Topic.CANCEL),
        (TANYA, "what should i wear", Topic.QUESTION),
        (TANYA, "blorp blorp", Topic.NOT_UNDERSTOOD),
        (TANYA, "thank you so much", Topic.THANKS),
    ],
)
def test_the_words_of_a_family_have_a_topic(line: Line, who: str, text: str, topic: Topic) -> None:
    found = read(line, who, text)
    assert isinstance(found, FamilyIntent)
    assert found.topic is topic


def test_what_is_told_by_its_form(line: Line) -> None:
    stop = read(line, TANYA, "STOP")
    assert isinstance(stop, KeywordSent)
    assert (stop.keyword, stop.word, stop.answered) == (CarrierKeyword.STOP, "stop", False)
    assert isinstance(read(line, TANYA, "", media=1), Photo)
    assert isinstance(read(line, TANYA, "", start_code="fox"), StartLink)
    assert isinstance(read(line, TANYA, "", contact=Contact("1", own=True)), ContactShared)
    assert isinstance(read(line, TANYA, "", button="card:417:ok"), ForeignButton)
    assert isinstance(read(line, STRANGER, "hello"), UnknownSender)
    pressed = read(line, REED, "", button="card:417:ok")
    assert isinstance(pressed, CardButton)
    assert (pressed.code, pressed.verb) == (417, StaffVerb.OK)


def test_an_officers_command_does_not_pass_the_familys_reader(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*_: object, **__: object) -> None:
        raise AssertionError("the family's reader was asked")

    monkeypatch.setattr(family_reader, "read", unread)
    for text in ("417 ok", "417 no b", "list", "417 sun 2pm"):
        found = read(line, REED, text)
        assert isinstance(found, StaffText), text
        assert found.meaning is UNREAD
    assert not isinstance(read(line, REED, "417 ok"), FamilyWords)


def test_an_officers_words_that_order_nothing_are_read_for_a_hint(line: Line) -> None:
    found = read(line, REED, "i want to visit my brother on sunday")
    assert isinstance(found, StaffUnclear)
    assert found.meaning.intent == "book"


def test_every_interpretation_is_in_the_union_that_dispatch_matches() -> None:
    found = {each for each in vars(interpretation).values() if isinstance(each, type) and issubclass(each, Interpreted)}
    assert found - {Interpreted, FamilyWords} == set(interpretation.Interpretation.__args__)
