"""The simulator: its parts, and the WSGI application with its thread."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from webhooks.simulator.application_client import ApplicationClient
from webhooks.simulator.carrier import Carrier
from webhooks.simulator.config import SimulatorConfig
from webhooks.simulator.poster import Poster
from webhooks.simulator.screen import Context, not_found_page, screen
from webhooks.simulator.store import Store
from webhooks.simulator.twilio_rest import answer_in_twilios_shape, twilio_rest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Simulator:
    """A WSGI application, to be mounted at any prefix, and the thread that posts for it.

    Call ``start`` when the application listens, or shortly before: its posts are repeated until it does. Call ``stop`` before
    the application stops. ``drain`` posts what is due without the thread.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.store = Store(config.db_path)
        self.application = ApplicationClient(config)
        self.carrier = Carrier(config, self.store, self.application)
        self.carrier.set_cast()
        self.poster = Poster(self.carrier, self.application)
        context = Context(config, self.carrier, self.store, self.application, self.poster.wake)
        self.app = Flask(__name__)
        answer_in_twilios_shape(self.app)
        not_found_page(self.app)
        self.app.register_blueprint(twilio_rest(config, self.carrier, self.store, self.poster.wake))
        self.app.register_blueprint(screen(context))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self.app(environ, start_response)

    def start(self) -> None:
        """Begin to post webhooks, first those left from the last run."""
        self.poster.start()

    def stop(self) -> None:
        """End the thread; what is not posted yet stays in the file."""
        self.poster.stop()

    def close(self) -> None:
        """Stop, and close the file and the connections. No request may come afterwards."""
        self.stop()
        self.application.close()
        self.store.close()

    def drain(self) -> int:
        """Post everything that is due now, in the caller's thread; how many."""
        return self.poster.drain()


def create_simulator(config: SimulatorConfig) -> Simulator:
    """A simulator on the file of the settings, not started."""
    return Simulator(config)
