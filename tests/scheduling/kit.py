"""A database for each test, on SQLite or PostgreSQL, with visits brought into any state by the real commands."""

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

import handlers.tables  # noqa: F401 - its tables belong to the metadata
from bot.channels.twilio import SMS
from bot.messages import Address
from scheduling.facilities import store
from scheduling.facilities.file import read_sample
from scheduling.people import people, person_addresses
from scheduling.policy.ids import FacilityId, PersonId, ResidentId, VisitId
from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import ActorKind, AddressSource, PersonKind, VisitKind
from scheduling.storage import schema
from scheduling.storage.database import Database, Tx, insert, metadata
from scheduling.storage.tables import jobs, relations, residents, visit_events
from scheduling.storage.tables import people as people_table
from scheduling.visits import asking, checkouts, deciding, ending, ledger, moving, transition
from scheduling.visits.checkouts import Checkout
from scheduling.visits.places import Row, held
from scheduling.visits.search import Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.databases import hasty

if TYPE_CHECKING:
    from tests.emulators.postgres import PostgresServer
from tests.meeting import meet, screen_on

T = TypeVar("T")
CHICAGO = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=CHICAGO).astimezone(UTC)
SATURDAY = datetime(2026, 11, 28, 13, 0, tzinfo=CHICAGO).astimezone(UTC)
SUNDAY = SATURDAY + timedelta(days=1)
OURS = "+15551234567"
TANYA, ANA, DANA = "+15550100002", "+15550100001", "+15550100009"
REED, MOLINA = "+15550109001", "+15550109002"
PHONES = {"Tanya Johnson": TANYA, "Keisha Johnson": TANYA, "Ana Diaz": ANA, "Dana Whitlock": DANA}
MARCUS, LUIS, DARNELL = "48213", "51877", "50333"
STAFF, TIMER, FAMILY = Actor(ActorKind.STAFF), transition.TIMER, Actor(ActorKind.FAMILY)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@dataclass
class Record:
    """A database and a clock that is set by hand, first to Monday at 10 AM."""

    db: Database
    facility: FacilityId
    at: list[datetime] = field(default_factory=lambda: [MONDAY])

    @property
    def now(self) -> datetime:
        return self.at[0]

    def set_clock(self, moment: datetime) -> None:
        self.at[0] = moment

    def run(self, work: Callable[[Tx], T]) -> T:
        return self.db.run(work)

    def tried(self, work: Callable[[Tx], T]) -> T:
        """Run `work` and return its result. Rolls back what it wrote."""
        with self.db.begin() as tx:
            found = work(tx)
            tx.rollback()
        return found

    def rows(self, table: sa.Table) -> list[Any]:
        with self.db.read() as tx:
            return rows_of(tx, table)

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table, to check that nothing was written in between."""
        with self.db.read() as tx:
            return {table.name: rows_of(tx, table) for table in metadata.sorted_tables}

    def person(self, name: str) -> PersonId:
        with self.db.read() as tx:
            return PersonId(tx.execute(sa.select(people_table.c.id).where(people_table.c.name == name)).scalar_one())

    def resident(self, number: str) -> ResidentId:
        with self.db.read() as tx:
            return ResidentId(tx.execute(sa.select(residents.c.id).where(residents.c.number == number)).scalar_one())

    def add_family(self, name: str, resident: ResidentId, phone: str = "") -> PersonId:
        """Add a visitor of a resident."""
        with self.db.begin() as tx:
            made = people.add(tx, self.facility, PersonKind.VISITOR, name)
            person_addresses.link(tx, made, "sms", phone or f"+1555019{made:04}", AddressSource.FILE)
            tx.execute(sa.insert(relations).values(person_id=made, resident_id=resident, relation="friend"))
            return made

    def add_resident(self, number: str, unit: str) -> ResidentId:
        """Add a resident."""
        with self.db.begin() as tx:
            fields: dict[str, Any] = {"number": number, "name": f"Resident {number}", "unit": unit}
            return ResidentId(insert(tx, residents, facility_id=self.facility, **fields))

    def settings(self, **changes: Any) -> None:
        """Change the settings of the facility, as loading a changed file does."""
        sample = read_sample()
        with self.db.begin() as tx:
            store.apply(tx, replace(sample, facility=replace(sample.facility, **changes)), now=self.now)

    def wish(
        self, visitor: str = "Tanya Johnson", number: str = MARCUS, length: int = 30, moving_: VisitId | None = None
    ) -> Wish:
        """A wish as a dialogue makes it, with the resident as this visitor may see them."""
        with self.db.read() as tx:
            return self.wish_in(tx, self.person(visitor), self.resident(number), length, moving_)

    def wish_in(
        self, tx: Tx, visitor: PersonId, whom: ResidentId, length: int = 30, moving_: VisitId | None = None
    ) -> Wish:
        who = people.get(tx, visitor)
        seen = {each.id: each for each in people.may_see(tx, who)}
        kind = VisitKind.LEGAL if who.kind is PersonKind.ATTORNEY else VisitKind.FAMILY
        return Wish(who, seen.get(whom) or people.resident(tx, whom), kind, length, moving=moving_)

    def wish_of(self, visit: Visit, length: int | None = None) -> Wish:
        """The wish to move a visit, also for staff who offer another time."""
        with self.db.read() as tx:
            return self.wish_in(tx, visit.visitor_id, visit.resident_id, length or visit.wanted_minutes, visit.id)

    def fresh(self, visit: Visit) -> Visit:
        with self.db.read() as tx:
            return get(tx, visit.id)

    def held(self, visit: Visit) -> set[Row]:
        with self.db.read() as tx:
            return held(tx, visit.id)

    def events(self, visit: Visit) -> list[Any]:
        return [row for row in self.rows(visit_events) if row.visit_id == visit.id]

    def queued(self) -> Counter[str]:
        """The queued jobs, counted by kind."""
        return Counter(row.kind for row in self.rows(jobs) if row.state == "queued")

    # Visits, made by the same commands that families, officers, payments and timers use.

    def keep(self, start: datetime = SATURDAY, wish: Wish | None = None) -> Visit:
        wanted = wish or self.wish()
        return self.run(lambda tx: asking.hold(tx, wanted, start, chat=chat(wanted), actor=FAMILY, now=self.now))

    def ask_at(self, start: datetime = SATURDAY, wish: Wish | None = None) -> Visit:
        wanted = wish or self.wish()
        return self.run(lambda tx: asking.ask_at(tx, wanted, start, chat=chat(wanted), actor=FAMILY, now=self.now))

    def asked(self, start: datetime = SATURDAY, wish: Wish | None = None) -> Visit:
        wanted = wish or self.wish()
        kept = self.keep(start, wanted)
        return self.run(lambda tx: asking.ask(tx, kept, wanted, actor=FAMILY, now=self.now))

    def approve(self, visit: Visit) -> Visit:
        return self.run(
            lambda tx: deciding.approve(tx, get(tx, visit.id), revision=visit.revision, actor=STAFF, now=self.now)
        )

    def deny(self, visit: Visit, letter: str = "b", note: str = "") -> Visit:
        doing: dict[str, Any] = {"revision": visit.revision, "letter": letter, "note": note, "actor": STAFF}
        return self.run(lambda tx: deciding.deny(tx, get(tx, visit.id), **doing, now=self.now))

    def revise(self, visit: Visit, start: datetime = SUNDAY) -> Visit:
        wish = self.wish_of(visit)
        doing: dict[str, Any] = {"revision": visit.revision, "actor": STAFF, "now": self.now}
        return self.run(lambda tx: deciding.revise(tx, get(tx, visit.id), wish, start, **doing))

    def accept(self, visit: Visit) -> Visit:
        return self.run(lambda tx: deciding.accept(tx, get(tx, visit.id), actor=FAMILY, now=self.now))

    def give_up(self, visit: Visit) -> Visit:
        return self.run(lambda tx: ending.cancel(tx, get(tx, visit.id), actor=FAMILY, now=self.now))

    def keep_new(self, visit: Visit, start: datetime = SUNDAY, length: int | None = None) -> Visit:
        wish = self.wish_of(visit, length)
        return self.run(lambda tx: moving.hold_new(tx, get(tx, visit.id), wish, start, actor=FAMILY, now=self.now))

    def ask_move_to(self, visit: Visit, start: datetime = SUNDAY, length: int | None = None) -> Visit:
        wish = self.wish_of(visit, length)
        return self.run(lambda tx: moving.ask_move_to(tx, get(tx, visit.id), wish, start, actor=FAMILY, now=self.now))

    def expire(self, visit: Visit) -> Visit | None:
        return self.run(lambda tx: deciding.expire(tx, get(tx, visit.id), now=self.now))

    def checkout(self, visit: Visit) -> Checkout:
        """Create an open checkout at the fake provider."""

        def work(tx: Tx) -> Checkout:
            made = checkouts.open_checkout(tx, get(tx, visit.id), "stripe", now=self.now)
            checkouts.opened(tx, made, f"cs_{made.id}", f"https://cards.example/{made.id}")
            found = checkouts.checkout_of(tx, f"cs_{made.id}")
            assert found is not None
            return found

        return self.run(work)

    def pay(self, visit: Visit, payment: str = "", amount: int | None = None) -> Visit:
        checkout = self.checkout(visit)
        self.apply(checkout, payment or f"pi_{checkout.id}", amount)
        return self.fresh(visit)

    def apply(self, checkout: Checkout, payment: str, amount: int | None = None) -> str:
        paid = checkout.amount if amount is None else amount
        return self.run(lambda tx: checkouts.apply_payment(tx, checkout, payment, paid, now=self.now))

    def settle(self, visit: Visit) -> Any:
        return self.run(lambda tx: ending.settle_money(tx, get(tx, visit.id), now=self.now))

    def net(self, visit: Visit) -> int:
        with self.db.read() as tx:
            return ledger.net_paid(tx, visit.id)

    def approved(self, start: datetime = SATURDAY, wish: Wish | None = None) -> Visit:
        return self.approve(self.asked(start, wish))

    def confirmed(self, start: datetime = SATURDAY, wish: Wish | None = None) -> Visit:
        return self.pay(self.approved(start, wish))

    def topping_up(self) -> Visit:
        """A visit booked for 20 minutes and moved to 30, whose difference is not paid yet."""
        short = self.confirmed(wish=self.wish(length=20))
        return self.approve(self.ask_move_to(short, SUNDAY, 30))

    def joined(self, visit: Visit) -> Visit:
        return self.run(lambda tx: ending.join(tx, get(tx, visit.id), actor=FAMILY, now=self.now))

    def met(self, visit: Visit, *, minutes: float = 20) -> None:
        """Record that both sides saw each other for this long from the start of the visit."""
        self.run(lambda tx: meet(tx, get(tx, visit.id), minutes=minutes))

    def screen_on(self, visit: Visit) -> None:
        """Let the kiosk of the visit's terminal ring at the start and stay on."""
        self.run(lambda tx: screen_on(tx, get(tx, visit.id)))

    def finish(self, visit: Visit) -> Visit | None:
        return self.run(lambda tx: ending.finish(tx, get(tx, visit.id), now=self.now))

    def moved(self, visit: Visit, move: Move) -> Visit:
        """Apply a move that has no command."""
        return self.run(lambda tx: transition.apply(tx, get(tx, visit.id), move, actor=STAFF, now=self.now))

    def in_state(self, state: State) -> Visit:
        """Create a visit in that state."""
        visit = _MAKE[state](self)
        found = self.fresh(visit)
        assert found.state is state
        return found


def rows_of(tx: Tx, table: sa.Table) -> list[Any]:
    return list(tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all())


def chat(wish: Wish) -> Address:
    return Address(SMS, PHONES.get(wish.visitor.name, f"+1555019{wish.visitor.id:04}"), OURS)


def _lapsed(record: Record) -> Visit:
    kept = record.keep()
    record.set_clock(kept.choose_until or MONDAY)
    lapsed = record.run(lambda tx: asking.expire_choice(tx, get(tx, kept.id), now=record.now))
    assert lapsed is not None
    return lapsed


def _expired(record: Record, visit: Visit, moment: datetime) -> Visit:
    record.set_clock(moment)
    gone = record.expire(visit)
    assert gone is not None
    return gone


def _finished(record: Record, *, joined: bool) -> Visit:
    visit = record.confirmed()
    record.set_clock(SATURDAY)
    if joined:
        record.joined(visit)
        record.met(visit)
    else:
        record.screen_on(visit)
    record.set_clock(SATURDAY + minutes(30))
    done = record.finish(visit)
    assert done is not None
    return done


def _closed(record: Record) -> Visit:
    visit = record.confirmed()
    return record.run(lambda tx: ending.facility_cancel(tx, get(tx, visit.id), actor=STAFF, now=record.now))


def _unpaid(record: Record) -> Visit:
    visit = record.approved()
    assert visit.deadline is not None
    return _expired(record, visit, visit.deadline)


_MAKE: dict[State, Callable[[Record], Visit]] = {
    State.CHOOSING: lambda r: r.keep(),
    State.REQUESTED: lambda r: r.asked(),
    State.COUNTERED: lambda r: r.revise(r.asked()),
    State.APPROVED: lambda r: r.approved(),
    State.CONFIRMED: lambda r: r.confirmed(),
    State.MOVING: lambda r: r.ask_move_to(r.confirmed()),
    State.MOVING_COUNTERED: lambda r: r.revise(r.ask_move_to(r.confirmed()), SUNDAY + minutes(45)),
    State.MOVING_UNPAID: lambda r: r.ask_move_to(r.approved()),
    State.MOVING_UNPAID_COUNTERED: lambda r: r.revise(r.ask_move_to(r.approved()), SUNDAY + minutes(45)),
    State.TOPPING_UP: lambda r: r.topping_up(),
    State.LAPSED: _lapsed,
    State.WITHDRAWN: lambda r: r.give_up(r.asked()),
    State.DENIED: lambda r: r.deny(r.asked()),
    State.UNANSWERED: lambda r: _expired(r, r.asked(), SATURDAY - minutes(30)),
    State.UNPAID: _unpaid,
    State.CANCELLED: lambda r: r.give_up(r.confirmed()),
    State.FACILITY_CANCELLED: _closed,
    State.COMPLETED: lambda r: _finished(r, joined=True),
    State.VISITOR_NO_SHOW: lambda r: _finished(r, joined=False),
    State.RESIDENT_DECLINED: lambda r: r.moved(r.confirmed(), Move.DECLINE),
    State.ENDED_BY_STAFF: lambda r: r.moved(r.confirmed(), Move.END),
    State.TECHNICAL: lambda r: r.moved(r.confirmed(), Move.FAIL),
    State.IN_DOUBT: lambda r: r.moved(r.confirmed(), Move.DOUBT),
}


def at_once(*works: Callable[[], T]) -> list[T | Exception]:
    """Run these at the same time, each in a thread. Returns what each returned or raised, in order."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Exception:
        gate.wait(60)
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the test inspects it
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def fill(url: str) -> None:
    """Create the tables by the migrations, and load the sample facility."""
    db = Database(url)
    schema.upgrade(db)
    with db.begin() as tx:
        store.apply(tx, read_sample(), now=MONDAY)
    db.close()


def open_record(url: str) -> Record:
    """The record of a loaded database. On PostgreSQL a statement that would wait for ever fails."""
    db = hasty(Database(url if url.startswith("sqlite") else f"{url}?options=-c%20statement_timeout%3D60s"))
    with db.read() as tx:
        return Record(db, store.everyone(tx)[0])


# Fixtures for the conftest of each package that tests with a record.


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loaded SQLite file, which each test copies."""
    path = tmp_path_factory.mktemp("template") / "record.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_record(sqlite_template: Path, tmp_path: Path) -> Iterator[Record]:
    """A record for one test on SQLite."""
    path = shutil.copy(sqlite_template, tmp_path / "record.db")
    record = open_record(f"sqlite:///{path}")
    yield record
    record.db.close()


@pytest.fixture
def postgres_record(postgres: "PostgresServer") -> Iterator[Record]:
    """A record for one test on PostgreSQL."""
    url = postgres.database(postgres.template("record", fill))
    record = open_record(url)
    yield record
    record.db.close()
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def record(request: pytest.FixtureRequest) -> Record:
    """Run the test on both databases."""
    found: Record = request.getfixturevalue(f"{request.param}_record")
    return found
