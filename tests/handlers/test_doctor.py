"""`visitline doctor`: one line for each thing that is wrong, what to do about it, no secrets, and the texts to paste."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from flask import Flask, Response, jsonify, request

import visitline
from bot.adapters import clock_skew
from bot.channels.telegram_updates import TELEGRAM
from handlers.deps import Deps, wall_clock
from handlers.operations import doctor
from handlers.settings import Settings
from scheduling.facilities import store
from scheduling.facilities.file import read_sample
from scheduling.people import chat_opt_outs
from scheduling.storage import schema
from scheduling.storage.database import Database
from scheduling.storage.tables import addresses
from scheduling.storage.tables import people as people_table
from tests.databases import whole
from tests.emulators.processes import free_port
from tests.emulators.served import Served
from tests.stories.carrier import Carrier, RememberingTelegram

if TYPE_CHECKING:
    from tests.emulators.coturn import Coturn
    from tests.emulators.redis_server import RedisServer
    from tests.emulators.stripe_emulator import StripeEmulator
    from tests.emulators.telegram_emulator import TelegramEmulator

URL, OURS = "https://visits.example", "+15551234567"
PUBLIC = {"PUBLIC_URL": URL, "SECRET_KEY": "a-long-secret-key", "CONSOLE_PASSWORD": "open-sesame-please"}
Asked = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    """`ask(NAME=value, ...)` runs `visitline doctor` with only these settings. It returns the status and the output."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def run(command: str = "doctor", **settings: str) -> tuple[int, str]:
        with monkeypatch.context() as here:
            for name, value in settings.items():
                here.setenv(name, value)
            capsys.readouterr()
            status = visitline.main([command])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The SQLite file that `visitline release` makes, with the sample facility."""
    folder = tmp_path_factory.mktemp("released")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATA_DIR", str(folder))
        assert visitline.main(["release"]) == 0
    return whole(folder / "visitline.db")


@pytest.fixture
def released(ask: Asked, database: bytes, tmp_path: Path) -> Asked:
    """The same, on a database with the sample facility."""
    (tmp_path / "visitline.db").write_bytes(database)
    return ask


def wrong(told: tuple[int, str]) -> list[str]:
    return [line.removeprefix("wrong  ") for line in told[1].splitlines() if line.startswith("wrong")]


def notes(told: tuple[int, str]) -> list[str]:
    return [line.removeprefix("note   ") for line in told[1].splitlines() if line.startswith("note")]


def test_a_fresh_installation_is_well_and_gets_its_texts(released: Asked) -> None:
    status, told = released()
    assert status == 0, told
    assert wrong((status, told)) == []
    assert "Willow Creek Jail: Advanced Opt-Out" in told
    assert "Willow Creek Jail will not text you again." in told
    assert "Willow Creek Jail ya no le enviara mensajes." in told
    assert "A2P 10DLC registration" in told


def test_the_sample_numbers_are_only_a_note(released: Asked) -> None:
    assert any(line.startswith("Willow Creek Jail: +15551234567 is not a number") for line in notes(released()))


def test_calls_from_outside_need_a_relay_and_https(released: Asked) -> None:
    told = wrong(released(**PUBLIC))
    assert any(line.startswith("Calls: neither STUN_URLS nor TURN_URLS is set") for line in told)
    told = wrong(released(**PUBLIC | {"PUBLIC_URL": "http://visits.example"}))
    assert any("browsers open no camera" in line for line in told)


def test_a_relay_that_is_not_there_and_one_that_refuses(released: Asked, coturn: "Coturn") -> None:
    away = f"turn:127.0.0.1:{free_port()}?transport=tcp"
    told = wrong(released(TURN_URLS=away, TURN_SECRET="secret-of-the-relay"))
    assert [line.partition(" (")[0] for line in told] == [f"Calls: {away}: no answer"]
    told = wrong(released(TURN_URLS=coturn.url, TURN_SECRET="secret-of-the-relay"))
    assert "refuses our credentials" in told[0]
    whole = PUBLIC | {"STUN_URLS": coturn.stun, "TURN_URLS": coturn.url, "TURN_SECRET": coturn.secret}
    assert not [line for line in wrong(released(**whole)) if line.startswith("Calls")]
    told = wrong(released(**PUBLIC | {"STUN_URLS": coturn.stun}))
    assert any(line.startswith("Calls: TURN_URLS is not set") for line in told)


def test_a_video_gateway_that_lacks_a_setting_is_reported_and_the_rest_is_checked(released: Asked) -> None:
    status, told = released(VIDEO="livekit")
    assert len(wrong((status, told))) == 3
    assert "VIDEO=livekit, but LIVEKIT_URL is not set" in told
    assert "A2P 10DLC registration" in told


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (200, None), (401, "Calls: LiveKit refuses our key."), (404, "Calls: LiveKit answers 404."),
        (None, "Calls: LiveKit does not answer (ConnectionRefusedError)."),
    ],
)  # fmt: skip
def test_livekit_is_asked_with_our_key(released: Asked, tmp_path: Path, answered: int | None, said: str | None) -> None:
    import jwt

    app, heard = Flask(__name__), []

    @app.post("/twirp/livekit.RoomService/ListRooms")
    def rooms() -> tuple[Response, int]:
        heard.append(jwt.decode(request.headers["Authorization"].removeprefix("Bearer "), "s" * 40, ["HS256"]))
        return jsonify(rooms=[]), answered or 500

    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "livekit-client.umd.min.js").write_text("livekit", encoding="utf-8")
    far = Served(app)
    url = far.url if answered else f"http://127.0.0.1:{free_port()}"
    told = released(VIDEO="livekit", LIVEKIT_URL=url, LIVEKIT_API_KEY="APIkey", LIVEKIT_API_SECRET="s" * 40)
    far.close()
    assert [line[: len(said or "")] for line in wrong(told)] == ([said] if said else [])
    assert [(each["iss"], each["video"]) for each in heard] == ([("APIkey", {"roomList": True})] if answered else [])


@pytest.mark.parametrize(
    ("path", "said"), [("/external_api.js", None), ("/else", "Calls: Jitsi has no /external_api.js (404).")]
)
def test_jitsi_is_asked_for_its_script(released: Asked, path: str, said: str | None) -> None:
    app = Flask(__name__)
    app.add_url_rule(path, "script", lambda: "script")
    far = Served(app)
    told = released(VIDEO="jitsi", JITSI_URL=far.url, JITSI_APP_ID="visitline", JITSI_APP_SECRET="s" * 40)
    far.close()
    assert [line[: len(said or "")] for line in wrong(told)] == ([said] if said else [])


def test_half_a_group_is_named(ask: Asked) -> None:
    status, told = ask(TWILIO_ACCOUNT_SID="AC1", STRIPE_API_KEY="sk_test_hidden")
    assert status == 1
    assert len(wrong((status, told))) == 2
    assert "TWILIO_AUTH_TOKEN is not set" in told
    assert "STRIPE_WEBHOOK_SECRET is not set" in told
    assert "sk_test_hidden" not in told


def test_a_database_that_is_not_there_is_not_made(ask: Asked, tmp_path: Path) -> None:
    told = ask()
    assert told[0] == 1
    assert wrong(told) == ["The database is not there yet: `visitline run` or `visitline release` makes it."]
    assert list(tmp_path.iterdir()) == []


def test_old_tables(ask: Asked, tmp_path: Path) -> None:
    (tmp_path / "visitline.db").touch()
    assert wrong(ask()) == ["The database's tables are not up to date: run `visitline release`."]


def test_a_database_that_does_not_answer(ask: Asked) -> None:
    url = f"postgresql+psycopg://line:topsecret@127.0.0.1:{free_port()}/visits"
    told = ask(DATABASE_URL=url)
    assert any(
        line.startswith("DATABASE_URL: the database cannot be reached (OperationalError)") for line in wrong(told)
    )
    assert "topsecret" not in told[1]


def test_an_invalid_address(ask: Asked) -> None:
    assert any("(NoSuchModuleError)" in line for line in wrong(ask(DATABASE_URL="oracel://somewhere")))
    assert any("(ArgumentError)" in line for line in wrong(ask(DATABASE_URL="somewhere")))


def test_an_invalid_send_rate(ask: Asked) -> None:
    told = ask(SEND_PACE="fast")
    assert told[0] == 1
    assert "SEND_PACE: 'fast' is not a pace such as 1/second or 100/minute" in wrong(told)


def test_no_facility(ask: Asked, tmp_path: Path) -> None:
    file = tmp_path / "none.toml"
    file.write_text("[facility]\n")
    assert ask("release", FACILITIES=str(file))[0] == 1
    told = ask(FACILITIES=str(file))
    assert "No facility is loaded: set FACILITIES, or run `visitline load FILE`." in wrong(told)
    assert any("none.toml" in line for line in wrong(told)), "what is wrong with the file is told, too"


def test_facility_warnings_are_notes(released: Asked, tmp_path: Path) -> None:
    file = tmp_path / "dear.toml"
    sample = (Path(visitline.__file__).parent / "scheduling" / "sample.toml").read_text(encoding="utf-8")
    file.write_text(sample.replace('per_minute = "0.09"', 'per_minute = "9.00"'), encoding="utf-8")
    assert any("9.00 is above the FCC's cap" in line for line in notes(released(FACILITIES=str(file))))


def test_what_a_public_line_needs(released: Asked) -> None:
    told = wrong(released(PUBLIC_URL="http://visits.example"))
    assert told[0].startswith("PUBLIC_URL does not begin with https://")
    assert [line.split()[0] for line in told[1:4]] == ["SECRET_KEY", "CONSOLE_PASSWORD", "No"]
    assert told[-2].startswith("STRIPE_API_KEY is not set, but visits at Willow Creek Jail have a price.")


def test_redis_that_does_not_answer(released: Asked) -> None:
    told = wrong(released(REDIS_URL=f"redis://:hushhush@127.0.0.1:{free_port()}/0"))
    assert any(line.startswith("REDIS_URL: Redis does not answer (ConnectionError)") for line in told)
    assert any(line.startswith("DATABASE_URL must name a PostgreSQL database") for line in told)


def test_redis_that_answers(released: Asked, redis_server: "RedisServer") -> None:
    assert not [line for line in wrong(released(REDIS_URL=redis_server.url)) if "does not answer" in line]


def test_officers_on_telegram_who_never_pressed_start(tmp_path: Path) -> None:
    """A bot cannot write first, so these officers are listed in one finding."""
    record_path = tmp_path / "staff.db"
    db = Database(f"sqlite:///{record_path}")
    schema.upgrade(db)
    with db.begin() as tx:
        store.apply(tx, read_sample(), now=datetime(2026, 11, 23, tzinfo=UTC))
    settings = Settings(public_url="https://visit.example", data_dir=tmp_path)
    with db.read() as tx:
        chat = RememberingTelegram(Carrier(wall_clock), "1:token", "secret")
        deps = Deps(db, settings, wall_clock, {TELEGRAM: chat})
        told = [each.text for each in doctor._staff(tx, deps)]
    db.close()
    assert len(told) == 1
    assert (
        "no card reaches Officer Reed, Sgt. Molina: they have no chat with the bot, and a bot cannot write first"
        in told[0]
    )


def test_an_officer_nobody_can_reach(released: Asked, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'visitline.db'}")
    with db.begin() as tx:
        reed = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        tx.execute(sa.delete(addresses).where(addresses.c.person_id == reed))
        chat_opt_outs.opt_out(tx, "sms", "+15550109002", OURS, now=datetime(2026, 11, 23, tzinfo=UTC), how="text")
    db.close()
    told = wrong(released())
    assert "Willow Creek Jail: no card reaches Officer Reed: their phones are on no channel that is set up." in told
    assert "Willow Creek Jail: Sgt. Molina sent STOP and gets no cards, until a text START comes." in told


def test_clocks_that_disagree() -> None:
    now = datetime.now(UTC)
    assert clock_skew("Redis", now, now) == []
    (ahead,) = clock_skew("Redis", now + timedelta(seconds=90), now)
    assert "s ahead of this machine" in ahead.text
    (behind,) = clock_skew("Redis", now - timedelta(seconds=90), now)
    assert "s behind this machine" in behind.text


class Numbers:
    """A fake of the one resource of Twilio's API that the doctor reads."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self.refuse = False
        app = Flask("numbers")
        app.add_url_rule("/2010-04-01/Accounts/<sid>/IncomingPhoneNumbers.json", view_func=self._answer)
        self._served = Served(app)
        self.url = self._served.url

    def _answer(self, sid: str) -> Response:
        if self.refuse:
            answer = jsonify(code=20003, message="Authenticate", status=401)
            answer.status_code = 401
            return answer
        return jsonify(incoming_phone_numbers=self.found, page=0, next_page_uri=None)

    def set_up(self, webhook: str, fallback: str = "") -> None:
        self.found = [{"sid": "PN1", "phone_number": OURS, "sms_url": webhook, "sms_fallback_url": fallback}]

    def close(self) -> None:
        self._served.close()


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    far = Numbers()
    yield far
    far.close()


def twilio(far: Numbers) -> dict[str, str]:
    return PUBLIC | {
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "auth-token-hidden",
        "TWILIO_API_BASE_URL": far.url,
    }


def test_twilio_refuses_the_credentials(released: Asked, numbers: Numbers) -> None:
    numbers.refuse = True
    told = released(**twilio(numbers))
    (line,) = [line for line in wrong(told) if line.startswith("Twilio: ")]
    assert line.startswith("Twilio: the account SID or the auth token is wrong. Check TWILIO_ACCOUNT_SID")
    assert "auth-token-hidden" not in told[1]


def test_twilio_does_not_have_the_number(released: Asked, numbers: Numbers) -> None:
    assert any("is not a number of this account" in line for line in wrong(released(**twilio(numbers))))


def test_twilio_sends_texts_elsewhere(released: Asked, numbers: Numbers) -> None:
    numbers.set_up("https://demo.twilio.com/welcome/sms/reply")
    wanted = f"Set its webhook to {URL}/webhooks/twilio/messages#rc=5&rp=all"
    assert any(wanted in line for line in wrong(released(**twilio(numbers))))


def test_twilio_loses_texts_without_retries_or_fallback(released: Asked, numbers: Numbers) -> None:
    numbers.set_up(f"{URL}/webhooks/twilio/messages")
    assert any("is lost. Add #rc=5&rp=all" in line for line in notes(released(**twilio(numbers))))
    numbers.set_up(f"{URL}/webhooks/twilio/messages#rc=5&rp=all", fallback="https://else.example/keep")
    assert "Twilio" not in " ".join([*notes(released(**twilio(numbers))), *wrong(released(**twilio(numbers)))])


def test_twilio_out_of_reach(released: Asked, numbers: Numbers) -> None:
    numbers.close()
    assert any(line.startswith("Twilio: Twilio was not reached") for line in wrong(released(**twilio(numbers))))


def telegram(far: "TelegramEmulator", **more: str) -> dict[str, str]:
    return PUBLIC | {
        "TELEGRAM_BOT_TOKEN": far.token, "TELEGRAM_API_BASE_URL": far.url, "TELEGRAM_WEBHOOK_SECRET": "hidden-secret",
    } | more  # fmt: skip


def test_telegram_without_a_webhook(released: Asked, telegram_emulator: "TelegramEmulator") -> None:
    told = released(**telegram(telegram_emulator))
    assert any(
        line == f"Telegram sends updates nowhere, not to {URL}/webhooks/telegram: visitline telegram set-webhook"
        for line in wrong(told)
    )
    assert "hidden-secret" not in told[1]
    assert telegram_emulator.token not in told[1]


def test_telegram_refuses_the_token(released: Asked, telegram_emulator: "TelegramEmulator") -> None:
    told = released(**telegram(telegram_emulator, TELEGRAM_BOT_TOKEN="7000000001:not-the-token-of-the-bot"))
    assert any(line.startswith("Telegram: ") and "Check TELEGRAM_BOT_TOKEN" in line for line in wrong(told))


def test_telegram_polls_here_and_posts_elsewhere(released: Asked, telegram_emulator: "TelegramEmulator") -> None:
    from bot.channels.telegram import Telegram

    channel = Telegram(telegram_emulator.token, "s", telegram_emulator.url)
    assert channel.webhook().url == ""
    channel._call(channel._start().bot.set_webhook("https://elsewhere.example/"))
    channel.close()
    told = wrong(released(**telegram(telegram_emulator, PUBLIC_URL="http://127.0.0.1:8000")))
    assert any("so polling gets none: visitline telegram delete-webhook" in line for line in told)


def stripe(far: "StripeEmulator") -> dict[str, str]:
    return PUBLIC | {
        "STRIPE_API_KEY": far.api_key, "STRIPE_WEBHOOK_SECRET": "whsec_hidden", "STRIPE_API_BASE_URL": far.url,
    }  # fmt: skip


def test_stripe_takes_the_key(released: Asked, stripe_emulator: "StripeEmulator") -> None:
    told = released(**stripe(stripe_emulator))
    assert not [line for line in wrong(told) if "tripe" in line]
    assert "Stripe: STRIPE_API_KEY is a test key: no real money is taken." in notes(told)
    assert stripe_emulator.api_key not in told[1]


def test_stripe_refuses_the_key(released: Asked, stripe_emulator: "StripeEmulator") -> None:
    told = released(**(stripe(stripe_emulator) | {"STRIPE_API_KEY": "sk_test_of_somebody_else"}))
    assert wrong(told)[-1] == "Stripe: AuthenticationError. Check STRIPE_API_KEY and the network."
    assert "sk_test_of_somebody_else" not in told[1]
