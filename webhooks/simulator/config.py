"""The settings of a simulator, and its default phones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

INBOUND_PATH = "/webhooks/twilio/messages#rc=5&rp=all"


@dataclass(frozen=True)
class Phone:
    """A phone on the page: with role ``staff`` on the right, with any other on the left."""

    number: str
    name: str
    role: str = "family"
    language: str = "en"
    suggestions: tuple[str, ...] = ()
    reachable: bool = True


CAST = (
    Phone(
        "+15550100002",
        "Tanya Johnson",
        suggestions=(
            "its tanya, can i see marcus saturday afternoon",
            "it's Keisha, can I see Marcus sunday at 2",
            "visits",
            "help",
        ),
    ),
    Phone(
        "+15550100001",
        "Ana Diaz",
        language="es",
        suggestions=("quiero ver a Luis el sábado a las 10", "¿puedo ver a mi hermano el jueves?", "visitas", "ayuda"),
    ),
    Phone(
        "+15550100009",
        "Dana Whitlock",
        "attorney",
        suggestions=("legal visit with Marcus Johnson tomorrow 9am", "visits", "help"),
    ),
    Phone(
        "+15550100077",
        "A stranger",
        "stranger",
        suggestions=("is Marcus Johnson in there?", "visits", "help"),
    ),
    Phone("+15550109001", "Officer Reed", "staff", suggestions=("list", "today", "tomorrow")),
    Phone("+15550109002", "Sgt. Molina", "staff", suggestions=("list", "today", "tomorrow")),
)

NEUTRAL_STOP = "You will get no more texts from this number. Text START to get them again."
NEUTRAL_HELP = "Automatic text line. Msg & data rates may apply. Text STOP to end texts."
NEUTRAL_START = "You will get texts from this number again. Text STOP to end them."


@dataclass(frozen=True)
class SimulatorConfig:
    """Where the application is, and its account at the carrier.

    ``application_url`` is where webhooks are posted; ``public_url`` is what their signatures are computed over (the
    application's PUBLIC_URL) and defaults to it. Without ``dev_token`` the application's clock and reset are not used: the
    real time shows. Seconds: ``step_seconds`` between queued, sent and delivered; ``retry_seconds`` before the first retry,
    then doubled.
    """

    application_url: str
    db_path: str
    account_sid: str
    auth_token: str = field(repr=False)
    our_number: str
    public_url: str = ""
    dev_token: str = field(default="", repr=False)
    further_numbers: tuple[str, ...] = ()
    phones: tuple[Phone, ...] = CAST
    stop_text: str = NEUTRAL_STOP
    help_text: str = NEUTRAL_HELP
    start_text: str = NEUTRAL_START
    links: Mapping[str, str] = field(default_factory=lambda: {"Log": "/console/log"})
    step_seconds: float = 0.25
    retry_seconds: float = 1.0
    timeout_seconds: float = 15.0

    @property
    def signed_base(self) -> str:
        """The application's public URL, without a slash at the end."""
        return (self.public_url or self.application_url).rstrip("/")

    @property
    def inbound_url(self) -> str:
        """The webhook for incoming texts as an operator would enter it at Twilio, retries in its fragment."""
        return self.signed_base + INBOUND_PATH

    @property
    def our_numbers(self) -> tuple[str, ...]:
        """Every number of this account, first the one that phones text by default."""
        return (self.our_number, *self.further_numbers)
