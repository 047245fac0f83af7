"""Parser of Telegram updates; it uses no network. The other half of the adapter is in `telegram.py`."""

import json
import re
from collections.abc import Mapping
from typing import Final

from bot.messages import Address, ChannelName, Contact, Inbound, Json, ProviderId, Receipt, WebRequest

TELEGRAM: Final = ChannelName("telegram")
_TYPED_CODE = re.compile(r"start\s+([A-Z0-9]{10})", re.IGNORECASE)
_MEDIA = ("photo", "video", "document", "voice", "audio", "sticker", "animation", "video_note", "location")


def parse_update(request: WebRequest) -> dict[str, Json] | None:
    """The update in a request; None when it holds none."""
    try:
        update = json.loads(request.body)
    except ValueError:
        return None
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        return None
    return update


def messages_in(update: Mapping[str, Json], ours: str) -> list[Inbound | Receipt]:
    """The message of a private chat that holds text, a contact or media."""
    message = as_dict(update.get("message"))
    address = _private(message, ours)
    sender = as_dict(message.get("from"))
    if address is None or sender.get("is_bot"):
        return []
    text = message.get("text") or message.get("caption") or ""
    text, start_code = _command(text if isinstance(text, str) else "")
    contact, media = _contact(message, sender), sum(1 for kind in _MEDIA if message.get(kind))
    if not (text or contact or media):
        return []
    return [
        Inbound(
            address=address,
            provider_id=_update_id(update),
            text=text,
            start_code=start_code,
            contact=contact,
            media=media,
        )
    ]


def button_presses_in(update: Mapping[str, Json], ours: str) -> list[Inbound | Receipt]:
    """The pressed button of a private chat."""
    query = as_dict(update.get("callback_query"))
    address = _private(as_dict(query.get("message")), ours)
    data = query.get("data")
    if address is None or not isinstance(data, str) or not data:
        return []
    return [Inbound(address=address, provider_id=_update_id(update), text="", button=data)]


def blocked_chat(update: Mapping[str, Json]) -> str | None:
    """The id of the chat whose person blocked the bot."""
    member = as_dict(update.get("my_chat_member"))
    chat, now = as_dict(member.get("chat")), as_dict(member.get("new_chat_member"))
    return str(chat.get("id")) if chat.get("type") == "private" and now.get("status") == "kicked" else None


def _private(message: Mapping[str, Json], ours: str) -> Address | None:
    """The chat of a message; None unless it is private: a whole group would read about a family's visits."""
    chat = as_dict(message.get("chat"))
    return Address(TELEGRAM, str(chat["id"]), ours) if chat.get("type") == "private" and chat.get("id") else None


def _command(text: str) -> tuple[str, str | None]:
    """ "/help@visitline_bot" is the word "help"; "/start CODE" and "START CODE" are "start" and the code, perhaps ""."""
    if typed := _TYPED_CODE.fullmatch(text.strip()):
        return "start", typed[1]
    if not text.startswith("/"):
        return text, None
    head, _, rest = text[1:].partition(" ")
    word = head.split("@", 1)[0]
    if word == "start":
        return "start", rest.strip()
    return f"{word} {rest}".strip(), None


def _contact(message: Mapping[str, Json], sender: Mapping[str, Json]) -> Contact | None:
    contact = as_dict(message.get("contact"))
    digits = "".join(letter for letter in str(contact.get("phone_number", "")) if letter.isdigit())
    if not digits:
        return None
    own = contact.get("user_id") is not None and contact["user_id"] == sender.get("id")
    return Contact(f"+{digits}", own)


def _update_id(update: Mapping[str, Json]) -> ProviderId:
    return ProviderId(f"update:{update['update_id']}")


def message_id(chat: int, number: int) -> ProviderId:
    """Our id of a message: the chat and its number in it."""
    return ProviderId(f"message:{chat}:{number}")


def as_dict(value: Json) -> dict[str, Json]:
    """A JSON object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}
