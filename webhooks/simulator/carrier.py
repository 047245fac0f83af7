"""The carrier: takes texts from both sides, records opt-outs, and decides which webhooks to post."""

import re
import time
from collections.abc import Mapping

from webhooks.simulator.application_client import Answer, ApplicationClient, messages_in_twiml, retries_of
from webhooks.simulator.config import Phone, SimulatorConfig
from webhooks.simulator.keywords import OptOutType, opt_out_type
from webhooks.simulator.rows import QUEUED, DueWebhook, Message, WebhookKind
from webhooks.simulator.store import Store
from webhooks.simulator.twilio_forms import inbound_form, new_sid, status_form

E164 = re.compile(r"\+[1-9]\d{6,14}")
MAX_TEXT_CHARACTERS = 1600
MAX_RETRIES_UNREACHED = 5
UNREACHABLE, EXPIRED, WEBHOOK_FAILED = 30003, 30036, 11200
ERROR_TEXTS = {UNREACHABLE: "Unreachable destination handset", EXPIRED: "Validity Period Expired"}
FINAL = ("delivered", "undelivered", "failed", "received")


class TwilioError(Exception):
    """An error in Twilio's shape: HTTP status, Twilio's code, and words for a person."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Carrier:
    """Everything between the phones and the application. Network calls happen only in ``work_once``."""

    def __init__(self, config: SimulatorConfig, store: Store, application: ApplicationClient) -> None:
        self._config = config
        self._store = store
        self._application = application

    @property
    def down(self) -> bool:
        """Whether the carrier is switched off: it moves no text."""
        return bool(self._store.counter("down"))

    def set_down(self, *, down: bool) -> None:
        """Switch the whole carrier. Texts held meanwhile are carried, in order, when it is back."""
        with self._store.transaction():
            self._store.set_counter("down", int(down))
            if not down:
                for message in self._store.messages("direction = 'inbound' AND status = 'accepted'", limit=-1):
                    self._carry(message)

    # from a phone

    def say(self, number: str, text: str, to: str | None = None) -> Message:
        """Send a text from a phone. While the carrier is down it is held, with status ``accepted``."""
        with self._store.transaction():
            now = self._application.now()
            parties = (number, to or self._config.our_number)
            message = self._store.add_message(new_sid("SM"), "inbound", parties, text, "accepted", now=now, sent=now)
            return message if self.down else self._carry(message)

    def _carry(self, message: Message) -> Message:
        """Answer the carrier's own keywords and pass the text on, both as Twilio does."""
        out = self._store.opted_out(message.recipient, message.sender)
        kind = opt_out_type(message.body, opted_out=out)
        self._store.put_work(WebhookKind.INBOUND, message.sid, message.sender, kind or "", time.time())
        carried = self._store.set_status(message.sid, "receiving", self._application.now()) or message
        if kind in (OptOutType.STOP, OptOutType.START):
            self._store.set_opted_out(message.recipient, message.sender, out=kind is OptOutType.STOP)
        if kind and not (kind is OptOutType.STOP and out):
            config = self._config
            texts = {
                OptOutType.STOP: config.stop_text,
                OptOutType.START: config.start_text,
                OptOutType.HELP: config.help_text,
            }
            self._reply(message, texts[kind])
        return carried

    def _reply(self, message: Message, text: str) -> None:
        now = self._application.now()
        back = (message.recipient, message.sender)
        self._store.add_message(new_sid("SM"), "outbound-reply", back, text, "delivered", now=now, sent=now)

    # from the application

    def accept(self, form: Mapping[str, str], media: list[str]) -> Message:
        """Accept a text of the application. Raises TwilioError as Twilio would."""
        sender, recipient, body = form.get("From", ""), form.get("To", ""), form.get("Body", "")
        self._check(sender, recipient, body, media)
        validity = form.get("ValidityPeriod", "")
        now = time.time()
        with self._store.transaction():
            if self._store.opted_out(sender, recipient):
                raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
            message = self._store.add_message(
                new_sid("MM" if media else "SM"),
                "outbound-api",
                (sender, recipient),
                body,
                QUEUED,
                now=self._application.now(),
                media=media,
                callback=form.get("StatusCallback") or None,
                expires=now + int(validity) if validity.isdigit() else None,
            )
            for place, status in enumerate((QUEUED, "sent", "delivered"), start=1):
                due = now + place * self._config.step_seconds
                self._store.put_work(WebhookKind.STATUS, message.sid, message.sid, status, due)
        return message

    def _check(self, sender: str, recipient: str, body: str, media: list[str]) -> None:
        if not recipient:
            raise TwilioError(400, 21604, "A 'To' phone number is required.")
        if not E164.fullmatch(recipient):
            raise TwilioError(400, 21211, f"Invalid 'To' Phone Number: {recipient}")
        if not sender:
            raise TwilioError(400, 21603, "A 'From' phone number is required.")
        if not E164.fullmatch(sender):
            raise TwilioError(400, 21212, f"Invalid From Number (caller ID): {sender}")
        if sender not in self._config.our_numbers:
            raise TwilioError(400, 21606, f"The 'From' phone number {sender} is not a number of this account.")
        if not body and not media:
            raise TwilioError(400, 21602, "Message body is required.")
        if len(body) > MAX_TEXT_CHARACTERS:
            raise TwilioError(
                400, 21617, f"The concatenated message body exceeds the {MAX_TEXT_CHARACTERS} character limit."
            )

    # to the application

    def wait(self) -> float | None:
        """Seconds until ``work_once`` has something to do; None when it has nothing, or the carrier is down."""
        found = None if self.down else self._store.next_work()
        return max(0.0, found[1] - time.time()) if found else None

    def work_once(self) -> bool:
        """Post the one webhook that is due; False when none is. Only one thread may call this."""
        found = None if self.down else self._store.next_work()
        if found is None or found[1] > time.time():
            return False
        work = found[0]
        message = self._store.message(work.sid)
        if message is None:
            self._store.drop_work(work)
        elif work.kind is WebhookKind.INBOUND:
            self._post_inbound(work, message)
        else:
            self._post_status(work, message)
        return True

    def _post_inbound(self, work: DueWebhook, message: Message) -> None:
        url = self._config.inbound_url
        answer = self._application.post_signed(url, inbound_form(message, self._config.account_sid, work.detail))
        with self._store.transaction():
            now = self._application.now()
            if answer.ok:
                self._store.drop_work(work)
                if self._store.set_status(message.sid, "received", now):
                    self._answer_in_place(message, answer.text)
            elif self._again(work, url, answer):
                note = f"The line: {answer.reason}. Trying again."
                self._store.set_status(message.sid, "receiving", now, note=note)
            else:
                note = f"HTTP retrieval failure: {answer.reason}."
                self._store.set_status(message.sid, "failed", now, error_code=WEBHOOK_FAILED, note=note)

    def _answer_in_place(self, message: Message, twiml: str) -> None:
        if not self._store.opted_out(message.recipient, message.sender):
            for body in messages_in_twiml(twiml):
                self._reply(message, body)

    def _post_status(self, work: DueWebhook, message: Message) -> None:
        status, error = self._outcome(work, message)
        now = self._application.now()
        if work.attempts == 0:
            message = (
                self._store.set_status(message.sid, status, now, error_code=error, note=ERROR_TEXTS.get(error or 0))
                or message
            )
        if message.callback:
            form = status_form(message, self._config.account_sid)
            answer = self._application.post_signed(message.callback, form)
            if not answer.ok and self._again(work, message.callback, answer):
                return
        if status in FINAL:
            self._store.drop_work_of(message.sid)
        else:
            self._store.drop_work(work)

    def _outcome(self, work: DueWebhook, message: Message) -> tuple[str, int | None]:
        """The status that this step really has, and the error code."""
        if work.attempts:
            return message.status, message.error_code
        if work.detail != QUEUED and message.status == QUEUED and message.expires and message.expires < time.time():
            return "failed", EXPIRED
        phone = self._store.phone(message.recipient)
        if work.detail == "delivered" and phone is not None and not phone.reachable:
            return "undelivered", UNREACHABLE
        return work.detail, None

    def _again(self, work: DueWebhook, url: str, answer: Answer) -> bool:
        """Keep the work for another attempt, or give it up. An application that does not listen yet is retried anyway."""
        most = retries_of(url) if answer.reached else MAX_RETRIES_UNREACHED
        if answer.worth_repeating and work.attempts < most:
            self._store.retry_work(work, time.time() + self._config.retry_seconds * 2**work.attempts)
            return True
        self._store.drop_work(work)
        return False

    # controls of the page

    def start_over(self) -> None:
        """Delete all texts, and add the phones of the settings again."""
        with self._store.transaction():
            self._store.clear()
            self.set_cast()

    def set_cast(self) -> None:
        """Add the phones of the settings that are missing."""
        known = {phone.number for phone in self._store.phones()}
        for phone in self._config.phones:
            if phone.number not in known:
                self._store.put_phone(phone)

    def add_phone(self, phone: Phone) -> Phone:
        """Add a phone. ValueError, worded for a person, when the number is not valid."""
        if not E164.fullmatch(phone.number):
            raise ValueError("A number looks like +15550100123.")
        if phone.number in self._config.our_numbers:
            raise ValueError("That is the line's own number.")
        self._store.put_phone(phone)
        return phone
