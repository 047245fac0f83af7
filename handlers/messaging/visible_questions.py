"""What a phone showed when a text was sent from it: the questions that had reached it by then, and no others."""

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
"""A number that comes this soon after a list took another's place may still mean the one before."""


@dataclass(frozen=True, slots=True)
class VisibleQuestions:
    """`asked` is the last list we asked with, `waiting` the same while it had not reached the phone, `before` the one it
    replaced where a text may still mean that, `pushed` the open questions that came unasked, `closed` the numbers of
    those that closed recently: they mean nothing any more.
    """

    asked: tuple[Option, ...] = ()
    waiting: tuple[Option, ...] = ()
    before: tuple[Option, ...] = ()
    pushed: tuple[Prompt, ...] = ()
    closed: frozenset[int] = frozenset()

    @property
    def options(self) -> list[Option]:
        """What can be chosen now."""
        return [*self.asked, *(option for prompt in self.pushed for option in prompt.options)]

    @property
    def questions(self) -> list[tuple[Option, ...]]:
        """Each open question's options."""
        return [each for each in (self.asked, *(prompt.options for prompt in self.pushed)) if each]


def of(
    tx: Tx, address: Address, conversation: Conversation, open_prompts: tuple[Prompt, ...], *, received: datetime
) -> VisibleQuestions:
    """The screen of a chat at the moment when its text was sent."""
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
    """When the text of a question may have reached the phone; None when that was not before `received`."""
    at = None if token is None else outbox.started_at(tx, token)
    return at if at is not None and at <= received else None
