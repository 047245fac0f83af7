"""Telegram without a public address: ask for updates instead of being told. The same way in from there on."""

import logging
import threading
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from bot.messages import Inbound
from handlers import logs
from handlers.deps import Deps
from handlers.inbound import inbox
from handlers.messaging import delivery_receipts
from handlers.tables import settings_rows
from scheduling.storage.database import Tx, insert_or_ignore

if TYPE_CHECKING:
    from bot.channels.telegram import Telegram

log = logging.getLogger(__name__)
_NAME = "telegram_offset"
PAUSE = 5.0


def wants_polling(deps: Deps) -> bool:
    """Telegram is set up, and cannot reach us by itself."""
    return "telegram" in deps.channels and deps.settings.loopback


class Poller:
    """One thread that asks Telegram for updates. The offset is kept after each batch, so a restart misses none."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._telegram = cast("Telegram", deps.channels["telegram"])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="telegram-polling", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; an answer that is awaited may still arrive and is left to the next start."""
        self._stop.set()

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self.once()
            except Exception as error:  # noqa: BLE001  # asked again in a moment
                log.warning("telegram could not be asked for updates: %s", type(error).__name__)
                self._stop.wait(PAUSE)

    def once(self, timeout: int = 25) -> int:
        """Ask once and handle what came; how many updates that were."""
        with self._deps.db.read() as tx:
            offset = _offset(tx)
        updates, after = self._telegram.poll(offset, timeout)
        for update in updates:
            request = self._telegram.as_request(update)
            for item in self._telegram.read(request):
                correlation = logs.new_correlation()
                if isinstance(item, Inbound):
                    inbox.receive(self._deps, item, correlation=correlation)
                    inbox.handle(self._deps, item.address)
                else:
                    delivery_receipts.apply(self._deps, item, correlation=correlation)
            self._telegram.acknowledge(request)
        if after is not None and after != offset:
            self._deps.db.run(lambda tx: _keep(tx, after))
        return len(updates)


def _offset(tx: Tx) -> int | None:
    return tx.execute(sa.select(settings_rows.c.value).where(settings_rows.c.name == _NAME)).scalar()


def _keep(tx: Tx, offset: int) -> None:
    insert_or_ignore(tx, settings_rows, [{"name": _NAME, "value": offset}])
    tx.execute(sa.update(settings_rows).where(settings_rows.c.name == _NAME).values(value=offset))
