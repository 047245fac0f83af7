"""People with phones. What they send arrives by the real webhooks; what reached them is read in order, each text once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from bot import sms
from bot.channels.telegram import SECRET_HEADER
from bot.messages import Address
from tests.cast import OURS, Member
from tests.stories.carrier import TELEGRAM_SECRET, TWILIO_TOKEN, URL, Got

if TYPE_CHECKING:
    from tests.talk import Line


HELD = 12
"""Seconds for which a question is held back, because more of the message may follow."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as an officer reads it. In an f-string it is its code."""

    code: int
    reference: str
    text: str

    def __str__(self) -> str:
        return str(self.code)


@dataclass
class Phone:
    """A person's phone. `hears` reads the texts in the order of their arrival, each once."""

    line: "Line"
    member: Member
    address: Address
    language: str | None = None
    _read: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def reads(self) -> str:
        """The language that every text to this phone must have. A story that changes it sets `language`."""
        return self.language or self.member.language

    def says(self, text: str, *, after: float = 30, id: str | None = None, **more: str) -> None:  # noqa: A002
        """Send a text, some seconds after the last event. The carrier handles STOP and HELP itself."""
        self.line.passes(seconds=after)
        self.line.writes_down(f"{self.address.theirs[-4:]} >  {text}")
        self._deliver(text, id or f"SM{self.address.theirs[1:]}{next(self._ids)}", more)
        self.line.settle()

    def _deliver(self, text: str, sid: str, more: dict[str, str]) -> None:
        keyword = self.line.carrier.keyword(self.address.theirs, text)
        form = {"MessageSid": sid, "From": self.address.theirs, "To": OURS, "Body": text, "NumMedia": "0"} | more
        self._post_to_webhook(form | ({"OptOutType": keyword} if keyword else {}))

    def _post_to_webhook(self, form: dict[str, str]) -> None:
        from twilio.request_validator import RequestValidator

        path = "/webhooks/twilio/messages"
        signature = RequestValidator(TWILIO_TOKEN).compute_signature(URL + path, form)
        answer = self.line.web.post(path, data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 200, answer.text

    @property
    def texts(self) -> list[Got]:
        """Everything that has reached this phone, without edits of Telegram messages."""
        mine = (self.address.channel, self.address.theirs)
        return [got for got in self.line.carrier.delivered if (got.channel, got.to) == mine and got.replaces is None]

    def unread(self) -> list[Got]:
        return self.texts[self._read :]

    def hears(self, *pieces: str, but_not: Sequence[str] = ()) -> str:
        """Read the next text, which must contain all of this, in this order. It may arrive within a minute."""
        self.line.awaits(lambda: bool(self.unread()))
        unread = self.unread()
        assert unread, f"{self.member.name} hears nothing, not {pieces}"
        text, rest = unread[0].text, unread[0].text
        self._read += 1
        for piece in pieces:
            _, found, rest = rest.partition(piece)
            assert found, f"{piece!r} is not (there) in {text!r}"
        for piece in but_not:
            assert piece.casefold() not in text.casefold(), f"{piece!r} is in {text!r}"
        return text

    def hears_nothing(self) -> None:
        """Check that every text was read and no question is held back."""
        self.line.awaits(lambda: bool(self.unread()), seconds=HELD)
        assert self.unread() == [], f"{self.member.name} hears {[got.text for got in self.unread()]}"

    def ignores(self, texts: int) -> None:
        """Skip this many texts that the story is not about."""
        self.line.awaits(lambda: len(self.unread()) >= texts, seconds=HELD)
        assert len(self.unread()) == texts, [got.text for got in self.unread()]
        self._read += texts

    def ignores_all_but(self, newest: int) -> None:
        """Skip any number of texts that the story is not about, except the newest ones."""
        self._read = len(self.texts) - newest

    def hears_card(self, *pieces: str) -> Card:
        """Read the next text, which must be a card."""
        text = self.hears(*pieces)
        reference = re.search(r"^([A-Z][A-Z0-9]{3})\b(?! is)", text, re.MULTILINE)
        code = re.search(r"\b(\d{3}) OK\b", text)
        assert reference, f"not a card: {text!r}"
        return Card(int(code[1]) if code else 0, reference[1], text)

    def segments(self) -> int:
        """The number of segments of everything that reached this phone."""
        return sum(sms.segments(sms.fold(got.text)) for got in self.texts)

    def link(self, purpose: str) -> str:
        """The path of the newest link to pay ("p") or to join ("j") in this phone's texts."""
        found = [
            link for got in self.texts for link in re.findall(rf"{URL}(/{purpose}/[\w-]{{22}})(?![\w-])", got.text)
        ]
        assert found, f"{self.member.name} has no link /{purpose}/"
        return str(found[-1])

    def reference(self) -> str:
        """The reference in the newest text that has one."""
        found = [
            ref for got in self.texts for ref in re.findall(r"\b(?:Ref|VISITA?|MOVER?) ([A-Z][A-Z0-9]{3})\b", got.text)
        ]
        return str(found[-1])

    def opens_the_card_page(self) -> str:
        """Open the pay link and press its button. Returns the address of the card page."""
        page = self.line.web.get(self.link("p"))
        assert page.status_code == 200, page.text
        pressed = self.line.post(self.link("p"))
        assert pressed.status_code == 303, pressed.text
        return pressed.location

    def pays(self) -> None:
        """Pay by the newest link, with a card that works."""
        self.on_card_page(self.opens_the_card_page(), "pay")

    def tries_to_pay(self) -> None:
        """Try to pay by the newest link with a card that is declined."""
        self.on_card_page(self.opens_the_card_page(), "decline")

    def on_card_page(self, card_page: str, button: str) -> None:
        assert "/sandbox/" in card_page, f"nothing to pay there: {card_page}"
        assert self.line.web.get(card_page.removeprefix(URL)).status_code == 200
        back = self.line.post(f"{card_page}/{button}")
        assert back.status_code == 303, back.text
        assert "/p/" in back.location
        self.line.settle()

    def presses_join(self) -> str:
        """Press the button of the join page, and return the page that follows."""
        answer = self.line.web.post(self.link("j"), follow_redirects=True)
        assert answer.status_code == 200
        self.line.settle()
        return answer.text


@dataclass
class WhatsApp(Phone):
    """A person's WhatsApp chat with our sender. Twilio handles no keywords there."""

    def _deliver(self, text: str, sid: str, more: dict[str, str]) -> None:
        theirs, ours = f"whatsapp:{self.address.theirs}", f"whatsapp:{self.address.ours}"
        self._post_to_webhook({"MessageSid": sid, "From": theirs, "To": ours, "Body": text, "NumMedia": "0"} | more)


@dataclass
class Telegram(Phone):
    """A person's Telegram chat with the bot."""

    _updates: Iterator[int] = field(default_factory=lambda: count(700_000))

    def _deliver(self, text: str, sid: str, more: dict[str, str]) -> None:
        self._update(message={"message_id": next(self._ids), "text": text, **self._where()})

    def shares_contact(self, phone: str, *, own: bool = True) -> None:
        """Press the button that shares the phone number, or send another person's contact."""
        contact: dict[str, Any] = {"phone_number": phone.lstrip("+"), "first_name": "Contact"}
        contact["user_id"] = int(self.address.theirs) if own else 4711
        self.line.passes(seconds=30)
        self._update(message={"message_id": next(self._ids), "contact": contact, **self._where()})
        self.line.settle()

    def presses(self, label: str, *, after: float = 30) -> None:
        """Press a button under the newest message that has it."""
        data = [button.data for got in self.texts for button in got.buttons if button.label == label]
        assert data, f"no button {label!r}"
        self.pushes(data[-1], after=after)

    def pushes(self, data: str, *, after: float = 30) -> None:
        """Send what Telegram sends when a button with this data is pressed."""
        self.line.passes(seconds=after)
        self._update(callback_query={"id": "1", "from": self._where()["from"], "message": self._where(), "data": data})
        self.line.settle()

    def blocks_the_bot(self) -> None:
        """Stop the bot in Telegram's own menu."""
        self._update(my_chat_member={**self._where(), "new_chat_member": {"status": "kicked"}})
        self.line.settle()

    def sees_edited(self, *pieces: str) -> None:
        """Check that an earlier message was edited to contain this."""
        mine = self.address.theirs

        def edited() -> list[Got]:
            return [got for got in self.line.carrier.delivered if got.to == mine and got.replaces]

        self.line.awaits(lambda: bool(edited()))
        edits = edited()
        assert edits, "no message was edited"
        assert all(piece in edits[-1].text for piece in pieces), edits[-1].text
        assert edits[-1].buttons == (), "a dead card has no buttons"

    def _where(self) -> dict[str, Any]:
        who = int(self.address.theirs)
        name = self.member.name.split()[0]
        return {
            "chat": {"id": who, "type": "private"},
            "from": {"id": who, "is_bot": False, "first_name": name},
            "date": 1,
        }

    def _update(self, **what: Any) -> None:
        body = {"update_id": next(self._updates) + int(self.address.theirs) * 1000, **what}
        answer = self.line.web.post("/webhooks/telegram", json=body, headers={SECRET_HEADER: TELEGRAM_SECRET})
        assert answer.status_code == 200, answer.text
