"""Twilio's delivery statuses and error codes, and what they mean. The adapters are in `twilio.py` and `whatsapp.py`."""

from collections.abc import Mapping
from typing import Final

from bot.messages import DeliveryStatus

STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "accepted": DeliveryStatus.QUEUED,
    "scheduled": DeliveryStatus.QUEUED,
    "queued": DeliveryStatus.QUEUED,
    "sending": DeliveryStatus.QUEUED,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}


OPTED_OUT: Final = "21610"


ERRORS: Final[Mapping[str, str]] = {
    "20003": "the account SID or the auth token is wrong",
    "20005": "the Twilio account is not active",
    "20404": "Twilio does not know this account or address",
    "20429": "too many requests to Twilio",
    "21211": "not a phone number",
    "21214": "this number cannot be reached",
    "21408": "the account may not text that country",
    "21602": "the text is empty",
    "21604": "there is no number to send to",
    "21606": "our number cannot send texts to this one",
    "21608": "a trial account sends only to numbers verified with Twilio",
    "21610": "this person sent STOP",
    "21611": "the queue of our number is full",
    "21612": "no route from our number to this one",
    "21614": "not a mobile number",
    "21617": "the text is too long",
    "21659": "our number does not belong to the account",
    "30001": "the queue of our number overflowed",
    "30002": "the Twilio account is suspended",
    "30003": "the phone is off or out of reach",
    "30004": "the phone or its carrier blocks these texts",
    "30005": "the number does not exist any more",
    "30006": "a landline, or a carrier that cannot be reached",
    "30007": "filtered by the carrier",
    "30008": "not delivered, the carrier does not say why",
    "30022": "over the rate that the registration allows",
    "30032": "our toll-free number is not verified",
    "30033": "the registration is suspended",
    "30034": "our number is not registered (A2P 10DLC)",
    "30036": "its validity ran out before it could be sent",
    "30410": "the carrier timed out",
    "63003": "this number has no WhatsApp",
    "63007": "our number is not a WhatsApp sender of the account",
    "63016": "over 24 hours since this person wrote: on WhatsApp only an approved template reaches them",
    "63018": "over the rate that WhatsApp allows",
    "63024": "this number has no WhatsApp",
}
"""What Twilio's codes mean, in operators' words: those of its API (2xxxx) and those of delivery receipts (3xxxx)."""


LATER_CODES: Final = frozenset({"20003", "20005", "20404", "20429", "21611", "30001", "30022", "63018"})
"""Refusals that end when an operator corrects a setting or a queue drains: the message itself is not the cause."""


def meaning(code: str | None) -> str:
    """What an error code means, for operators; the code itself when it is not one we know."""
    return ERRORS.get(code or "", f"Twilio error {code}") if code else ""
