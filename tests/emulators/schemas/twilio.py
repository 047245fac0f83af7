"""Twilio's Messages API, version 2010-04-01, as far as Visitline uses it."""

from tests.emulators.schemas.notation import (
    INTEGER,
    STRING,
    Schema,
    answer,
    array,
    matching,
    one_of,
    or_null,
    ref,
)

ACCOUNT_SID = matching("^AC[0-9a-fA-F]{32}$")
MESSAGE_SID = matching("^(SM|MM)[0-9a-fA-F]{32}$")
MESSAGE = "api.v2010.account.message"
ANY_OBJECT: Schema = {"type": "object"}

STATUSES = (
    "accepted scheduled queued sending sent delivered undelivered failed canceled receiving received read "
    "partially_delivered"
).split()
DIRECTIONS = "inbound outbound-api outbound-call outbound-reply".split()

_MESSAGE = {
    "sid": or_null(MESSAGE_SID),
    "account_sid": or_null(ACCOUNT_SID),
    "messaging_service_sid": or_null(matching("^MG[0-9a-fA-F]{32}$")),
    "api_version": or_null(STRING),
    "direction": one_of(*DIRECTIONS),
    "status": one_of(*STATUSES),
    "from": or_null(STRING),
    "to": or_null(STRING),
    "body": or_null(STRING),
    # Twilio writes these two numbers as strings.
    "num_segments": or_null(STRING),
    "num_media": or_null(STRING),
    "price": or_null(STRING),
    "price_unit": or_null(STRING),
    "error_code": or_null(INTEGER),
    "error_message": or_null(STRING),
    # Dates are in the form of RFC 2822.
    "date_created": or_null(STRING),
    "date_updated": or_null(STRING),
    "date_sent": or_null(STRING),
    "uri": or_null(STRING),
    "subresource_uris": or_null(ANY_OBJECT),
}
_PAGE = {
    "messages": array(ref(MESSAGE)),
    "page": INTEGER,
    "page_size": INTEGER,
    "start": INTEGER,
    "end": INTEGER,
    "uri": STRING,
    "first_page_uri": STRING,
    "next_page_uri": or_null(STRING),
    "previous_page_uri": or_null(STRING),
}
_SEND = {
    "To": STRING,
    "From": STRING,
    "Body": STRING,
    "MediaUrl": array(STRING),
    "StatusCallback": {"type": "string", "format": "uri"},
    "ValidityPeriod": INTEGER,
    "SmartEncoded": {"type": "boolean"},
}
_SEARCH = {
    "To": STRING,
    "From": STRING,
    "DateSent": {"type": "string", "format": "date-time"},
    "DateSent<": {"type": "string", "format": "date-time"},
    "DateSent>": {"type": "string", "format": "date-time"},
    "PageSize": {"type": "integer", "minimum": 1, "maximum": 1000},
    "Page": {"type": "integer", "minimum": 0},
    "PageToken": STRING,
}

LIST_PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE_PATH = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"


def _in_path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _open(fields: Schema) -> Schema:
    """An object in Twilio's manner: no field is required, and further fields are allowed."""
    return {"type": "object", "properties": fields}


DESCRIPTION: Schema = {
    "openapi": "3.0.1",
    "info": {"title": "Messages", "version": "1"},
    "servers": [{"url": "https://api.twilio.com"}],
    "paths": {
        LIST_PATH: {
            "post": {
                "security": [{"account": []}],
                "parameters": [_in_path("AccountSid", ACCOUNT_SID)],
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": _SEND, "required": ["To"]}
                        }
                    }
                },
                "responses": {"201": answer(ref(MESSAGE))},
            },
            "get": {
                "security": [{"account": []}],
                "parameters": [
                    _in_path("AccountSid", ACCOUNT_SID),
                    *({"name": name, "in": "query", "schema": schema} for name, schema in _SEARCH.items()),
                ],
                "responses": {"200": answer(_open(_PAGE))},
            },
        },
        ONE_PATH: {
            "get": {
                "security": [{"account": []}],
                "parameters": [_in_path("AccountSid", ACCOUNT_SID), _in_path("Sid", MESSAGE_SID)],
                "responses": {"200": answer(ref(MESSAGE))},
            }
        },
    },
    "components": {
        "schemas": {MESSAGE: _open(_MESSAGE)},
        "securitySchemes": {"account": {"type": "http", "scheme": "basic"}},
    },
}
