"""Messages without a public address: a channel is asked for them. From there on they go the same way as webhooks."""

import logging
import threading

import sqlalchemy as sa

from bot.channels.base import PollableChannel
from bot.messages import Inbound
from handlers import logs
from handlers.deps import Deps
from handlers.inbound import inbox
from handlers.messaging import delivery_receipts
from handlers.tables import settings_rows
from scheduling.storage.database import Tx, insert_or_ignore

log = logging.getLogger(__name__)
PAUSE = 5.0


def wants_polling(deps: Deps) -> bool:
    """Whether a channel can be asked for messages, and cannot reach us by itself."""
    return _pollable(deps) is not None and deps.settings.loopback


class Poller:
    """One thread that asks a channel for messages. The offset is kept after each batch, so a restart misses none."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        channel = _pollable(deps)
        assert channel is not None  # asked by wants_polling
        self._channel = channel
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="polling", daemon=True)

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
                log.warning("a channel could not be asked for messages: %s", type(error).__name__)
                self._stop.wait(PAUSE)

    def once(self, timeout: int = 25) -> int:
        """Ask once and handle what came; how many updates that were."""
        with self._deps.db.read() as tx:
            offset = _offset(tx, self._channel)
        updates, after = self._channel.poll(offset, timeout)
        for update in updates:
            request = self._channel.as_request(update)
            for item in self._channel.read(request):
                correlation = logs.new_correlation()
                if isinstance(item, Inbound):
                    inbox.receive(self._deps, item, correlation=correlation)
                    inbox.handle(self._deps, item.address)
                else:
                    delivery_receipts.apply(self._deps, item, correlation=correlation)
            self._channel.acknowledge(request)
        if after is not None and after != offset:
            self._deps.db.run(lambda tx: _keep(tx, self._channel, after))
        return len(updates)


def _pollable(deps: Deps) -> PollableChannel | None:
    return next((each for each in deps.channels.values() if isinstance(each, PollableChannel)), None)


def _name(channel: PollableChannel) -> str:
    return f"{channel.name}_offset"


def _offset(tx: Tx, channel: PollableChannel) -> int | None:
    return tx.execute(sa.select(settings_rows.c.value).where(settings_rows.c.name == _name(channel))).scalar()


def _keep(tx: Tx, channel: PollableChannel, offset: int) -> None:
    insert_or_ignore(tx, settings_rows, [{"name": _name(channel), "value": offset}])
    tx.execute(sa.update(settings_rows).where(settings_rows.c.name == _name(channel)).values(value=offset))
