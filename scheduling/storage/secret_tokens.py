"""What opens something: 22 characters nobody can guess, of which only the hash is stored."""

import hashlib
import secrets

LENGTH = 22


def fresh() -> str:
    """A new one, in base64url characters."""
    return secrets.token_urlsafe(16)


def hashed(secret: str) -> str:
    """How one is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()
