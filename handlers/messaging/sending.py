"""Sending a text: it is queued in the transaction that caused it, and handed to its channel outside any transaction."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import sms
from bot.channels.base import Later, Permanent, Unknown
from bot.messages import Address, Button, Outgoing, ProviderId, Sent
from bot.texts import LANGUAGES, facts_of, keys
from handlers import tables
from handlers.deps import Deps
from handlers.messaging import prompts
from handlers.tables import MessageStatus
from handlers.work import Work, run
from scheduling import queries
from scheduling.people import chat_opt_outs, people, person_addresses
from scheduling.policy.ids import PersonId, VisitId
from scheduling.policy.job_payloads import JobKind
from scheduling.policy.vocabulary import JobState
from scheduling.storage import outbox
from scheduling.storage.database import Tx, insert
from scheduling.storage.outbox import Job, Priority

TEXT_LIFETIME = timedelta(hours=6)  # an answer that is six hours late is of no use
_JOB_STATES = {MessageStatus.SENT: JobState.DONE, MessageStatus.DROPPED: JobState.DROPPED}
_LINK = re.compile(r"(/(?:[pj]|calls?)/)[A-Za-z0-9_-]{22}")
_PIN = re.compile(r"\b\d{4}\b")
_INVITE = re.compile(rf"\b[{person_addresses.CODE_ALPHABET}]{{{person_addresses.CODE_LENGTH}}}\b")


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One text to one chat: the payload of the job that sends it.

    `about` is its key. With a `revision` it is sent only while the visit still has that one. `officer` is the member of
    staff it is for, and `card` the card that it shows. `edits` is the provider's id of the message that it replaces where
    the channel can edit.
    """

    address: Address
    about: str
    body: str
    buttons: tuple[Button, ...] = ()
    visit: int | None = None
    revision: int | None = None
    card: int | None = None
    edits: str | None = None
    officer: int | None = None
    contact_button: bool = False

    def to_json(self) -> dict[str, object]:
        """The payload of the job that sends it."""
        address, buttons = self.address, [[button.label, button.data] for button in self.buttons]
        return asdict(self) | {"address": [address.channel, address.theirs, address.ours], "buttons": buttons}

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> "OutboundText":
        """The text of a job. Fields that only an earlier version had are ignored."""
        known = {each.name: payload[each.name] for each in fields(cls) if each.name in payload}
        buttons = tuple(Button(label, data) for label, data in payload["buttons"])
        return cls(**(known | {"address": Address.from_stored(*payload["address"]), "buttons": buttons}))


def queue(
    work: Work,
    text: OutboundText,
    *,
    priority: Priority = Priority.ANSWER,
    due: datetime | None = None,
    until: datetime | None = None,
    key: str | None = None,
) -> bool:
    """Queue a text in the lane of its chat. False when the chat has opted out, or the key was used already."""
    address = text.address
    if chat_opt_outs.opted_out(work.tx, address.channel, address.theirs, address.ours):
        return False
    return outbox.enqueue(
        work.tx, JobKind.SEND, text.to_json(), now=work.now, due=due, lane=address.lane, priority=priority,
        until=until or work.now + TEXT_LIFETIME, key=key, correlation=work.correlation,
    )  # fmt: skip


def masked(body: str, about: str = "") -> str:
    """The body as it may be retained: without the links, the invitation and the PIN that a reader could use."""
    body = _LINK.sub(r"\1...", body)
    if about == "staff_pin":
        return _PIN.sub("...", body)
    return _INVITE.sub("...", body) if about == "staff_invited" else body


def retained_payload(payload: Mapping[str, object]) -> Mapping[str, object]:
    """The payload of a text's job that is retained once the text is sent or given up."""
    return {**payload, "body": masked(str(payload["body"]), str(payload["about"]))}


def send(deps: Deps, job: Job) -> None:
    """Hand one text to its channel and settle the job. No transaction is open while the provider answers."""
    text = OutboundText.from_json(job.payload)
    channel = deps.channels.get(text.address.channel)
    with deps.db.read() as tx:
        stop = _reason_not_to_send(tx, deps, text, job)
        outgoing = _outgoing(tx, deps, text, job)
    if channel is None:
        stop = f"no channel {text.address.channel}"
    if stop:
        _close(deps, job, text, status=MessageStatus.DROPPED, error=stop)
        return
    assert channel is not None
    paced = deps.capabilities(text.address.channel).segments  # the others answer 429 when we are too fast
    if paced and (wait := deps.pace.wait_for(text.address.ours, _weight(deps, text))) > 0:
        deps.db.run(
            lambda tx: outbox.reschedule(
                tx, job, now=deps.now(), error="pace", after=wait, unsure=job.unsure, counts=False
            )
        )
        return
    try:
        sent = channel.find(outgoing, job.created_at) if job.unsure else None
    except Later as error:  # it cannot be looked up now, so it stays unknown whether it was sent
        _retry(deps, job, text, f"later: {error}", after=error.retry_after, unsure=True)
        return
    try:
        sent = sent or channel.send(outgoing)
    except Permanent as error:
        status = MessageStatus.BLOCKED if error.opted_out else MessageStatus.FAILED
        _close(deps, job, text, status=status, error=error.code or str(error))
    except Later as error:
        _retry(deps, job, text, f"later: {error}", after=error.retry_after)
    except Unknown as error:
        _retry(deps, job, text, f"unknown: {error}", unsure=True)
    else:
        _close(deps, job, text, status=MessageStatus.SENT, sent=sent)


def _reason_not_to_send(tx: Tx, deps: Deps, text: OutboundText, job: Job) -> str | None:
    if job.until is not None and deps.now() > job.until:
        return "too late"
    # The one confirmation of a STOP was queued before the chat was closed, and goes out after.
    if text.about != "stop" and chat_opt_outs.opted_out(
        tx, text.address.channel, text.address.theirs, text.address.ours
    ):
        return "opted out"
    if _not_theirs(tx, deps, text, job):
        return "not their phone"
    if text.officer is not None:
        officer = people.get(tx, PersonId(text.officer))
        if not officer.active or officer.suspended:
            return "no longer staff"
    bound = text.visit is not None and text.revision is not None
    if bound and queries.revision(tx, VisitId(text.visit or 0)) != text.revision:
        return "no longer true"
    return None


def _not_theirs(tx: Tx, deps: Deps, text: OutboundText, job: Job) -> bool:
    """Whether the text would tell a stranger about somebody who is not at this address any more.

    A text that names nobody may still be sent.
    """
    gone = person_addresses.disowned(tx, *deps.stored_address(text.address))
    if not gone or _names_nobody(text.about):
        return False
    if text.visit is None:
        return job.created_at <= max(gone.values())
    details = queries.by_id(tx, VisitId(text.visit))
    return details is not None and details.visitor.id in gone


def _names_nobody(about: str) -> bool:
    return about in keys() and facts_of(about, LANGUAGES[0]) <= {"facility", "help", "urgent_phone", "now"}


def _weight(deps: Deps, text: OutboundText) -> int:
    return sms.segments(sms.fold(text.body)) if deps.capabilities(text.address.channel).segments else 1


def _outgoing(tx: Tx, deps: Deps, text: OutboundText, job: Job) -> Outgoing:
    channel = deps.channels.get(text.address.channel)
    path = None if channel is None else channel.status_path
    return Outgoing(
        text.address,
        text.body,
        text.buttons,
        valid_for=None if job.until is None else max(60, int((job.until - deps.now()).total_seconds())),
        status_url=path and f"{deps.settings.url}{path}",
        contact_button=text.contact_button,
        edits=None if text.edits is None else ProviderId(text.edits),
        freeform=_may_write_freely(tx, deps, text.address),
        language=prompts.language_of(tx, text.address) or LANGUAGES[0],
    )


def _may_write_freely(tx: Tx, deps: Deps, address: Address) -> bool:
    """Whether free text is allowed now, where a channel allows it only for some time after the person's last message."""
    window, inbound = deps.capabilities(address.channel).freeform_window, tables.inbound.c
    if window is None:
        return True
    from_them = (
        (inbound.channel == address.channel) & (inbound.theirs == address.theirs) & (inbound.ours == address.ours)
    )
    last = tx.execute(sa.select(sa.func.max(inbound.received_at)).where(from_them)).scalar()
    return last is not None and deps.now() - last < window


def _retry(
    deps: Deps, job: Job, text: OutboundText, error: str, *, after: float | None = None, unsure: bool = False
) -> None:
    def transact(work: Work) -> None:
        rest = retained_payload(job.payload)
        if not outbox.reschedule(work.tx, job, now=work.now, error=error, after=after, unsure=unsure, payload=rest):
            _record_message(work, job, text, MessageStatus.FAILED, None, error)

    run(deps, transact, correlation=job.correlation)


def _close(
    deps: Deps,
    job: Job,
    text: OutboundText,
    *,
    status: MessageStatus,
    sent: Sent | None = None,
    error: str | None = None,
) -> None:
    outcome = _JOB_STATES.get(status, JobState.DEAD)

    def transact(work: Work) -> None:
        mine = outbox.mark_done(
            work.tx, job, now=work.now, outcome=outcome, note=error, payload=retained_payload(job.payload)
        )
        if not mine and sent is None:
            return
        _record_message(work, job, text, status, sent, error)
        if status is MessageStatus.BLOCKED:
            address = text.address
            chat_opt_outs.opt_out(work.tx, address.channel, address.theirs, address.ours, now=work.now, how="provider")
        if sent is not None and job.attempts > 1:  # others that failed for the same reason need not wait
            outbox.make_due(work.tx, JobKind.SEND, f"{text.address.channel}:{text.address.ours}:", now=work.now)
        if sent is not None and text.card is not None:
            shown = tables.cards.c.id == text.card
            work.tx.execute(sa.update(tables.cards).where(shown).values(provider_id=sent.provider_id))

    run(deps, transact, correlation=job.correlation)


def _record_message(
    work: Work, job: Job, text: OutboundText, status: MessageStatus, sent: Sent | None, error: str | None
) -> None:
    address = text.address
    insert(
        work.tx, tables.messages, job_id=job.id, channel=address.channel, theirs=address.theirs, ours=address.ours,
        about=text.about, body=masked(text.body, text.about), segments=_weight(work.deps, text),
        visit_id=text.visit, status=status,
        provider_id=None if sent is None else sent.provider_id, error=error, attempts=job.attempts, at=work.now,
        correlation=work.correlation,
    )  # fmt: skip
