"""The `visitline` command: reads the words, builds the server, hands over. It decides nothing.

Every part is imported inside the command that needs it: all of them together take more than a second to load.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

__version__ = "0.2.0"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. What went wrong is told in plain lines, without a traceback."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command(arguments) or 0)
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        if not _told(error):
            raise
        return 1


def _told(error: Exception) -> bool:
    """Say an error of the settings, of a facility file or of a taken port as it is; anything else is a defect."""
    from handlers.operations.load_facilities import LoadError
    from handlers.settings import SettingsError
    from scheduling.facilities.file import FacilityError

    if isinstance(error, SettingsError | LoadError | FacilityError):
        for line in str(error).splitlines():
            print(f"visitline: {line}", file=sys.stderr)
        return True
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="visitline", description="The line that families text to book a video visit.")
    parser.add_argument("--version", action="version", version=f"visitline {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help_: str, function: Any) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_)
        command.set_defaults(command=function)
        return command

    add("run", "everything in one process on SQLite, with the simulator on a loopback address", _run)
    add("web", "one web process of many (PostgreSQL and Redis)", _web)
    add("worker", "one worker process of many (PostgreSQL and Redis)", _worker)
    add("release", "migrate the database and load FACILITIES; run before web and worker", _release)
    load = add("load", "check a facility file and put it into the database", _load)
    load.add_argument("file", nargs="?", help="a facility file, or a pattern such as facilities/*.toml")
    add("sample", "print the sample facility file, to begin your own with", _sample)
    understand = add("understand", "read texts as JSON lines, write what they mean", _understand)
    understand.add_argument("--tz", help="the zone that settles offsets in `now` (default UTC)")
    add("chat", "talk to the line in this terminal", _chat)
    add("doctor", "say in one line each what is wrong with this installation", _doctor)
    telegram = add("telegram", "tell Telegram to post updates to PUBLIC_URL, or to keep them until asked", _telegram)
    telegram.add_argument("action", choices=["set-webhook", "delete-webhook"])
    return parser


def _run(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import build_deps
    from webhooks import servers

    build_deps.refuse_in_public(settings.load())
    return servers.run(settings.load())


def _web(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import build_deps
    from webhooks import servers

    loaded = settings.load()
    build_deps.refuse_unless_many(loaded)
    return servers.web(loaded)


def _worker(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import build_deps, worker_process

    loaded = settings.load()
    build_deps.refuse_unless_many(loaded)
    return worker_process.worker(loaded)


def _release(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import release

    return release.release(settings.load())


def _load(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import release

    if arguments.file is None:
        raise settings.SettingsError(
            "load needs a facility file, such as: visitline load facilities/willow.toml\n"
            "To begin with one: visitline sample > willow.toml, and make it yours."
        )
    return release.load(settings.load(), arguments.file)


def _sample(arguments: argparse.Namespace) -> int:
    from importlib.resources import files

    sys.stdout.write(files("scheduling").joinpath("sample.toml").read_text(encoding="utf-8"))
    return 0


def _understand(arguments: argparse.Namespace) -> int:
    from bot.understanding import command_line

    return command_line.main(["--tz", arguments.tz] if arguments.tz else [], clock=datetime.now)


def _chat(arguments: argparse.Namespace) -> int:
    from handlers.demo import terminal

    return terminal.main()


def _doctor(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import doctor

    return doctor.main(settings.load)


def _telegram(arguments: argparse.Namespace) -> int:
    from handlers import settings
    from handlers.operations import telegram_webhook

    loaded = settings.load()
    if arguments.action == "set-webhook":
        return telegram_webhook.set_webhook(loaded)
    return telegram_webhook.delete_webhook(loaded)


if __name__ == "__main__":
    sys.exit(main())
