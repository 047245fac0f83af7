"""SMS by Twilio: signed webhooks in, the official client out, and what its errors mean.

`TwilioChannel` is what every channel that Twilio carries shares; `bot/channels/whatsapp.py` builds on it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import ClassVar, Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr, field_validator

from bot import sms
from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup, WebhookRoute, web_address
from bot.channels.base import Capabilities, Forged, Later, Permanent, Unknown
from bot.channels.twilio_client import Addresses, HttpClient, MessageParameters, RestClient, TwilioMessage, Validator
from bot.channels.twilio_codes import LATER_CODES, OPTED_OUT, STATUSES, meaning
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

SMS: Final = ChannelName("sms")
MESSAGES_PATH: Final = "/webhooks/twilio/messages"
STATUS_PATH: Final = "/webhooks/twilio/status"
MAX_VALIDITY: Final = 36_000
"""Twilio keeps a queued text at most ten hours."""


_PHONE = re.compile(r"\+?\d{3,15}")
_KEYWORDS: Final[Mapping[str, CarrierKeyword]] = {
    "STOP": CarrierKeyword.STOP,
    "START": CarrierKeyword.START,
    "HELP": CarrierKeyword.HELP,
}


@dataclass(frozen=True, slots=True)
class NumberSetup:
    """Where Twilio sends what is texted to one of the account's numbers; "" where nothing is set."""

    webhook: str
    fallback: str


class TwilioSettings(CoreSettings):
    """The account that sends and receives. `twilio_api_base_url` points the client elsewhere."""

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_api_base_url: str = ""

    _twilio_base = field_validator("twilio_api_base_url")(web_address)


class TwilioChannel:
    """What SMS and WhatsApp share. `public_url` is the address Twilio was given, which is what it signs.

    `api_base_url` points the official client elsewhere (scheme, host, port, and a path in front). `timeout` is in
    seconds. `prefix` stands before both numbers at Twilio and nowhere else.
    """

    name: ClassVar[ChannelName]
    capabilities: ClassVar[Capabilities]
    prefix: ClassVar[str] = ""
    status_path: ClassVar[str | None] = STATUS_PATH

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

    @property
    def ours(self) -> str | None:
        """Each facility has a number of its own."""
        return None

    def verify(self, request: WebRequest) -> None:
        """Raise Forged unless Twilio signed the public address and the form with our auth token."""
        signature = request.headers.get("x-twilio-signature", "")
        # Behind a proxy the host of the request is not the one Twilio signed: only the public address counts.
        url = self._public_url + request.path
        if not signature or not self._validator.validate(url, dict(request.form), signature):
            raise Forged("x-twilio-signature")

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        """An incoming text, or a delivery receipt; the path tells which."""
        path = urlsplit(request.path).path
        if path.endswith(MESSAGES_PATH):
            return self._inbound(request.form)
        return self._receipt(request.form) if path.endswith(STATUS_PATH) else []

    def acknowledge(self, request: WebRequest) -> None:
        """Do nothing: Twilio waits only for the answer to the webhook."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand the text to Twilio. `valid_for` becomes its ValidityPeriod, `status_url` its StatusCallback."""
        return self.create(outgoing, self.content(outgoing))

    def create(self, outgoing: Outgoing, content: MessageParameters) -> Sent:
        """One message with this content, raising as `send` does."""
        addresses = self.addressed(outgoing)
        wanted = content.copy()
        wanted["to"], wanted["from_"] = addresses["to"], addresses["from_"]
        if outgoing.valid_for is not None:
            wanted["validity_period"] = min(max(outgoing.valid_for, 1), MAX_VALIDITY)
        if outgoing.status_url:
            wanted["status_callback"] = outgoing.status_url
        try:
            return _sent(self._client.messages.create(**wanted))
        except Exception as error:
            raise _failure(error) from error

    def addressed(self, outgoing: Outgoing) -> Addresses:
        """Both numbers, as Twilio writes them on this channel."""
        return {"to": self.prefix + outgoing.address.theirs, "from_": self.prefix + outgoing.address.ours}

    def content(self, outgoing: Outgoing) -> MessageParameters:
        """The parameters of Twilio's API that hold the text."""
        return {"body": outgoing.text}

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """The newest text with these words between these two numbers that Twilio made since then."""
        # Twilio's clock has whole seconds and is not ours; a queued text has no date_sent, so its own filter misses it.
        earliest = since - timedelta(seconds=2)
        try:
            listed = self._client.messages.list(**self.addressed(outgoing), limit=50)
        except Exception as error:
            raise Later(f"Twilio could not be asked: {error}") from error
        for message in listed:
            made = message.date_created
            if made is not None and made >= earliest and self.same_words(str(message.body), outgoing):
                return _sent(message)
        return None

    def same_words(self, body: str, outgoing: Outgoing) -> bool:
        """Whether a message that Twilio lists has the same text as this one."""
        return body.strip() == self.content(outgoing)["body"].strip()

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

    def _inbound(self, form: Mapping[str, str]) -> list[Inbound | Receipt]:
        sid = form.get("MessageSid") or form.get("SmsSid")
        theirs, ours = self._number(form.get("From", "")), self._number(form.get("To", ""))
        if not sid or theirs is None or ours is None:
            return []
        media = form.get("NumMedia", "0")
        return [
            Inbound(
                address=Address(self.name, theirs, ours),
                provider_id=ProviderId(sid),
                text=form.get("Body", ""),
                keyword=_KEYWORDS.get(form.get("OptOutType", "").upper()),
                media=int(media) if media.isascii() and media.isdigit() else 0,
            )
        ]

    def _receipt(self, form: Mapping[str, str]) -> list[Inbound | Receipt]:
        sid = form.get("MessageSid") or form.get("SmsSid")
        status = STATUSES.get((form.get("MessageStatus") or form.get("SmsStatus") or "").lower())
        if not sid or status is None or not self._is_ours(form):
            return []
        error = form.get("ErrorCode") or None
        if error == OPTED_OUT:
            status = DeliveryStatus.BLOCKED
        return [Receipt(self.name, ProviderId(sid), status, error=error, at=_done_at(form.get("RawDlrDoneDate", "")))]

    def _number(self, written: str) -> str | None:
        """The number in an address of this channel; None for an address of another channel and for anything else."""
        number = written.removeprefix(self.prefix)
        return number if written.startswith(self.prefix) and _PHONE.fullmatch(number) else None

    def _is_ours(self, form: Mapping[str, str]) -> bool:
        """Whether a receipt is about a message of this channel; one that names no addresses is about an SMS."""
        written = form.get("To") or form.get("From") or ""
        return written.startswith(self.prefix) and (bool(self.prefix) or ":" not in written)

    @cached_property
    def _validator(self) -> Validator:
        from twilio.request_validator import RequestValidator

        validator: Validator = RequestValidator(self._auth_token)
        return validator

    @cached_property
    def _client(self) -> RestClient:
        from twilio.rest import Client

        http_client = _http_client(self._api_base_url, self._timeout)
        client: RestClient = Client(self._account_sid, self._auth_token, http_client=http_client)
        return client


class TwilioSms(TwilioChannel):
    """The SMS channel. Texts are folded to GSM-7 here, because only this channel pays by segment."""

    name = SMS
    capabilities = Capabilities(
        buttons=False,
        edits=False,
        segments=True,
        carrier_answers_keywords=True,
        sender_proven=False,
        phone_addresses=True,
        contact_button=False,
    )

    def content(self, outgoing: Outgoing) -> MessageParameters:
        """The text, folded to GSM-7."""
        return {"body": sms.fold(outgoing.text)}

    def check(self, installation: Installation) -> list[Finding]:
        """Whether Twilio accepts the credentials and sends us the texts to each facility's number."""
        found = []
        for facility, number in installation.numbers:
            try:
                setup = self.setup_of(number)
            except (Later, Permanent, Unknown) as error:
                said = str(error).removeprefix("Twilio: ")
                return [Finding(f"Twilio: {said}. Check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the network.")]
            found += _wrong_with(setup, facility, number, installation.url + MESSAGES_PATH)
        return found


def _wrong_with(setup: NumberSetup | None, facility: str, number: str, wanted: str) -> list[Finding]:
    if setup is None:
        return [Finding(f"Twilio: {number} of {facility} is not a number of this account. Buy it, or correct it.")]
    if setup.webhook.partition("#")[0] != wanted:
        return [Finding(f"Twilio: texts to {number} do not come here. Set its webhook to {wanted}#rc=5&rp=all")]
    if "rc=" not in setup.webhook or not setup.fallback:
        return [
            Finding(
                f"Twilio: a text to {number} that cannot be delivered here is lost. Add #rc=5&rp=all to the "
                "webhook, and set a fallback URL.",
                wrong=False,
            )
        ]
    return []


def account_of(settings: TwilioSettings) -> tuple[str, str, str, str | None]:
    """What a channel of Twilio is built from."""
    token = settings.twilio_auth_token.get_secret_value()
    return settings.twilio_account_sid, token, settings.url, settings.twilio_api_base_url or None


def _build(settings: TwilioSettings) -> TwilioSms | None:
    return TwilioSms(*account_of(settings)) if settings.twilio_account_sid else None


ROUTES: Final = (
    WebhookRoute(MESSAGES_PATH, "message", "<Response/>", "text/xml", person_waits=True),
    WebhookRoute(STATUS_PATH, "status", "<Response/>", "text/xml"),
)
ADAPTER: Final = Adapter[TwilioSettings, TwilioSms](
    name=SMS,
    provider="twilio",
    build=_build,
    groups=(SettingsGroup("twilio", ("twilio_account_sid", "twilio_auth_token"), ("twilio_api_base_url",)),),
    routes=ROUTES,
)


def _sent(message: TwilioMessage) -> Sent:
    return Sent(ProviderId(str(message.sid)), STATUSES.get(str(message.status), DeliveryStatus.QUEUED))


def _done_at(written: str) -> datetime | None:
    """When the carrier says that delivery ended, "YYMMDDhhmm" in UTC."""
    try:
        return datetime.strptime(written, "%y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _http_client(api_base_url: str | None, timeout: float) -> HttpClient:
    from twilio.http.http_client import TwilioHttpClient

    base = urlsplit(api_base_url) if api_base_url else None

    class Elsewhere(TwilioHttpClient):  # type: ignore[misc]  # the package ships no types
        def request(self, method: str, url: str, *args: object, **kwargs: object) -> object:
            if base is not None:
                asked = urlsplit(url)
                path = base.path.rstrip("/") + asked.path
                url = urlunsplit(asked._replace(scheme=base.scheme, netloc=base.netloc, path=path))
            response = super().request(method, url, *args, **kwargs)
            if response.status_code == 429:  # raised here because the client's own error drops the headers
                raise Later("Twilio: too many requests", retry_after=_seconds(response.headers))
            return response

    client: HttpClient = Elsewhere(timeout=timeout)
    return client


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
    if status >= 500:  # it failed before the answer: the text itself may have been accepted
        return Unknown(f"Twilio: {code or status}")
    if status in (401, 403, 404) or code in LATER_CODES:
        return Later(meaning(code) or f"Twilio: {status}", retry_after=60)
    return Permanent(code or str(status), meaning(code), opted_out=code == OPTED_OUT)


def _never_connected(error: Exception) -> bool:
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
