"""The `run` and `web` commands: everything in one process, or one web process of many."""

import gc
import socket
import struct
import sys
import threading
import time
from typing import Any

from handlers.demo import demo_clock
from handlers.deps import Deps, wall_clock
from handlers.inbound import inbox
from handlers.operations import build_deps, load_facilities, release, startup
from handlers.settings import Settings, SettingsError
from webhooks.app import create_app

SEND_TIMEOUT_SECONDS = 20
"""A client that does not read its answer is disconnected: it occupies a thread."""
SWITCH_INTERVAL_SECONDS = 0.001
"""How long a thread may run while others wait for it. A text asks the database thirty times, and waits as often."""
THREADS = 16
"""For all requests except those of calls."""
DRAIN_SECONDS = 10
"""How long a stop waits for the requests in flight."""
SIMULATED_SID = "AC" + "5" * 32


def run(settings: Settings) -> int:
    """Run web and worker threads in one process, until Ctrl-C. On a loopback address, mount the simulator too."""
    _refuse_taken_port(settings.port)
    settings, password = build_deps.with_own_secrets(settings)
    simulated = settings.loopback and not settings.twilio_account_sid
    if simulated:
        settings = _with_simulated_carrier(settings)
    db = startup.open_database(settings)
    release.migrate(db)
    clock = demo_clock.DemoClock(db) if simulated else None
    deps = build_deps.build(settings, db, clock or wall_clock)
    release.print_loaded(load_facilities.first_start(deps))
    if clock is not None and clock.new:
        demo_clock.begin(deps)
    build_deps.refuse_without_money(deps)
    token = build_deps.own_secret(settings.data_dir, "demo_token") if simulated else ""
    app: Any = create_app(deps, demo=simulated, dev_token=token)
    simulator = _mount_simulator(app, deps, token) if simulated else None
    _serve(app, deps, simulator, password)
    return 0


def web(settings: Settings) -> int:
    """Run one gunicorn worker with threads. Any number of such processes may run."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

    deps = startup.one_of_many(settings)

    class Threads(ThreadWorker):  # type: ignore[misc]
        def handle_exit(self, sig: int, frame: Any) -> None:
            deps.wakeups.close()  # a stream of a call lasts a minute: none of them may delay a restart
            super().handle_exit(sig, frame)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {
                "bind": f"0.0.0.0:{settings.port}", "threads": threads(settings), "worker_class": Threads, "workers": 1,
                "when_ready": _set_send_timeout, "graceful_timeout": 10, "control_socket_disable": True, "accesslog": None,
            }  # fmt: skip
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            deps.wakeups.listen()
            inbox.warm_up()
            app = create_app(deps)
            _tune_interpreter()
            return app

    deps.db.engine.dispose()  # connections must not be shared across the fork
    Application().run()
    return 0


def threads(settings: Settings) -> int:
    """Threads of a web process: a device in a call needs one for its stream and one for its other requests."""
    return THREADS + 2 * settings.call_streams


def _set_send_timeout(server: Any) -> None:
    """Set a time-out for sending on every connection: accepted sockets inherit it from the listening one (Linux)."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT_SECONDS, 0))


def _tune_interpreter() -> None:
    """Once everything is loaded: switch threads often, and exclude what is loaded from garbage collection, which stops all
    threads."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    gc.collect()
    gc.freeze()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # `run` talks to the user at the terminal


def _refuse_taken_port(port: int) -> None:
    """SettingsError in one plain line when another program has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SettingsError(
                f"port {port} is taken by another program. Stop it, or choose another: PORT=8001 make run"
            ) from None


def _with_simulated_carrier(settings: Settings) -> Settings:
    """Point the real Twilio client at the simulator, with an account of its own."""
    from pydantic import SecretStr

    token = SecretStr(build_deps.own_secret(settings.data_dir, "carrier_token"))
    base = f"http://127.0.0.1:{settings.port}/simulator"
    update = {"twilio_account_sid": SIMULATED_SID, "twilio_auth_token": token, "twilio_api_base_url": base}
    return settings.model_copy(update=update | {"send_pace": ""})


def _mount_simulator(app: Any, deps: Deps, token: str) -> Any:
    """Serve the simulator below /simulator in the same process; it posts to this process over HTTP."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from bot.texts import say
    from webhooks.simulator import SimulatorConfig, create_simulator

    settings = deps.settings
    facility = load_facilities.first(deps)
    words = {"facility": facility.name, "help": facility.help.to("en")}
    config = SimulatorConfig(
        application_url=f"http://127.0.0.1:{settings.port}", public_url=settings.url,
        db_path=str(settings.data_dir / "simulator.db"), account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(), our_number=facility.phone, dev_token=token,
        stop_text=say("stop", "en", **words), help_text=say("help", "en", **words),
        start_text=say("start_again", "en", **words),
    )  # fmt: skip
    simulator = create_simulator(config)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/simulator": simulator})
    return simulator


def _serve(app: Any, deps: Deps, simulator: Any, password: str | None) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests and jobs in progress."""
    import waitress  # type: ignore[import-untyped]

    host = "127.0.0.1" if deps.settings.loopback else "0.0.0.0"  # noqa: S104  # a public line is for everybody
    server = waitress.create_server(app, host=host, port=deps.settings.port, threads=threads(deps.settings), ident=None)
    serving = threading.Thread(target=server.run, name="web", daemon=True)
    background = startup.Background(deps)
    stop = startup.stop_signal()
    serving.start()
    background.start()
    _tune_interpreter()
    if simulator is not None:
        simulator.start()
    _say(f"\n  Visitline is open: {deps.settings.url}/")
    if password is not None:
        _say(f"  The operators' log: {deps.settings.url}/console/log  password: {password}")
    _say("  Stop with Ctrl-C.\n")
    stop.wait()
    _say("Stopping: what is being done is finished first.")
    if simulator is not None:
        simulator.stop()
    background.stop()
    deps.wakeups.close()
    stop_serving(server, serving)
    startup.close(deps)


def stop_serving(server: Any, loop: threading.Thread, within: float = DRAIN_SECONDS) -> bool:
    """Finish the requests in flight, then close waitress. Returns whether all of them finished in time.

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
