"""JSON Web Tokens signed with a shared secret (HS256), as LiveKit and Jitsi want them: made, and read back."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.base import Forged

LEEWAY = 60
"""Seconds that two clocks may differ."""


def sign(claims: Mapping[str, Any], secret: str) -> str:
    """The token that says so."""
    head = {"alg": "HS256", "typ": "JWT"}
    said = b".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    return (said + b"." + _encoded(_signature(said, secret))).decode()


def read(token: str, secret: str, *, issuer: str, now: datetime) -> dict[str, Any]:
    """What a token of this issuer says; Forged unless it is signed with this secret, in force, and has an end."""
    try:
        said, _, signature = token.encode("ascii").rpartition(b".")
        head, claims = (json.loads(_decoded(part)) for part in said.split(b"."))
        if head["alg"] != "HS256" or not hmac.compare_digest(_decoded(signature), _signature(said, secret)):
            raise Forged("the token is not signed with our secret")
        moment, start, end = now.timestamp(), claims.get("nbf", 0), claims["exp"]
        if claims["iss"] != issuer or not start - LEEWAY <= moment <= end + LEEWAY:
            raise Forged("the token is another's, or not in force")
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise Forged("that is no token") from error
    return dict(claims)


def _signature(said: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), said, hashlib.sha256).digest()


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _decoded(part: bytes) -> bytes:
    return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
