"""The JSON of the simulator's page: plain values, with times in words."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webhooks.simulator.application_client import ApplicationClient, ApplicationTime
from webhooks.simulator.config import Phone, SimulatorConfig
from webhooks.simulator.rows import Message
from webhooks.simulator.segments import count_segments
from webhooks.simulator.store import Store
from webhooks.simulator.suggestions import suggest

RECENT = 16


def state_of(config: SimulatorConfig, store: Store, application: ApplicationClient) -> dict[str, Any]:
    """Everything except the texts."""
    waiting = len(store.messages("direction = 'inbound' AND status IN ('accepted', 'receiving')", limit=-1))
    return {
        "our_number": config.our_number,
        "phones": [phone_view(phone, config, store) for phone in store.phones()],
        "clock": clock_view(application.clock(), available=application.has_clock),
        "carrier": {"down": bool(store.counter("down")), "waiting": waiting, "line_answers": application.reachable},
        "epoch": store.counter("epoch"),
        "cursor": store.counter("change"),
    }


def phone_view(phone: Phone, config: SimulatorConfig, store: Store) -> dict[str, Any]:
    """One phone, with suggestions for its next text."""
    recent = store.messages("sender = ? OR recipient = ?", (phone.number,) * 2, order="id DESC", limit=RECENT)
    told = [message.body for message in recent if not message.inbound]
    said = [message.body for message in recent if message.inbound]
    opted_out = store.opted_out(config.our_number, phone.number)
    standing = ("START", *phone.suggestions) if opted_out else phone.suggestions
    return {
        "number": phone.number,
        "name": phone.name,
        "role": phone.role,
        "language": phone.language,
        "reachable": phone.reachable,
        "opted_out": opted_out,
        "chips": suggest(standing, told, said, answered=bool(recent) and recent[0].inbound),
    }


def message_view(message: Message, zone: str) -> dict[str, Any]:
    """One text, as its bubble shows it."""
    size = count_segments(message.body)
    local = message.created.astimezone(_zone(zone))
    return {
        "id": message.id,
        "sid": message.sid,
        "phone": message.phone,
        "mine": message.inbound,
        "from": message.sender,
        "to": message.recipient,
        "direction": message.direction,
        "body": message.body,
        "media": list(message.media),
        "status": message.status,
        "error_code": message.error_code,
        "note": message.note,
        "segments": size.count,
        "encoding": size.encoding,
        "units": size.units,
        "at": message.created.isoformat(),
        "time": clock_words(local),
        "day": day_words(local),
        "change": message.change,
    }


def clock_view(clock: ApplicationTime, *, available: bool) -> dict[str, Any]:
    """The facility's time, and what is due next there."""
    zone = _zone(clock.zone)
    now = clock.now.astimezone(zone)
    coming = None
    if clock.next:
        at = clock.next.at.astimezone(zone)
        coming = {
            "at": at.isoformat(),
            "text": clock.next.text,
            "label": f"{soon_words(at, now)}, when {clock.next.text}",
        }
    return {
        "available": available,
        "now": now.isoformat(),
        "zone": clock.zone,
        "label": f"{day_words(now)} {clock_words(now)}",
        "next": coming,
    }


def clock_words(local: datetime) -> str:
    """1:04 PM."""
    return f"{local.hour % 12 or 12}:{local:%M %p}"


def day_words(local: datetime) -> str:
    """Mon Nov 23."""
    return f"{local:%a %b} {local.day}"


def soon_words(local: datetime, now: datetime) -> str:
    """When it is, in full and as seen from ``now``: today, a weekday, or a date."""
    if local.date() == now.date():
        return f"{clock_words(local)} today"
    if now.date() < local.date() < now.date() + timedelta(days=7):
        return f"{local:%A} {clock_words(local)}"
    return f"{local:%A}, {local:%B} {local.day}, {clock_words(local)}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
