"""The simulator as a separate process: ``python -m webhooks.simulator --help``."""

import argparse
import ipaddress
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import waitress  # type: ignore[import-untyped]

from webhooks.simulator.app import create_simulator
from webhooks.simulator.config import SimulatorConfig

THREADS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. 2 means the options are wrong, 1 that the port cannot be had."""
    asked = _options().parse_args(arguments)
    if not is_loopback(asked.host):
        sys.stderr.write(f"The simulator serves this machine only; {asked.host} is not a loopback address.\n")
        return 2
    simulator = create_simulator(_config(asked))
    try:
        server = waitress.create_server(simulator, host=asked.host, port=asked.port, threads=THREADS)
    except OSError as problem:
        simulator.close()
        sys.stderr.write(f"Port {asked.port} cannot be used: {problem.strerror}.\n")
        return 1
    signal.signal(signal.SIGTERM, _interrupt)
    simulator.start()
    sys.stdout.write(f"Simulator on http://{asked.host}:{server.effective_port}\n")
    sys.stdout.flush()
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        simulator.close()
    return 0


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m webhooks.simulator", description="A carrier and its phones.")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--application", required=True, help="where webhooks are posted, as http://127.0.0.1:8000")
    parser.add_argument("--public-url", default="", help="what signatures are computed over; default: the application")
    parser.add_argument("--db", required=True, help="SQLite file, created when missing")
    parser.add_argument("--account-sid", default=os.environ.get("TWILIO_ACCOUNT_SID", ""))
    parser.add_argument("--auth-token", default=os.environ.get("TWILIO_AUTH_TOKEN", ""))
    parser.add_argument("--our-number", action="append", required=True, help="may be given several times")
    parser.add_argument("--dev-token", default="", help="lets the page move the application's clock")
    parser.add_argument("--step-seconds", type=float, default=0.25, help="between queued, sent and delivered")
    return parser


def _config(asked: argparse.Namespace) -> SimulatorConfig:
    ours = asked.our_number
    return SimulatorConfig(
        application_url=asked.application,
        public_url=asked.public_url,
        db_path=asked.db,
        account_sid=asked.account_sid,
        auth_token=asked.auth_token,
        our_number=ours[0],
        further_numbers=tuple(ours[1:]),
        dev_token=asked.dev_token,
        step_seconds=asked.step_seconds,
    )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
