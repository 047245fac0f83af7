"""The kinds of outbox jobs that are not effects of a transition, and the payloads of all jobs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduling.policy.ids import PersonId, VisitId


class JobKind(StrEnum):
    """Jobs that are queued by name. All other kinds are those of `lifecycle.Effect`."""

    SEND = "send"
    REFUND = "refund"
    HANDLE_CHAT = "handle_chat"
    RING_CALL = "ring_call"
    CARRY_OUT = "carry_out"
    BRIEF = "brief"


@dataclass(frozen=True, slots=True)
class VisitJob:
    """An effect of a transition: the visit, with its revision and start when the job was enqueued."""

    visit: VisitId
    revision: int
    starts: datetime


@dataclass(frozen=True, slots=True)
class RefundJob:
    """A refund: its row in the ledger, the payment at the provider, and the amount in minor units."""

    ledger: int
    payment: str
    amount: int


@dataclass(frozen=True, slots=True)
class DecisionJob:
    """A decision that takes effect when the job runs, unless it is undone before."""

    decision: int
    visit: VisitId
    revision: int


@dataclass(frozen=True, slots=True)
class ChatJob:
    """A chat with messages to handle: channel, their address, our address."""

    address: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class CallJob:
    """A visit whose call has changed."""

    visit: VisitId


@dataclass(frozen=True, slots=True)
class BriefJob:
    """An officer to brief. `quiet`: the briefing does not repeat how many requests wait."""

    person: PersonId
    quiet: bool = False


JobPayload = VisitJob | RefundJob | DecisionJob | ChatJob | CallJob | BriefJob
