"""The steps of start-up and shutdown that `run`, `web` and `worker` share, in the order that they need."""

import signal
import threading

from handlers import logs
from handlers.deps import Deps
from handlers.inbound import inbox
from handlers.inbound.telegram_polling import Poller, wants_polling
from handlers.jobs.worker import Worker
from handlers.operations import build_deps, release
from handlers.settings import Settings
from scheduling.storage.database import Database


class Background:
    """The threads besides the web server: the workers, and the Telegram poller where there is no public address."""

    def __init__(self, deps: Deps) -> None:
        self._worker = Worker(deps)
        self._poller = Poller(deps) if wants_polling(deps) else None

    def start(self) -> None:
        """Start the workers, load what understanding texts needs, then start to poll."""
        self._worker.start()
        inbox.warm_up()
        if self._poller is not None:
            self._poller.start()

    def stop(self) -> None:
        """Take no more texts and claim no more jobs; finish what is in progress."""
        if self._poller is not None:
            self._poller.stop()
        self._worker.stop()


def open_database(settings: Settings) -> Database:
    """Set up logging first, so that no secret is logged unmasked, then open the database."""
    logs.set_up(logs.secrets_of(settings))
    return build_deps.database(settings)


def one_of_many(settings: Settings) -> Deps:
    """The dependencies of one process of many, `web` or `worker`. SettingsError when the tables or a setting are not ready.

    `visitline release` migrates the tables and loads FACILITIES, once for all processes.
    """
    db = open_database(settings)
    deps = build_deps.build(settings, db, sandbox=False)
    release.refuse_old_tables(db)
    build_deps.refuse_without_money(deps)
    return deps


def stop_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def close(deps: Deps) -> None:
    """End the readers of calls, and close the connections to Redis, providers and the database."""
    deps.wakeups.close()
    for channel in deps.channels.values():
        channel.close()
    deps.db.close()
