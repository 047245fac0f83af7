"""`visitline doctor`: prints what is wrong with this installation and what to do, then the texts to paste at Twilio.

It changes nothing. Every request to a provider has a time-out, and no secret is printed.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import phonenumbers
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters import Checkable, Finding, Installation, clock_skew
from bot.messages import PHONE, ChannelName
from handlers.deps import Deps
from handlers.logs import HIDDEN
from handlers.operations import build_deps, carrier_registration, load_facilities
from handlers.operations.load_facilities import LoadError
from handlers.settings import Settings, SettingsError
from scheduling.facilities import store
from scheduling.facilities.file import FacilityError
from scheduling.people import chat_opt_outs, people, person_addresses
from scheduling.policy.facility import Facility
from scheduling.storage import schema
from scheduling.storage.database import Database, Tx

TIMEOUT_SECONDS = 5
"""Time-out of the connections to the database and to Redis."""


def main(load: Callable[[], Settings]) -> int:
    """Check everything, and print the findings and the texts. Returns 1 when something is wrong, else 0."""
    try:
        settings = load()
    except SettingsError as error:
        _print([Finding(line) for line in str(error).splitlines()], ())
        print("The rest is looked at when the settings are right.")
        return 1
    found, known = examine(settings)
    _print(found, _secrets(settings))
    for facility in known:
        sys.stdout.write(carrier_registration.texts(facility, settings.url))
    return int(any(each.wrong for each in found))


def _print(found: Iterable[Finding], secrets: Iterable[str]) -> None:
    lines = [f"{'wrong' if each.wrong else 'note '}  {each.text}" for each in found]
    told = "\n".join(lines or ["Nothing is wrong."])
    for secret in secrets:
        told = told.replace(secret, HIDDEN)
    print(told)


def _secrets(settings: Settings) -> list[str]:
    """All secret settings, and the passwords inside addresses."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    passwords = [unquote(urlsplit(url).password or "") for url in (settings.database_url, settings.redis_url)]
    return [each for each in [*found, *passwords] if each]


def examine(settings: Settings) -> tuple[list[Finding], list[Facility]]:
    """The findings, the most basic first, and the facilities that are loaded."""
    found = [*_public(settings), *_redis(settings), *_files(settings)]
    db = _database(settings, found)
    known: list[Facility] = []
    if db is not None:
        ours = settings.model_copy(update={"redis_url": ""})
        try:
            build_deps.video(ours)
        except SettingsError as error:
            found += [Finding(line) for line in str(error).splitlines()]
            ours = ours.model_copy(update={"video": "builtin", "stun_urls": "", "turn_urls": "", "relay_only": False})
        deps = build_deps.build(ours, db)
        with db.read() as tx:
            known = [store.rules(tx, each) for each in store.everyone(tx)]
            found += [*_facilities(known), *_staff(tx, deps), *_database_clock(tx)]
        found += [*_money(deps), *_adapters(deps, known)]
        for channel in deps.channels.values():
            channel.close()
        db.close()
    return found, known


def _public(settings: Settings) -> Iterator[Finding]:
    """Check the public address, and the settings that it requires."""
    if settings.loopback:
        yield Finding(
            "PUBLIC_URL is an address of this machine: only the simulator can reach the line. Set the https address "
            "that families and providers reach.",
            wrong=False,
        )
    elif not settings.url.startswith("https:"):
        yield Finding(
            "PUBLIC_URL does not begin with https://: links and passwords would travel in the open, and browsers open no "
            "camera for a call."
        )
    many = settings.redis_url or not settings.database.startswith("sqlite")
    try:
        (build_deps.refuse_unless_many if many else build_deps.refuse_in_public)(settings)
    except SettingsError as error:
        yield from map(Finding, str(error).splitlines())


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        return
    import redis

    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        ) as client:
            seconds, _ = client.time()
    except (redis.RedisError, ValueError) as error:
        yield Finding(f"REDIS_URL: Redis does not answer ({type(error).__name__}). Start it, or correct the address.")
        return
    yield from clock_skew("Redis", datetime.fromtimestamp(seconds, UTC), datetime.now(UTC))


def _files(settings: Settings) -> Iterator[Finding]:
    """Check the facility files as they are now, loaded or not."""
    if not settings.facilities:
        return
    try:
        files = load_facilities.read(settings.facilities)
    except (LoadError, FacilityError) as error:
        yield from map(Finding, str(error).splitlines())
        return
    for file in files:
        yield from (Finding(f"{file.facility.name}: {each}", wrong=False) for each in file.warnings)


def _database(settings: Settings, found: list[Finding]) -> Database | None:
    """The database if it can be used; otherwise None, and a finding is added. A missing SQLite file is not created."""
    if settings.database.startswith("sqlite:///") and not Path(settings.database.removeprefix("sqlite:///")).exists():
        found.append(Finding("The database is not there yet: `visitline run` or `visitline release` makes it."))
        return None
    try:
        url = sa.engine.make_url(settings.database)
        if url.get_backend_name() == "postgresql":
            url = url.update_query_dict({"connect_timeout": str(TIMEOUT_SECONDS)})
        db = Database(url.render_as_string(hide_password=False))
        if schema.is_current(db):
            return db
        found.append(Finding("The database's tables are not up to date: run `visitline release`."))
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        words = (
            f"DATABASE_URL: the database cannot be reached ({type(error).__name__}). Start it, or correct the address."
        )
        found.append(Finding(words))
    return None


def _facilities(known: list[Facility]) -> Iterator[Finding]:
    if not known:
        yield Finding("No facility is loaded: set FACILITIES, or run `visitline load FILE`.")
    for facility in known:
        try:
            valid = phonenumbers.is_valid_number(phonenumbers.parse(facility.phone))
        except phonenumbers.NumberParseException:
            valid = False
        if not valid:
            yield Finding(
                f"{facility.name}: {facility.phone} is not a number that any carrier gives out. Is it a typing error?",
                wrong=False,
            )


def _staff(tx: Tx, deps: Deps) -> Iterator[Finding]:
    """Find officers whom no card can reach."""
    settings = deps.settings
    for facility_id in store.everyone(tx):
        facility = store.rules(tx, facility_id)
        ours = {PHONE: facility.phone} | {each.name: each.ours or facility.phone for each in deps.channels.values()}
        usable = {*deps.channels, *({PHONE} if settings.loopback else ())}  # the simulator is a carrier
        unreached: list[str] = []
        for officer in people.staff(tx, facility_id):
            known = person_addresses.addresses_of(tx, officer.id)
            chats = [(channel, theirs) for channel, theirs in known if channel in usable]
            if not chats:
                unreached.append(officer.name)
            elif all(
                chat_opt_outs.opted_out(tx, channel, theirs, ours[ChannelName(channel)]) for channel, theirs in chats
            ):
                yield Finding(f"{facility.name}: {officer.name} sent STOP and gets no cards, until a text START comes.")
        if unreached:
            yield Finding(f"{facility.name}: no card reaches {', '.join(unreached)}: {_how_to_reach(deps)}")


def _how_to_reach(deps: Deps) -> str:
    if any(channel.ours for channel in deps.channels.values()):
        return (
            "they have no chat with the bot, and a bot cannot write first. Have each press Start there, once invited."
        )
    return "their phones are on no channel that is set up."


def _database_clock(tx: Tx) -> Iterator[Finding]:
    if tx.dialect.name == "postgresql":
        yield from clock_skew(
            "The database", tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one(), datetime.now(UTC)
        )


def _money(deps: Deps) -> Iterator[Finding]:
    try:
        build_deps.refuse_without_money(deps)
    except SettingsError as error:
        yield Finding(f"{error} Set it, or make the price 0.")


def _adapters(deps: Deps, known: list[Facility]) -> Iterator[Finding]:
    """The findings of each channel and gateway about its own settings and its provider."""
    installation = Installation(
        url=deps.settings.url,
        loopback=deps.settings.loopback,
        now=datetime.now(UTC),
        numbers=tuple((facility.name, facility.phone) for facility in known),
    )
    for part in (deps.video, *deps.channels.values(), deps.payments):
        if isinstance(part, Checkable):
            yield from part.check(installation)
