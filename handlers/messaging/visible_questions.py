"""The questions that a phone showed when a text was sent from it: only those that had reached it by then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation import Conversation
from bot.messages import Address
from bot.questions import Option
from handlers.messaging import prompts
from handlers.messaging.prompts import Prompt
from scheduling.storage import outbox
from scheduling.storage.database import Tx

CROSSING_TOLERANCE = timedelta(seconds=20)
"""A number that comes this soon after a list replaced another may still be meant for the earlier list."""


@dataclass(frozen=True, slots=True)
class VisibleQuestions:
    """The questions that a text may answer.

    `asked` is the last list that a dialogue asked with; until it has reached the phone it is in `waiting` instead. `before`
    is the list that it replaced, while a text may still be meant for that one. `pushed` are the open pushed questions.
    `closed` are the numbers of those that closed recently, which choose nothing any more.
    """

    asked: tuple[Option, ...] = ()
    waiting: tuple[Option, ...] = ()
    before: tuple[Option, ...] = ()
    pushed: tuple[Prompt, ...] = ()
    closed: frozenset[int] = frozenset()

    @property
    def options(self) -> list[Option]:
        """All options that can be chosen now."""
        return [*self.asked, *(option for prompt in self.pushed for option in prompt.options)]

    @property
    def questions(self) -> list[tuple[Option, ...]]:
        """The options of each open question."""
        return [each for each in (self.asked, *(prompt.options for prompt in self.pushed)) if each]


def of(
    tx: Tx, address: Address, conversation: Conversation, open_prompts: tuple[Prompt, ...], *, received: datetime
) -> VisibleQuestions:
    """The questions on the phone of a chat when the text that was `received` then was sent."""
    asked, before = conversation.options, conversation.previous
    shown = _shown(tx, conversation.token, received)
    if shown is not None and received - shown >= CROSSING_TOLERANCE:
        before = ()
    if before and _shown(tx, conversation.previous_token, received) is None:
        before = ()
    pushed = tuple(each for each in open_prompts if _shown(tx, each.token, received) is not None)
    closed = prompts.recently_closed_numbers(tx, address, now=received)
    arrived = shown is not None
    return VisibleQuestions(asked if arrived else (), () if arrived else asked, before, pushed, closed)


def _shown(tx: Tx, token: str | None, received: datetime) -> datetime | None:
    """When the text of a question may first have reached the phone; None when that was after `received`."""
    at = None if token is None else outbox.started_at(tx, token)
    return at if at is not None and at <= received else None
