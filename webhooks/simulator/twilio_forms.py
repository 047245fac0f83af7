"""The forms of Twilio's webhooks: an incoming text, and the status of an outgoing one."""

import secrets

from webhooks.simulator.rows import Message
from webhooks.simulator.segments import count_segments


def new_sid(prefix: str) -> str:
    """A new Twilio sid."""
    return prefix + secrets.token_hex(16)


def inbound_form(message: Message, account_sid: str, opt_out: str) -> dict[str, str]:
    """The fields of Twilio's webhook for an incoming text."""
    places = {f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip")}
    form = places | {
        "ToCountry": "US",
        "FromCountry": "US",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageSid": message.sid,
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": str(count_segments(message.body).count),
        "Body": message.body,
        "To": message.recipient,
        "From": message.sender,
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
    }
    return form | ({"OptOutType": opt_out} if opt_out else {})


def status_form(message: Message, account_sid: str) -> dict[str, str]:
    """The fields of Twilio's status callback, with the error code if there is one."""
    form = {
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "MessageStatus": message.status,
        "To": message.recipient,
        "MessageSid": message.sid,
        "AccountSid": account_sid,
        "From": message.sender,
        "ApiVersion": "2010-04-01",
    }
    return form | ({"ErrorCode": str(message.error_code)} if message.error_code else {})
