"""The channels of the stories: they record what is sent, and fail when a story tells them to.

Only sending is replaced. The real Twilio and Telegram channels check signatures and read webhooks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from bot.channels.base import Permanent, Unknown
from bot.channels.telegram import Telegram
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_client import MessageParameters
from bot.channels.whatsapp import TwilioWhatsApp
from bot.messages import Button, DeliveryStatus, Outgoing, ProviderId, Sent, WebRequest
from tests.cast import BOT, WHATSAPP_NUMBER

URL = "http://127.0.0.1:8000"
TWILIO_TOKEN, TELEGRAM_TOKEN, TELEGRAM_SECRET = "twilio-token", f"{BOT}:telegram-token", "telegram-secret"
STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "unstop"})
HELP_WORDS = frozenset({"help", "info"})


@dataclass(frozen=True, slots=True)
class Got:
    """One message as a phone got it. `replaces` is the message that this one edited."""

    at: datetime
    channel: str
    to: str
    text: str
    buttons: tuple[Button, ...]
    contact_button: bool
    replaces: str | None
    id: str


@dataclass
class Carrier:
    """Both providers in one: what they delivered, whom they block, and how they fail.

    `failing` is asked before each message and may raise what a channel may raise. When `loses` is true the message
    arrives and only the answer to us is lost.
    """

    now: Callable[[], datetime]
    delivered: list[Got] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    failing: Callable[[Outgoing], None] | None = None
    loses: bool = False
    asked_about: list[str] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def keyword(self, sender: str, text: str) -> str:
        """The carrier's own handling of a keyword, as Twilio names it. It blocks and unblocks the sender."""
        word = text.strip().casefold()
        if word in STOP_WORDS:
            self.stopped.add(sender)
            return "STOP"
        if word in START_WORDS:
            self.stopped.discard(sender)
            return "START"
        return "HELP" if word in HELP_WORDS else ""

    def take(self, outgoing: Outgoing) -> Sent:
        """Deliver one message, or fail as the story says."""
        address = outgoing.address
        if self.failing is not None:
            self.failing(outgoing)
        if address.channel == "sms" and address.theirs in self.stopped:
            raise Permanent("21610", "this person sent STOP", opted_out=True)
        mark = f"message:{address.theirs}:{next(self.numbers)}"
        self.delivered.append(
            Got(
                self.now(), address.channel, address.theirs, outgoing.text, outgoing.buttons, outgoing.contact_button,
                outgoing.edits, mark,
            )
        )  # fmt: skip
        if self.loses:
            raise Unknown("the answer was lost")
        return Sent(ProviderId(mark), DeliveryStatus.QUEUED)

    def look_up(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """Whether this message arrived since then."""
        self.asked_about.append(outgoing.text)
        for got in reversed(self.delivered):
            if got.at >= since and (got.to, got.text) == (outgoing.address.theirs, outgoing.text):
                return Sent(ProviderId(got.id), DeliveryStatus.QUEUED)
        return None


class RememberingTwilio(TwilioSms):
    """The real Twilio channel with the carrier in place of the network."""

    def __init__(self, carrier: Carrier, token: str, public_url: str) -> None:
        super().__init__("AC" + "1" * 32, token, public_url)
        self._carrier = carrier

    def send(self, outgoing: Outgoing) -> Sent:
        return self._carrier.take(outgoing)

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        return self._carrier.look_up(outgoing, since)


class RememberingWhatsApp(TwilioWhatsApp):
    """The real WhatsApp channel with the carrier in place of the network. A template arrives as its variable, marked."""

    def __init__(self, carrier: Carrier, token: str, public_url: str) -> None:
        templates = {"en": "HX" + "e" * 32, "es": "HX" + "5" * 32}
        super().__init__("AC" + "1" * 32, token, public_url, number=WHATSAPP_NUMBER, templates=templates)
        self._carrier = carrier

    def create(self, outgoing: Outgoing, content: MessageParameters) -> Sent:
        words = content.get("body") or f"[{content['content_sid'][:3]}] {content['content_variables']}"
        return self._carrier.take(replace(outgoing, text=words))

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        return self._carrier.look_up(outgoing, since)


class RememberingTelegram(Telegram):
    """The real Telegram channel with the carrier in place of the network."""

    def __init__(self, carrier: Carrier, token: str, secret: str) -> None:
        super().__init__(token, secret)
        self._carrier = carrier

    def send(self, outgoing: Outgoing) -> Sent:
        return self._carrier.take(outgoing)

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        return None

    def acknowledge(self, request: WebRequest) -> None:
        """Do nothing: nobody sees the button's spinner."""
