"""The server's bot at our Telegram emulator, and its users. Texts of other people go through the simulator's carrier."""

import asyncio

from pydantic import SecretStr
from telegram import Bot

from bot.channels.telegram import Telegram
from tests.contracts.phones import Phones
from tests.contracts.standing import Standing
from tests.emulators.telegram_emulator import Person, TelegramEmulator

SECRET = "a-secret-of-the-tests"
TANYA_THERE = Person(5551, "Tanya")
MOLINA_THERE = Person(5552, "Molina")
STRANGER_THERE = Person(5553, "Sam")


class Chats:
    """The bot, connected to the server together with the phones. It polls until `by_webhook`."""

    def __init__(self, app_server: Standing, phones: Phones, far: TelegramEmulator) -> None:
        self.app_server, self.phones, self.far = app_server, phones, far
        self.channel = Telegram(far.token, SECRET, far.url)
        app_server.join([self.channel], telegram_bot_token=SecretStr(far.token))

    def by_webhook(self, secret: str = SECRET) -> None:
        """Post updates to the server from now on."""
        address = f"{self.app_server.url}/webhooks/telegram"

        async def ask() -> None:
            async with Bot(self.far.token, base_url=f"{self.far.url}/bot") as bot:
                await bot.set_webhook(address, secret_token=secret)

        asyncio.run(ask())

    def says(self, who: Person, words: str) -> int | None:
        """The user sends a text, and everything due is done. Returns the status of our webhook."""
        status = self.far.text(who, words)
        self.app_server.settle()
        return status

    def presses(self, who: Person, label: str) -> None:
        """The user presses the newest button with this label, and everything due is done."""
        self.far.press(who, label)
        self.app_server.settle()

    def shares(self, who: Person, phone: str, *, of: int | None = None) -> None:
        """The user shares a contact, and everything due is done."""
        self.far.share_contact(who, phone.removeprefix("+"), of=of)
        self.app_server.settle()

    def heard(self, who: Person) -> list[str]:
        """The bot's messages to the user as they look now, oldest first."""
        return self.far.heard_by(who)
