"""The `worker` command: a process whose threads run due jobs, and poll Telegram if there is no public address."""

from handlers.operations import startup
from handlers.settings import Settings


def worker(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT; jobs in progress are finished."""
    deps = startup.one_of_many(settings)
    stop = startup.stop_signal()
    background = startup.Background(deps)
    background.start()
    stop.wait()
    background.stop()
    startup.close(deps)
    return 0
