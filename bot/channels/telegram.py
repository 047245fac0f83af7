"""Telegram: updates in by webhook or polling, the official client out, and what its errors mean."""

import asyncio
import hmac
import json
import logging
import secrets
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import SecretStr, field_validator

from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup, WebhookRoute, web_address
from bot.channels.base import Capabilities, Forged, Later, Permanent, Unknown
from bot.channels.telegram_updates import (
    TELEGRAM,
    as_dict,
    blocked_chat,
    button_presses_in,
    message_id,
    messages_in,
    parse_update,
)
from bot.messages import (
    Address,
    Button,
    DeliveryStatus,
    Inbound,
    Json,
    Outgoing,
    ProviderId,
    Receipt,
    Sent,
    WebRequest,
)

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup, ReplyKeyboardMarkup
    from telegram.request import HTTPXRequest

SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105  # a header's name
WEBHOOK_PATH: Final = "/webhooks/telegram"
MAX_PENDING_UPDATES: Final = 20
"""More waiting updates than this mean that nobody fetches them."""
UPDATE_KINDS: Final = ("message", "callback_query", "my_chat_member")
MAX_LENGTH: Final = 4096
SHORT_LABEL: Final = 14
CALL_TIMEOUT_SECONDS: Final = 12.0
"""Limit for one whole call, all its parts together. It is under half of the time for which a worker holds a text."""
SHARE_LABEL: Final = "Share my phone number / Compartir mi teléfono"

T = TypeVar("T")


class TelegramSettings(CoreSettings):
    """The bot. `telegram_webhook_secret` is what setWebhook was given, so that nobody else can post updates."""

    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_base_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")

    _telegram_base = field_validator("telegram_api_base_url")(web_address)


@dataclass(frozen=True, slots=True)
class WebhookSetup:
    """Where Telegram sends updates ("" when it waits to be asked), how many wait, and its last failure to deliver them."""

    url: str
    pending: int
    last_error: str
    last_error_at: datetime | None


class Telegram:
    """The Telegram channel. `webhook_secret` is what setWebhook was given; without one every webhook is forged.

    `api_base_url` points the official client elsewhere. The client is asynchronous: its calls run on one thread of this
    channel with an event loop of its own (`asyncio.run` per call fails the second time).
    """

    name = TELEGRAM
    status_path = None
    capabilities = Capabilities(
        buttons=True,
        edits=True,
        segments=False,
        carrier_answers_keywords=False,
        sender_proven=True,
        phone_addresses=False,
        contact_button=True,
    )

    def __init__(self, token: str, webhook_secret: str, api_base_url: str | None = None, timeout: float = 10.0) -> None:
        self._token = token
        self._secret = webhook_secret
        self._api_base_url = (api_base_url or "https://api.telegram.org").rstrip("/")
        self._timeout = timeout
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._username: str | None = None

    @property
    def ours(self) -> str:
        """The bot's own numeric id, which is the first part of its token. One bot serves all facilities."""
        return self._token.split(":", 1)[0]

    def verify(self, request: WebRequest) -> None:
        """Raise Forged unless the request carries the secret given to setWebhook."""
        given = request.headers.get(SECRET_HEADER, "")
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Forged(SECRET_HEADER)

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        """A text, a pressed button or a shared contact in a private chat; a Receipt "blocked" when we were blocked.

        That receipt's provider id is "chat:" and the chat id, because it is about the chat and not about one message.
        """
        update = parse_update(request)
        if update is None:
            return []
        if blocked := blocked_chat(update):
            address = Address(TELEGRAM, blocked, self.ours)
            return [
                Receipt(TELEGRAM, ProviderId(f"chat:{blocked}"), DeliveryStatus.BLOCKED, error="403", address=address)
            ]
        return messages_in(update, self.ours) or button_presses_in(update, self.ours)

    def acknowledge(self, request: WebRequest) -> None:
        """Stop the spinner on a pressed button. Does nothing for other updates, does not wait, never raises."""
        query = as_dict((parse_update(request) or {}).get("callback_query"))
        if query.get("id"):
            running = self._start()
            asyncio.run_coroutine_threadsafe(_acknowledge(running.bot, str(query["id"])), running.loop)

    def send(self, outgoing: Outgoing) -> Sent:
        """Send one message, or replace the text and buttons of the one named by `edits`."""
        text = outgoing.text if len(outgoing.text) <= MAX_LENGTH else outgoing.text[: MAX_LENGTH - 3] + "..."
        chat = int(outgoing.address.theirs)
        if outgoing.edits is not None:
            return self._edit(chat, outgoing.edits, text, outgoing.buttons)
        from telegram import LinkPreviewOptions

        sending = self._start().bot.send_message(
            chat_id=chat,
            text=text,
            reply_markup=_contact_keyboard(outgoing) if outgoing.contact_button else _inline(outgoing.buttons),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        message = self._call(sending)
        return Sent(message_id(chat, int(message.message_id)), DeliveryStatus.SENT)

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:  # noqa: ARG002  # the channel's shape
        """Telegram keeps no list that a bot could ask: always None."""
        return None

    def poll(self, offset: int | None, timeout: int = 25) -> tuple[list[dict[str, Json]], int | None]:
        """The updates after `offset`, waiting up to `timeout` seconds, and the offset to ask with next time.

        Asking with the next offset confirms these. Raises Later or Unknown; Later also while a webhook is set.
        """
        updates = self._call(
            self._start().bot.get_updates(offset=offset, timeout=timeout, allowed_updates=list(UPDATE_KINDS)),
            wait=timeout + 3 * self._timeout,
        )
        following = max((int(update.update_id) for update in updates), default=None)
        return [update.to_dict() for update in updates], offset if following is None else following + 1

    def as_request(self, update: Mapping[str, Json]) -> WebRequest:
        """A polled update in the form of a webhook, so that both take the same path."""
        return WebRequest(path=WEBHOOK_PATH, headers={SECRET_HEADER: self._secret}, body=json.dumps(update).encode())

    def webhook(self) -> WebhookSetup:
        """How updates reach us, as Telegram sees it. For `doctor`. Raises Permanent, Later or Unknown."""
        info = self._call(self._start().bot.get_webhook_info())
        said, at = info.last_error_message or "", info.last_error_date
        return WebhookSetup(info.url, info.pending_update_count, said, at)

    def set_webhook(self, url: str) -> None:
        """Have Telegram post updates to this address, each with our secret. Raises Permanent, Later or Unknown."""
        wanted = self._start().bot.set_webhook(url, allowed_updates=list(UPDATE_KINDS), secret_token=self._secret)
        self._call(wanted)

    def delete_webhook(self) -> None:
        """Have Telegram keep updates until they are asked for. Raises Permanent, Later or Unknown."""
        self._call(self._start().bot.delete_webhook())

    def username(self) -> str:
        """The bot's @name without the @, asked once."""
        if self._username is None:
            self._username = str(self._call(self._start().bot.get_me()).username)
        return self._username

    def check(self, installation: Installation) -> list[Finding]:
        """Whether Telegram takes the token, and how updates reach us."""
        try:
            setup = self.webhook()
        except (Later, Permanent, Unknown) as error:
            said = str(error).removeprefix("Telegram: ")
            return [Finding(f"Telegram: {said}. Check TELEGRAM_BOT_TOKEN and the network.")]
        found, wanted = [], installation.url + WEBHOOK_PATH
        if installation.loopback and setup.url:
            found.append(
                "Telegram sends updates to a webhook elsewhere, so polling gets none: visitline telegram delete-webhook"
            )
        if not installation.loopback and setup.url != wanted:
            now = f"sends updates to {setup.url}" if setup.url else "sends updates nowhere"
            found.append(f"Telegram {now}, not to {wanted}: visitline telegram set-webhook")
        if setup.pending > MAX_PENDING_UPDATES:
            found.append(f"Telegram: {setup.pending} updates wait to be taken. Is the line running and reachable?")
        at = "" if setup.last_error_at is None else f" at {setup.last_error_at:%Y-%m-%d %H:%M} UTC"
        last = (
            [Finding(f"Telegram: the last failed delivery{at}: {setup.last_error}", wrong=False)]
            if setup.last_error
            else []
        )
        return [*map(Finding, found), *last]

    def close(self) -> None:
        """Stop the thread and close its connections."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.stop(self._timeout)

    def _edit(self, chat: int, edits: ProviderId, text: str, buttons: tuple[Button, ...]) -> Sent:
        number = int(edits.rsplit(":", 1)[-1])
        editing = self._start().bot.edit_message_text(
            chat_id=chat, message_id=number, text=text, reply_markup=_inline(buttons)
        )
        try:
            self._call(editing)
        except Permanent as refusal:
            if "not modified" not in str(refusal):  # the message already has this text
                raise
        return Sent(edits, DeliveryStatus.SENT)

    def _start(self) -> "_Running":
        with self._lock:
            if self._running is None:
                self._running = _Running.begin(self._token, self._api_base_url, self._timeout)
            return self._running

    def _call(self, call: Coroutine[object, object, T], wait: float | None = None) -> T:
        future = asyncio.run_coroutine_threadsafe(call, self._start().loop)
        try:
            return future.result(wait or min(CALL_TIMEOUT_SECONDS, 4 * self._timeout))
        except TimeoutError as error:
            future.cancel()
            raise Unknown("Telegram did not answer") from error
        except Exception as error:
            raise _failure(error) from error


@dataclass(frozen=True, slots=True)
class _Running:
    """The client and the loop its calls run on."""

    bot: "Bot"
    requests: "tuple[HTTPXRequest, ...]"
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread

    @classmethod
    def begin(cls, token: str, api_base_url: str, timeout: float) -> "_Running":
        from telegram import Bot
        from telegram.request import HTTPXRequest

        # httpx writes every address it calls at INFO, and Telegram's addresses contain the token.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        requests = tuple(
            HTTPXRequest(
                connection_pool_size=size,
                read_timeout=timeout,
                write_timeout=timeout,
                connect_timeout=timeout,
                pool_timeout=timeout,
            )
            for size in (16, 1)
        )
        bot = Bot(
            token,
            base_url=f"{api_base_url}/bot",
            base_file_url=f"{api_base_url}/file/bot",
            request=requests[0],
            get_updates_request=requests[1],
        )
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="telegram", daemon=True)
        thread.start()
        return cls(bot, requests, loop, thread)

    def stop(self, timeout: float) -> None:
        for request in self.requests:
            asyncio.run_coroutine_threadsafe(request.shutdown(), self.loop).result(timeout)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout)
        if not self.thread.is_alive():
            self.loop.close()


async def _acknowledge(bot: "Bot", query: str) -> None:
    from telegram.error import TelegramError

    try:
        await bot.answer_callback_query(query)
    except TelegramError as error:  # too old, or no network: the spinner only stays longer
        logging.getLogger(__name__).info("callback query not answered: %s", error)


def _inline(buttons: tuple[Button, ...]) -> "InlineKeyboardMarkup | None":
    """Buttons under the message: short ones three in a row, others one below the other."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    if not buttons:
        return None
    made = [InlineKeyboardButton(button.label, callback_data=button.data) for button in buttons]
    across = 3 if all(len(button.label) <= SHORT_LABEL for button in buttons) else 1
    return InlineKeyboardMarkup([made[first : first + across] for first in range(0, len(made), across)])


def _contact_keyboard(outgoing: Outgoing) -> "ReplyKeyboardMarkup":
    """The button that shares the phone number, labeled as the caller's first button if there is one."""
    from telegram import KeyboardButton, ReplyKeyboardMarkup

    label = outgoing.buttons[0].label if outgoing.buttons else SHARE_LABEL
    return ReplyKeyboardMarkup(
        [[KeyboardButton(label, request_contact=True)]], one_time_keyboard=True, resize_keyboard=True
    )


def _failure(error: Exception) -> Permanent | Later | Unknown:
    """Which of the three a failed call is. BadRequest and TimedOut are NetworkErrors too, so they are asked first."""
    from telegram import error as telegram

    if isinstance(error, telegram.RetryAfter):
        pause = error.retry_after
        return Later("Telegram: 429", retry_after=pause.total_seconds() if isinstance(pause, timedelta) else pause)
    if isinstance(error, telegram.Forbidden):
        return Permanent("403", str(error), opted_out=True)
    if isinstance(error, telegram.BadRequest | telegram.ChatMigrated):
        return Permanent("400", str(error))
    if isinstance(error, telegram.InvalidToken | telegram.Conflict):  # an operator can fix it
        return Later(str(error), retry_after=60)
    if isinstance(error, telegram.NetworkError):
        return _network(error)
    return Unknown(f"Telegram: {type(error).__name__}")


def _network(error: Exception) -> Later | Unknown:
    import httpx

    cause = error.__cause__
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol):
        return Later("Telegram was not reached")
    if isinstance(cause, httpx.HTTPError):  # the connection broke after the request had left
        return Unknown(f"Telegram's answer was lost: {type(cause).__name__}")
    return Later(f"Telegram: {error}")


def _build(settings: TelegramSettings) -> Telegram | None:
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        return None
    secret = settings.telegram_webhook_secret.get_secret_value() or secrets.token_urlsafe(16)
    return Telegram(token, secret, settings.telegram_api_base_url or None)


ADAPTER: Final = Adapter[TelegramSettings, Telegram](
    name=TELEGRAM,
    provider="telegram",
    build=_build,
    groups=(
        SettingsGroup(
            "telegram",
            ("telegram_bot_token",),
            ("telegram_api_base_url",),
            required_in_public=("telegram_webhook_secret",),
            hints=(("telegram_webhook_secret", "a long random text, so that nobody can forge updates"),),
        ),
    ),
    routes=(WebhookRoute(WEBHOOK_PATH, "update", person_waits=True),),
)
