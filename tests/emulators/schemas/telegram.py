"""Telegram's Bot API, as far as a bot in private chats with buttons uses it."""

from tests.emulators.schemas.notation import BOOLEAN, INTEGER, STRING, Schema, answer, array, record, ref

USER = record(
    "id is_bot first_name",
    {
        "id": INTEGER,
        "is_bot": BOOLEAN,
        "first_name": STRING,
        "last_name": STRING,
        "username": STRING,
        "language_code": STRING,
        "can_join_groups": BOOLEAN,
        "can_read_all_group_messages": BOOLEAN,
        "supports_inline_queries": BOOLEAN,
    },
)
CHAT = record("id type", {"id": INTEGER, "type": STRING, "first_name": STRING, "last_name": STRING, "username": STRING})
CONTACT = record(
    "phone_number first_name",
    {"phone_number": STRING, "first_name": STRING, "last_name": STRING, "user_id": INTEGER},
)
ENTITY = record("type offset length", {"type": STRING, "offset": INTEGER, "length": INTEGER})
BUTTON = record("text", {"text": STRING, "callback_data": STRING, "url": STRING})
KEYBOARD = record("inline_keyboard", {"inline_keyboard": array(array(ref("InlineKeyboardButton")))})
MESSAGE = record(
    "message_id date chat",
    {
        "message_id": INTEGER,
        "date": INTEGER,
        "edit_date": INTEGER,
        "chat": ref("Chat"),
        "from": ref("User"),
        "text": STRING,
        "entities": array(ref("MessageEntity")),
        "contact": ref("Contact"),
        "reply_markup": ref("InlineKeyboardMarkup"),
    },
)
PRESS = record(
    "id from chat_instance",
    {"id": STRING, "from": ref("User"), "message": ref("Message"), "chat_instance": STRING, "data": STRING},
)
UPDATE = record(
    "update_id",
    {
        "update_id": INTEGER,
        "message": ref("Message"),
        "edited_message": ref("Message"),
        "callback_query": ref("CallbackQuery"),
    },
)
WEBHOOK = record(
    "url has_custom_certificate pending_update_count",
    {"url": STRING, "has_custom_certificate": BOOLEAN, "pending_update_count": INTEGER},
)
ERROR = record(
    "ok error_code",
    {
        "ok": BOOLEAN,
        "error_code": INTEGER,
        "description": STRING,
        "parameters": record("", {"migrate_to_chat_id": INTEGER, "retry_after": INTEGER}),
    },
)
RESULTS: dict[str, Schema] = {
    "getMe": ref("User"),
    "setWebhook": BOOLEAN,
    "deleteWebhook": BOOLEAN,
    "getWebhookInfo": ref("WebhookInfo"),
    "getUpdates": array(ref("Update")),
    "sendMessage": ref("Message"),
    "editMessageText": ref("Message"),
    "answerCallbackQuery": BOOLEAN,
}
"""The schema of each method's successful answer."""


def _method(result: Schema) -> Schema:
    told = record("ok result", {"ok": BOOLEAN, "result": result})
    return {"post": {"responses": {"200": answer(told), "default": {"$ref": "#/components/responses/error"}}}}


DESCRIPTION: Schema = {
    "openapi": "3.0.1",
    "info": {"title": "Bot API", "version": "1"},
    "paths": {f"/{name}": _method(result) for name, result in RESULTS.items()},
    "components": {
        "schemas": {
            "User": USER,
            "Chat": CHAT,
            "Contact": CONTACT,
            "MessageEntity": ENTITY,
            "InlineKeyboardButton": BUTTON,
            "InlineKeyboardMarkup": KEYBOARD,
            "Message": MESSAGE,
            "CallbackQuery": PRESS,
            "Update": UPDATE,
            "WebhookInfo": WEBHOOK,
        },
        "responses": {"error": answer(ERROR)},
    },
}
