"""A worker process: threads that do what is due, and the ears for Telegram where there is no public address."""

import signal
import threading

from handlers import logs
from handlers.inbound import inbox
from handlers.inbound.telegram_polling import Poller, wants_polling
from handlers.jobs.worker import Worker
from handlers.operations import build_deps, release
from handlers.settings import Settings


def worker(settings: Settings) -> int:
    """Work until told to stop (SIGTERM, SIGINT); what is being done is finished."""
    logs.set_up(logs.secrets_of(settings))
    db = build_deps.database(settings)
    deps = build_deps.build(settings, db, sandbox=False)
    release.refuse_old_tables(db)
    build_deps.refuse_without_money(deps)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    working = Worker(deps)
    working.start()
    inbox.warm_up()
    poller = Poller(deps) if wants_polling(deps) else None
    if poller is not None:
        poller.start()
    stop.wait()
    if poller is not None:
        poller.stop()
    working.stop()
    deps.wakeups.close()
    for channel in deps.channels.values():
        channel.close()
    db.close()
    return 0
