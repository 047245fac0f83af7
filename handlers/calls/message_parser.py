"""Parses and checks the signaling messages that a page sends as JSON."""

import json
from collections.abc import Mapping

from scheduling.calls.signaling_queue import MAX_BYTES_PER_READ, SignalingMessage, SignalKind
from scheduling.policy.ids import DeviceId

MAX_MESSAGES_PER_REQUEST = 64
MAX_MESSAGES_PER_EPOCH = 20_000
"""The limit for one device and one loading of its page. A connection that restarts every five seconds sends a third."""
MAX_MESSAGE_CHARACTERS = 16_384
"""The limit of one message body as JSON. An offer has three to seven thousand characters."""
FULL_READ = MAX_BYTES_PER_READ // MAX_MESSAGE_CHARACTERS
"""A read of this many messages may have been cut off at its size limit: there may be more."""
MAX_INTEGER = 2**31


class InvalidMessages(ValueError):
    """What was sent is not a list of signaling messages as docs/calls.md describes them."""


def parse_messages(rows: object) -> list[SignalingMessage]:
    """The signaling messages that a page sent; InvalidMessages for anything else."""
    if not isinstance(rows, list) or len(rows) > MAX_MESSAGES_PER_REQUEST:
        raise InvalidMessages
    try:
        messages = [_parse(row) for row in rows]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidMessages from error
    if not all(_is_valid(each) for each in messages):
        raise InvalidMessages
    return messages


def _parse(row: object) -> SignalingMessage:
    if not isinstance(row, Mapping):
        raise TypeError("a message is a JSON object")
    to, epoch, kind = DeviceId(int(row["to"])), int(row["to_epoch"]), SignalKind(str(row["kind"]))
    return SignalingMessage(int(row["number"]), to, epoch, kind, row["body"])


def _is_valid(each: SignalingMessage) -> bool:
    small = all(0 <= number < MAX_INTEGER for number in (each.number, each.to, each.to_epoch))
    return small and each.number <= MAX_MESSAGES_PER_EPOCH and isinstance(each.body, dict) and _fits(each)


def _fits(each: SignalingMessage) -> bool:
    return len(json.dumps(each.body)) <= MAX_MESSAGE_CHARACTERS
