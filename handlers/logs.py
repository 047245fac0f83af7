"""Logs: one JSON object a line, with the correlation id of the request or job, and nothing that grants access.

Every line, ours or a library's, is masked: it has no phone numbers, links, tokens, keys, passwords or texts of messages.
"""

import logging
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import IO

import structlog
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"
HIDDEN_KEYS = frozenset({"body", "text", "caption", "form", "payload", "parameters", "pin"})
"""Keys whose values are never logged: what people write, and what proves who they are."""
QUIET_LOGGERS = ("httpx", "httpcore", "twilio", "telegram", "stripe", "urllib3", "flask-limiter", "limits", "alembic")
_SHORTEST_SECRET = 6

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\[parameters: .*", re.DOTALL), "[parameters: ***]"),  # SQLAlchemy shows what a statement was given
    (re.compile(r"(?i)\b((?:message_?)?body|text|caption|pin)(=)[^&\s\"']*"), r"\1\2***"),
    (
        re.compile(
            r"""(?i)(["'](?:message_?)?(?:body|text|caption|pin)["']\s*:\s*)(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
        ),
        r"\1***",
    ),
    (re.compile(r"((?:/|%2F)(?:[pj]|calls?)(?:/|%2F))[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"), r"\1***"),
    (re.compile(r"\d{6,}(?::|%3A)[A-Za-z0-9_-]{30,}"), HIDDEN),  # a Telegram bot's token
    (re.compile(r"\b(sk|rk|pk|whsec)_[A-Za-z0-9_]{6,}"), r"\1_***"),
    (re.compile(r"(?i)\b(basic|bearer) [A-Za-z0-9+/=._~-]{8,}"), r"\1 ***"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), HIDDEN),  # a JSON Web Token
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+@"), r"\1***@"),
    (re.compile(r"(?:\+|%2B)\d{7,15}(?!\d)"), lambda found: mask_number(found[0])),
    (re.compile(r"(?<![\w.:%/-])1?\d{10}(?![\w.:-]|\.\d)"), lambda found: mask_number(found[0])),
)


def mask(text: str) -> str:
    """The text without links, tokens and keys, and with only the last four digits of phone numbers."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def mask_number(number: str) -> str:
    """ "+15550100002" -> "+1...0002", a chat's id -> "...0002": enough to tell two apart, too little to call."""
    number = number.replace("%2B", "+")
    start = number[:2] if number.startswith("+") else ""
    return f"{start}...{number[-4:]}" if len(number) > 4 + len(start) else f"...{number[-2:]}"


def new_correlation() -> str:
    """A new correlation id: for one request or job, and all that follows from it to the delivery of the last text."""
    return secrets.token_hex(8)


def bind(correlation: str) -> None:
    """Add this correlation id to every line that this thread (or request) logs from now on."""
    clear_contextvars()
    bind_contextvars(correlation=correlation)


def secrets_of(settings: BaseSettings) -> list[str]:
    """The secret values among the settings, for `set_up`."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def set_up(secret_values: Iterable[str] = (), *, level: int = logging.INFO, stream: IO[str] | None = None) -> None:
    """Send all loggers of the process, also those of libraries, to one JSON handler on `stream` (default standard error).

    `secret_values` are the secrets of this installation (see `secrets_of`). They are masked wherever they occur. A second
    call replaces the set-up.
    """
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _masking(secret_values),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _masking(secret_values: Iterable[str]) -> Processor:
    known = sorted({value for value in secret_values if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def hide_items(items: Mapping[str, object]) -> dict[str, object]:
        return {key: HIDDEN if str(key).lower() in HIDDEN_KEYS else hide(each) for key, each in items.items()}

    def hide(value: object) -> object:
        if isinstance(value, Mapping):
            return hide_items(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [hide(each) for each in value]
        if value is None or isinstance(value, bool | float):
            return value
        text = str(value)
        for each in known:
            text = text.replace(each, HIDDEN)
        masked = mask(text)
        return value if isinstance(value, int) and masked == str(value) else masked

    def processor(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        kept = {key: event[key] for key in ("timestamp", "level") if key in event}
        return {**hide_items(event), **kept}

    return processor
