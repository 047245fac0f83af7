"""Secret tokens: 22 characters that nobody can guess. Only their hashes are stored."""

import hashlib
import secrets

LENGTH = 22


def fresh() -> str:
    """A new token of base64url characters."""
    return secrets.token_urlsafe(16)


def hashed(secret: str) -> str:
    """The hash of a token, which is what is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()
