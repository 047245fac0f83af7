"""One Telegram bot for all facilities: a person who is known at two says once which one a chat is about."""

from handlers.operations import load_facilities
from scheduling.facilities.file import read_facility
from tests.cast import ANA, facility_file
from tests.talk import Line

OAK = (
    ('code = "willow"', 'code = "oak"'),
    ('name = "Willow Creek Jail"', 'name = "Oak Hill Jail"'),
    ('phone = "+15551234567"', 'phone = "+15551234568"'),
)


def test_who_is_known_at_two_is_asked_once(line: Line) -> None:
    both = [read_facility(facility_file(), "willow.toml"), read_facility(facility_file(*OAK), "oak.toml")]
    load_facilities.load(line.deps, both)
    chat = line.telegram(ANA, 900_077)
    chat.shares_contact(ANA.phone)
    chat.ignores_all_but(0)
    chat.says("quiero ver a luis el sábado a las 10")
    chat.hears("varios centros", "1) Willow Creek Jail", "2) Oak Hill Jail")
    chat.says("2")
    chat.hears("Oak Hill Jail")
    chat.says("quiero ver a luis el sábado a las 10")
    chat.hears("Luis Ortega", "10:00")


def test_start_with_a_facility_code_settles_it(line: Line) -> None:
    both = [read_facility(facility_file(), "willow.toml"), read_facility(facility_file(*OAK), "oak.toml")]
    load_facilities.load(line.deps, both)
    chat = line.telegram(ANA, 900_078)
    chat.shares_contact(ANA.phone)
    chat.ignores_all_but(0)
    chat.says("/start oak")
    chat.hears("Oak Hill Jail")
