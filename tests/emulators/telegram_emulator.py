"""Telegram emulator: the Bot API methods that we use, with memory. Every answer is checked against Telegram's description.

A bot with a webhook gets updates posted with its secret; a bot without one polls. Tests act as the people.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Condition
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.emulators.provider_schemas import descriptions
from tests.emulators.served import Served, caller, hang_up

Said = dict[str, Any]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True)
class Person:
    """A Telegram user. Their private chat with the bot has the same id."""

    id: int
    first_name: str
    language_code: str = "en"

    def as_user(self) -> Said:
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language_code}

    def as_chat(self) -> Said:
        return {"id": self.id, "type": "private", "first_name": self.first_name}


class Refuse(Exception):
    """An error answer of the API: its code, its description and, for 429, the seconds to wait."""

    def __init__(self, code: int, words: str, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.code, self.words, self.retry_after = code, words, retry_after


@dataclass
class _Memory:
    people: dict[int, Person] = field(default_factory=dict)
    messages: dict[tuple[int, int], Said] = field(default_factory=dict)
    keyboards: dict[int, Said] = field(default_factory=dict)
    open_presses: set[str] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    refusals: deque[Refuse | None] = field(default_factory=deque)
    webhook: Said = field(default_factory=dict)
    waiting: list[Said] = field(default_factory=list)


class TelegramEmulator:
    """One bot, `token`, at `url`. The official client takes `base_url=f"{url}/bot"`.

    `calls` lists the requests as (method, parameters). `faults` lists answers that violated the description.
    """

    token = "7000000001:emulated-bot-token"

    def __init__(self) -> None:
        self.bot = {"id": 7000000001, "is_bot": True, "first_name": "Visitline", "username": "visitline_test_bot"}
        self.calls: list[tuple[str, Said]] = []
        self.faults: list[str] = []
        self._memory = _Memory()
        self._changed = Condition()
        self._update_ids, self._message_ids, self._press_ids = count(1000), count(1), count(1)
        self._descriptions = descriptions("telegram")
        self._client = caller()
        app = Flask("telegram-emulator")
        app.add_url_rule("/bot<token>/<method>", view_func=self._answer, methods=["GET", "POST"])
        self._served = Served(app)
        self.url = self._served.url

    # What people do. Each returns the status our webhook answered, or None while the bot polls.

    def meet(self, person: Person) -> None:
        """Record that the person has opened the chat before, so the bot may write to them."""
        self._memory.people[person.id] = person

    def text(self, person: Person, words: str) -> int | None:
        """The person sends a text."""
        extra: Said = {"text": words}
        if words.startswith("/"):
            extra["entities"] = [{"type": "bot_command", "offset": 0, "length": len(words.split(maxsplit=1)[0])}]
        return self._push({"message": self._said_by(person, extra)})

    def start(self, person: Person, code: str = "") -> int | None:
        """The person opens the chat, by a link that carries `code` when there is one."""
        return self.text(person, f"/start {code}".strip())

    def press(self, person: Person, label: str) -> int | None:
        """The person presses the newest button with this label."""
        for message in reversed(self.said_to(person)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == label:
                        return self.press_data(person, message["message_id"], button["callback_data"])
        raise AssertionError(f"no button {label!r} was offered to {person.first_name}")

    def press_data(self, person: Person, message_id: int, data: str) -> int | None:
        """The person presses the button of that message that carries `data` (it may no longer be on the screen)."""
        press_id = str(next(self._press_ids))
        self._memory.open_presses.add(press_id)
        message = self._memory.messages[person.id, message_id]
        press = {"id": press_id, "from": person.as_user(), "message": message, "chat_instance": str(person.id)}
        return self._push({"callback_query": {**press, "data": data}})

    def share_contact(self, person: Person, phone: str, *, of: int | None = None) -> int | None:
        """The person shares a phone number: their own, or that of the user `of` (0: somebody without Telegram)."""
        contact: Said = {"phone_number": phone, "first_name": person.first_name}
        owner = person.id if of is None else of
        return self._push(
            {"message": self._said_by(person, {"contact": contact | ({"user_id": owner} if owner else {})})}
        )

    def redeliver(self) -> list[int]:
        """Post every update again that our webhook has not answered with 2xx, and return the statuses."""
        return [self._post(update) for update in list(self._memory.waiting)]

    # Set and read by tests.

    def block(self, person: Person) -> None:
        """The person blocks the bot."""
        self._memory.blocked.add(person.id)

    def slow_down(self, retry_after: int, times: int = 1) -> None:
        """Answer the next `times` sends with 429."""
        self._memory.refusals.extend(
            [Refuse(429, f"Too Many Requests: retry after {retry_after}", retry_after)] * times
        )

    def refuse(self, words: str, code: int = 400, times: int = 1) -> None:
        """Answer the next `times` sends with this error."""
        self._memory.refusals.extend([Refuse(code, words)] * times)

    def lose_answer(self, times: int = 1) -> None:
        """Carry out the next `times` sends, but lose their answers."""
        self._memory.refusals.extend([None] * times)

    def said_to(self, person: Person) -> list[Said]:
        """The bot's messages to a person as they look now, oldest first."""
        everything = sorted(self._memory.messages.items())
        return [said for (chat, _), said in everything if chat == person.id and said["from"]["is_bot"]]

    def heard_by(self, person: Person) -> list[str]:
        """The words of the bot's messages to a person, oldest first."""
        return [said["text"] for said in self.said_to(person)]

    def buttons(self, person: Person) -> list[str]:
        """The labels under the newest message to a person."""
        newest = self.said_to(person)[-1]
        return [each["text"] for row in newest.get("reply_markup", {}).get("inline_keyboard", []) for each in row]

    def keyboard(self, person: Person) -> Said:
        """The last reply keyboard (or its removal) that the person was shown; empty when there was none."""
        return self._memory.keyboards.get(person.id, {})

    def close(self) -> None:
        """Stop serving."""
        self._served.close()
        self._client.close()

    # The Bot API.

    def _answer(self, token: str, method: str) -> tuple[Response, int]:
        told: Said
        asked = self._parameters()
        self.calls.append((method, asked))
        try:
            told = {"ok": True, "result": self._carry_out(token, method, asked)}
        except Refuse as no:
            told = {"ok": False, "error_code": no.code, "description": no.words}
            if no.retry_after is not None:
                told["parameters"] = {"retry_after": no.retry_after}
            for each in self._descriptions:
                self._faults_of(each.check_error, told)
            return jsonify(told), no.code
        for each in self._descriptions:
            self._faults_of(each.check_answer, f"/{method}", told)
        return jsonify(told), 200

    def _carry_out(self, token: str, method: str, asked: Said) -> object:
        if token != self.token:
            raise Refuse(401, "Unauthorized")
        call = getattr(self, f"_do_{method}", None)
        if call is None:
            raise Refuse(404, "Not Found")
        return call(asked)

    def _faults_of(self, check: Callable[..., None], *values: object) -> None:
        """Record how an answer violates a description, so that the test fails."""
        try:
            check(*values)
        except AssertionError as fault:
            self.faults.append(str(fault))
            raise

    def _parameters(self) -> Said:
        if request.is_json:
            return dict(request.get_json())
        return {name: _value(name, raw) for name, raw in request.values.items()}

    def _do_getMe(self, _: Said) -> Said:  # noqa: N802 - Telegram's name, as the ones below
        return {
            **self.bot,
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _do_setWebhook(self, asked: Said) -> bool:  # noqa: N802
        self._memory.webhook = {"url": asked["url"], "secret": asked.get("secret_token", "")}
        if asked.get("drop_pending_updates"):
            self._memory.waiting.clear()
        return True

    def _do_deleteWebhook(self, asked: Said) -> bool:  # noqa: N802
        return self._do_setWebhook({**asked, "url": ""})

    def _do_getWebhookInfo(self, _: Said) -> Said:  # noqa: N802
        url = self._memory.webhook.get("url", "")
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self._memory.waiting)}

    def _do_getUpdates(self, asked: Said) -> list[Said]:  # noqa: N802
        if self._memory.webhook.get("url"):
            raise Refuse(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        offset = asked.get("offset", 0)
        with self._changed:
            self._memory.waiting = [each for each in self._memory.waiting if each["update_id"] >= offset]
            self._changed.wait_for(lambda: bool(self._memory.waiting), timeout=asked.get("timeout", 0))
            return self._memory.waiting[: asked.get("limit", 100)]

    def _do_sendMessage(self, asked: Said) -> Said:  # noqa: N802
        lost = self._next_refusal()
        person = self._reach(asked)
        _must_be_words(asked.get("text", ""))
        markup = asked.get("reply_markup") or {}
        said = self._message(person, self.bot, {"text": asked["text"]})
        if "inline_keyboard" in markup:
            said["reply_markup"] = _inline(markup)
        elif markup:
            self._memory.keyboards[person.id] = markup
        if lost:
            hang_up()
        return said

    def _do_editMessageText(self, asked: Said) -> Said:  # noqa: N802
        lost = self._next_refusal()
        person = self._reach(asked)
        said = self._memory.messages.get((person.id, asked["message_id"]))
        if said is None or not said["from"]["is_bot"]:
            raise Refuse(400, "Bad Request: message to edit not found")
        _must_be_words(asked.get("text", ""))
        changed = {**said, "text": asked["text"]}
        changed.pop("reply_markup", None)
        if asked.get("reply_markup"):
            changed["reply_markup"] = _inline(asked["reply_markup"])
        if changed == said:
            raise Refuse(400, "Bad Request: message is not modified")
        self._memory.messages[person.id, said["message_id"]] = changed | {"edit_date": int(time.time())}
        if lost:
            hang_up()
        return self._memory.messages[person.id, said["message_id"]]

    def _do_answerCallbackQuery(self, asked: Said) -> bool:  # noqa: N802
        if asked["callback_query_id"] not in self._memory.open_presses:
            raise Refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._memory.open_presses.discard(asked["callback_query_id"])
        return True

    def _next_refusal(self) -> bool:
        """Raise the error that the test set; True when the answer must be lost."""
        if not self._memory.refusals:
            return False
        arranged = self._memory.refusals.popleft()
        if arranged is not None:
            raise arranged
        return True

    def _reach(self, asked: Said) -> Person:
        person = self._memory.people.get(int(asked["chat_id"]))
        if person is None:
            raise Refuse(400, "Bad Request: chat not found")
        if person.id in self._memory.blocked:
            raise Refuse(403, "Forbidden: bot was blocked by the user")
        return person

    # Updates.

    def _said_by(self, person: Person, extra: Said) -> Said:
        self.meet(person)
        self._memory.blocked.discard(person.id)
        return self._message(person, person.as_user(), extra)

    def _message(self, person: Person, sender: Said, extra: Said) -> Said:
        number = next(self._message_ids)
        said = {"message_id": number, "date": int(time.time()), "chat": person.as_chat(), "from": sender, **extra}
        self._memory.messages[person.id, number] = said
        return said

    def _push(self, what: Said) -> int | None:
        update = {"update_id": next(self._update_ids), **what}
        for each in self._descriptions:
            self._faults_of(each.check, "Update", update)
        with self._changed:
            self._memory.waiting.append(update)
            self._changed.notify_all()
        return self._post(update) if self._memory.webhook.get("url") else None

    def _post(self, update: Said) -> int:
        hook = self._memory.webhook
        headers = {SECRET_HEADER: hook["secret"]} if hook["secret"] else {}
        status = self._client.post(hook["url"], json=update, headers=headers).status_code
        if 200 <= status < 300 and update in self._memory.waiting:
            self._memory.waiting.remove(update)
        return status


_WORDS = frozenset({"text", "url", "secret_token", "callback_query_id", "parse_mode"})


def _value(name: str, raw: str) -> Any:
    """Decode form fields: everything except text is JSON."""
    if name in _WORDS:
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _must_be_words(text: str) -> None:
    if not text.strip():
        raise Refuse(400, "Bad Request: message text is empty")
    if len(text) > 4096:
        raise Refuse(400, "Bad Request: message is too long")


def _inline(markup: Said) -> Said:
    for row in markup["inline_keyboard"]:
        for button in row:
            if not 1 <= len(button.get("callback_data", "-").encode()) <= 64:
                raise Refuse(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup
