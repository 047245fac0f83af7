"""Starting the web: everything in one process (`run`), or one web process of many (`web`)."""

import gc
import signal
import socket
import struct
import sys
import threading
import time
from typing import Any

from handlers import logs
from handlers.demo import demo_clock
from handlers.deps import Deps, wall_clock
from handlers.inbound import inbox
from handlers.inbound.telegram_polling import Poller, wants_polling
from handlers.jobs.worker import Worker
from handlers.operations import build_deps, load_facilities, release
from handlers.settings import Settings, SettingsError
from webhooks.app import create_app

SENDING = 20
"""Seconds that an answer may wait for its reader."""
TURN = 0.001
"""Seconds a thread may work while others wait for their turn; a text that asks the database thirty times waits as often."""
THREADS = 16
"""For everything but calls."""
DRAIN_SECONDS = 10
"""How long a stop waits for the requests in flight."""
SIMULATED_SID = "AC" + "5" * 32


def run(settings: Settings) -> int:
    """Web and worker threads in one process, until Ctrl-C. On a loopback address the simulator is mounted, too."""
    _free(settings.port)
    settings, password = build_deps.with_own_secrets(settings)
    simulated = settings.loopback and not settings.twilio_account_sid
    if simulated:
        settings = _with_carrier(settings)
    logs.set_up(logs.secrets_of(settings))
    db = build_deps.database(settings)
    release.migrate(db)
    clock = demo_clock.DemoClock(db) if simulated else None
    deps = build_deps.build(settings, db, clock or wall_clock)
    release.print_loaded(load_facilities.first_start(deps))
    if clock is not None and clock.new:
        demo_clock.begin(deps)
    build_deps.refuse_without_money(deps)
    token = build_deps.own_secret(settings.data_dir, "demo_token") if simulated else ""
    app: Any = create_app(deps, demo=simulated, dev_token=token)
    simulator = _mount(app, deps, token) if simulated else None
    _serve(app, deps, simulator, password)
    return 0


def _impatient(server: Any) -> None:
    """A time-out for sending on every connection: accepted sockets have what the listening one has (Linux)."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SENDING, 0))


def _settle() -> None:
    """Everything is loaded: threads change turns often, and the collector, which stops them all, need not look at what
    stays till the end."""
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()


def threads(settings: Settings) -> int:
    """Threads of a web process: a device in a call has one for its stream, and one for what it asks meanwhile."""
    return THREADS + 2 * settings.call_streams


def say(line: str) -> None:
    """One line for whoever started us."""
    print(line, flush=True)  # noqa: T201  # the terminal is where `run` speaks


def _free(port: int) -> None:
    """SettingsError in one plain line when somebody else has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SettingsError(
                f"port {port} is taken by another program. Stop it, or choose another: PORT=8001 make run"
            ) from None


def _with_carrier(settings: Settings) -> Settings:
    """Point the real Twilio client at the simulator, with an account of its own."""
    from pydantic import SecretStr

    token = SecretStr(build_deps.own_secret(settings.data_dir, "carrier_token"))
    base = f"http://127.0.0.1:{settings.port}/simulator"
    update = {"twilio_account_sid": SIMULATED_SID, "twilio_auth_token": token, "twilio_api_base_url": base}
    return settings.model_copy(update=update | {"send_pace": ""})


def _mount(app: Any, deps: Deps, token: str) -> Any:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from bot.texts import say
    from webhooks.simulator import SimulatorConfig, create_simulator

    settings = deps.settings
    facility = load_facilities.first(deps)
    words = {"facility": facility.name, "help": facility.help.to("en")}
    config = SimulatorConfig(
        house_url=f"http://127.0.0.1:{settings.port}", public_url=settings.url,
        db_path=str(settings.data_dir / "simulator.db"), account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(), our_number=facility.phone, dev_token=token,
        stop_text=say("stop", "en", **words), help_text=say("help", "en", **words),
        start_text=say("start_again", "en", **words),
    )  # fmt: skip
    simulator = create_simulator(config)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/simulator": simulator})
    return simulator


def _serve(app: Any, deps: Deps, simulator: Any, password: str | None) -> None:
    import waitress  # type: ignore[import-untyped]

    host = "127.0.0.1" if deps.settings.loopback else "0.0.0.0"  # noqa: S104  # a public line is for everybody
    server = waitress.create_server(app, host=host, port=deps.settings.port, threads=threads(deps.settings), ident=None)
    serving = threading.Thread(target=server.run, name="web", daemon=True)
    worker = Worker(deps)
    poller = Poller(deps) if wants_polling(deps) else None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving.start()
    worker.start()
    inbox.warm_up()
    _settle()
    for each in (simulator, poller):
        if each is not None:
            each.start()
    say(f"\n  Visitline is open: {deps.settings.url}/")
    if password is not None:
        say(f"  The operators' log: {deps.settings.url}/console/log  password: {password}")
    say("  Stop with Ctrl-C.\n")
    stop.wait()
    say("Stopping: what is being done is finished first.")
    for each in (simulator, poller):
        if each is not None:
            each.stop()
    worker.stop()
    deps.wakeups.close()
    stop_serving(server, serving)
    for channel in deps.channels.values():
        channel.close()
    deps.db.close()


def stop_serving(server: Any, loop: threading.Thread, within: float = DRAIN_SECONDS) -> bool:
    """Finish the requests in flight, then close waitress; whether all of them finished in time.

    waitress's own `close()` closes the trigger by which a request in flight hands over its answer: the answer is lost and
    a traceback printed. So new connections wait, the requests finish, the threads end, and only then everything is
    closed, in the thread that selects on it. Whatever has not finished in time ends with the process.
    """
    server.accepting = False
    if not _drained(server, within):
        return False
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))  # noqa: SLF001  # it has no other name
    loop.join()
    return True


def _drained(server: Any, within: float) -> bool:
    """Wait until no connection has a request or an unsent part of an answer."""
    end = time.monotonic() + within
    while any(each.requests or each.total_outbufs_len for each in list(server.active_channels.values())):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def web(settings: Settings) -> int:
    """One gunicorn of threads. Any number of these may run beside each other."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

    logs.set_up(logs.secrets_of(settings))
    db = build_deps.database(settings)
    deps = build_deps.build(settings, db, sandbox=False)
    release.refuse_old_tables(db)
    build_deps.refuse_without_money(deps)

    class Threads(ThreadWorker):  # type: ignore[misc]
        def handle_exit(self, sig: int, frame: Any) -> None:
            deps.wakeups.close()  # a stream of a call lasts a minute by itself: none of them holds a restart up
            super().handle_exit(sig, frame)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            # Whoever does not read what they asked for is let go: they hold a thread.
            options = {
                "bind": f"0.0.0.0:{settings.port}", "threads": threads(settings), "worker_class": Threads, "workers": 1,
                "when_ready": _impatient, "graceful_timeout": 10, "control_socket_disable": True, "accesslog": None,
            }  # fmt: skip
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            deps.wakeups.listen()
            inbox.warm_up()
            app = create_app(deps)
            _settle()
            return app

    db.engine.dispose()  # nothing of a connection may be shared across the fork
    Application().run()
    return 0
