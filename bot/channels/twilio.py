"""SMS by Twilio: signed webhooks in, the official client out, and what its errors mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from bot import sms
from bot.channels.base import Capabilities, Forged, Later, Permanent, Unknown
from bot.messages import (
    Address,
    CarrierKeyword,
    ChannelName,
    DeliveryStatus,
    Inbound,
    Outgoing,
    ProviderId,
    Receipt,
    Sent,
    WebRequest,
)

MESSAGES_PATH: Final = "/webhooks/twilio/messages"
STATUS_PATH: Final = "/webhooks/twilio/status"
MAX_VALIDITY: Final = 36_000
"""Twilio keeps a queued text at most ten hours."""

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
}
"""What Twilio's codes mean, in operators' words: those of its API (2xxxx) and those of delivery receipts (3xxxx)."""

_LATER_CODES: Final = frozenset({"20003", "20005", "20404", "20429", "21611", "30001", "30022"})
"""Refusals that end when an operator mends a setting or a queue drains: the message itself is not to blame."""

_PHONE = re.compile(r"\+?\d{3,15}")
_KEYWORDS: Final[Mapping[str, CarrierKeyword]] = {
    "STOP": CarrierKeyword.STOP,
    "START": CarrierKeyword.START,
    "HELP": CarrierKeyword.HELP,
}


def meaning(code: str | None) -> str:
    """What an error code means, for operators; the code itself when it is not one we know."""
    return ERRORS.get(code or "", f"Twilio error {code}") if code else ""


@dataclass(frozen=True, slots=True)
class NumberSetup:
    """Where Twilio sends what is texted to one of the account's numbers; "" where nothing is set."""

    webhook: str
    fallback: str


class TwilioSms:
    """The SMS channel. `public_url` is the address Twilio was given, which is what it signs.

    `api_base_url` points the official client elsewhere (scheme, host, port, and a path in front). `timeout` is in
    seconds. Texts are folded to GSM-7 here: this file knows what an SMS costs.
    """

    name: ChannelName = ChannelName.SMS
    capabilities = Capabilities(
        max_length=1600,
        buttons=False,
        edits=False,
        segments=True,
        carrier_answers_keywords=True,
        sender_proven=False,
    )

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        public_url: str,
        api_base_url: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._public_url = public_url.rstrip("/")
        self._api_base_url = api_base_url
        self._timeout = timeout

    def verify(self, request: WebRequest) -> None:
        """Raise Forged unless Twilio signed the public address and the form with our auth token."""
        signature = request.headers.get("x-twilio-signature", "")
        # Behind a proxy the host of the request is not the one Twilio signed: only the public address counts.
        url = self._public_url + request.path
        if not signature or not self._validator.validate(url, dict(request.form), signature):
            raise Forged("x-twilio-signature")

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        """An incoming text, or a delivery receipt; which one is told by the path."""
        path = urlsplit(request.path).path
        if path.endswith(MESSAGES_PATH):
            return _inbound(request.form)
        return _receipt(request.form) if path.endswith(STATUS_PATH) else []

    def send(self, outgoing: Outgoing) -> Sent:
        """Send the text by Twilio. `valid_for` becomes its ValidityPeriod, `status_url` its StatusCallback."""
        wanted: dict[str, Any] = {
            "to": outgoing.address.theirs,
            "from_": outgoing.address.ours,
            "body": sms.fold(outgoing.text),
        }
        if outgoing.valid_for is not None:
            wanted["validity_period"] = min(max(outgoing.valid_for, 1), MAX_VALIDITY)
        if outgoing.status_url:
            wanted["status_callback"] = outgoing.status_url
        try:
            message = self._client.messages.create(**wanted)
        except Exception as error:
            raise _failure(error) from error
        return Sent(ProviderId(str(message.sid)), STATUSES.get(str(message.status), DeliveryStatus.QUEUED))

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """The newest text with this body between these two numbers that Twilio made since then."""
        body = sms.fold(outgoing.text).strip()
        # Twilio's clock has whole seconds and is not ours; a queued text has no date_sent, so its own filter misses it.
        earliest = since - timedelta(seconds=2)
        try:
            listed = self._client.messages.list(to=outgoing.address.theirs, from_=outgoing.address.ours, limit=50)
        except Exception as error:
            raise Later(f"Twilio could not be asked: {error}") from error
        for message in listed:
            made = message.date_created
            if made is not None and made >= earliest and str(message.body).strip() == body:
                return Sent(ProviderId(str(message.sid)), STATUSES.get(str(message.status), DeliveryStatus.QUEUED))
        return None

    def setup_of(self, number: str) -> NumberSetup | None:
        """How a number of ours is set up at Twilio; None when the account has no such number. For `doctor`.

        Raises Later when Twilio refuses the credentials or cannot be reached, Permanent or Unknown as `send` does.
        """
        try:
            found = self._client.incoming_phone_numbers.list(phone_number=number, limit=1)
        except Exception as error:
            # When Twilio refuses a list, the client raises its base error with the response as the last argument.
            status = getattr(error.args[-1] if error.args else None, "status_code", None)
            raise (_refusal(status, "20003" if status == 401 else None) if status else _failure(error)) from error
        return NumberSetup(found[0].sms_url or "", found[0].sms_fallback_url or "") if found else None

    def close(self) -> None:
        """Close the pooled connections."""
        if "_client" in self.__dict__:
            self._client.http_client.session.close()

    @cached_property
    def _validator(self) -> Any:
        from twilio.request_validator import RequestValidator

        return RequestValidator(self._auth_token)

    @cached_property
    def _client(self) -> Any:
        from twilio.rest import Client

        http_client = _http_client(self._api_base_url, self._timeout)
        return Client(self._account_sid, self._auth_token, http_client=http_client)


def _inbound(form: Mapping[str, str]) -> list[Inbound | Receipt]:
    sid = form.get("MessageSid") or form.get("SmsSid")
    theirs, ours = form.get("From", ""), form.get("To", "")
    if not sid or not _PHONE.fullmatch(theirs) or not _PHONE.fullmatch(ours):
        return []
    media = form.get("NumMedia", "0")
    return [
        Inbound(
            address=Address(ChannelName.SMS, theirs, ours),
            provider_id=ProviderId(sid),
            text=form.get("Body", ""),
            keyword=_KEYWORDS.get(form.get("OptOutType", "").upper()),
            media=int(media) if media.isascii() and media.isdigit() else 0,
        )
    ]


def _receipt(form: Mapping[str, str]) -> list[Inbound | Receipt]:
    sid = form.get("MessageSid") or form.get("SmsSid")
    status = STATUSES.get((form.get("MessageStatus") or form.get("SmsStatus") or "").lower())
    if not sid or status is None:
        return []
    error = form.get("ErrorCode") or None
    if error == OPTED_OUT:
        status = DeliveryStatus.BLOCKED
    return [Receipt(ChannelName.SMS, ProviderId(sid), status, error=error, at=_done_at(form.get("RawDlrDoneDate", "")))]


def _done_at(written: str) -> datetime | None:
    """When the carrier says that it was done, "YYMMDDhhmm" in UTC."""
    try:
        return datetime.strptime(written, "%y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _http_client(api_base_url: str | None, timeout: float) -> Any:
    from twilio.http.http_client import TwilioHttpClient

    base = urlsplit(api_base_url) if api_base_url else None

    class Elsewhere(TwilioHttpClient):  # type: ignore[misc]  # the package ships no types
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            if base is not None:
                asked = urlsplit(url)
                path = base.path.rstrip("/") + asked.path
                url = urlunsplit(asked._replace(scheme=base.scheme, netloc=base.netloc, path=path))
            response = super().request(method, url, *args, **kwargs)
            if response.status_code == 429:  # raised here because the client's own error forgets the headers
                raise Later("Twilio: too many requests", retry_after=_seconds(response.headers))
            return response

    return Elsewhere(timeout=timeout)


def _seconds(headers: Mapping[str, str] | None) -> float | None:
    written = (headers or {}).get("Retry-After", "")
    return float(written) if written.isascii() and written.isdigit() else None


def _failure(error: Exception) -> Permanent | Later | Unknown:
    """Which of the three a failed send is."""
    from requests import exceptions as http
    from twilio.base.exceptions import TwilioRestException

    if isinstance(error, Later):
        return error
    if isinstance(error, TwilioRestException):
        return _refusal(int(error.status), str(error.code) if error.code else None)
    if isinstance(error, http.ConnectTimeout | http.SSLError | http.ProxyError):
        return Later(f"Twilio was not reached: {type(error).__name__}")
    if isinstance(error, http.ConnectionError) and _never_connected(error):
        return Later("Twilio was not reached")
    return Unknown(f"Twilio's answer was lost: {type(error).__name__}")


def _refusal(status: int, code: str | None) -> Permanent | Later | Unknown:
    if status in (429, 503):
        return Later(f"Twilio: {code or status}")
    if status >= 500:  # something broke on the way to the answer: the text itself may have been taken
        return Unknown(f"Twilio: {code or status}")
    if status in (401, 403, 404) or code in _LATER_CODES:
        return Later(meaning(code) or f"Twilio: {status}", retry_after=60)
    return Permanent(code or str(status), meaning(code), opted_out=code == OPTED_OUT)


def _never_connected(error: Exception) -> bool:
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
