"""`visitline telegram set-webhook` and `delete-webhook`: choose how the bot's updates reach us.

Telegram either posts updates to a webhook, or holds them until they are polled; never both.
"""

import re
import sys

from bot.channels.base import Later, Permanent, Unknown
from bot.channels.telegram import WEBHOOK_PATH, Telegram
from handlers.settings import Settings, SettingsError

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def set_webhook(settings: Settings) -> int:
    """Have Telegram post updates to PUBLIC_URL. Returns 1 when Telegram refuses. SettingsError when a setting is wrong."""
    token = _token(settings)
    if settings.loopback:
        raise SettingsError(
            "PUBLIC_URL is an address of this machine, which Telegram cannot reach. Set the https address of your server. "
            "Without one there is nothing to do: `run` and `worker` ask Telegram for updates."
        )
    if not settings.url.startswith("https://"):
        raise SettingsError("PUBLIC_URL does not begin with https://: Telegram posts updates only over https.")
    secret = settings.telegram_webhook_secret.get_secret_value()
    if not _SECRET.fullmatch(secret):
        raise SettingsError(
            "TELEGRAM_WEBHOOK_SECRET may have only letters, digits, _ and -, at most 256: Telegram takes no others."
        )
    channel = Telegram(token, secret, settings.telegram_api_base_url or None)
    url = f"{settings.url}{WEBHOOK_PATH}"
    try:
        channel.set_webhook(url)
        name = channel.username()
    except (Later, Permanent, Unknown) as error:
        return _failed(error)
    finally:
        channel.close()
    print(f"Telegram sends what people write to @{name} to {url}.")
    return 0


def delete_webhook(settings: Settings) -> int:
    """Have Telegram hold updates until `run` or `worker` poll them. Returns 1 when Telegram refuses."""
    channel = Telegram(_token(settings), "", settings.telegram_api_base_url or None)
    try:
        channel.delete_webhook()
        name = channel.username()
    except (Later, Permanent, Unknown) as error:
        return _failed(error)
    finally:
        channel.close()
    print(f"Telegram keeps what people write to @{name} until `run` or `worker` ask for it.")
    return 0


def _token(settings: Settings) -> str:
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        raise SettingsError("TELEGRAM_BOT_TOKEN is not set: get one from BotFather (/newbot).")
    return token


def _failed(error: Exception) -> int:
    said = str(error).removeprefix("Telegram: ").removesuffix(".")
    print(
        f"visitline: Telegram did not do it: {said}. Check TELEGRAM_BOT_TOKEN, PUBLIC_URL and the network.",
        file=sys.stderr,
    )
    return 1
