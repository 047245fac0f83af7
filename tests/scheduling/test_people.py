"""People and their addresses, answer codes, invitations and opt-outs."""

from datetime import timedelta

import pytest

from scheduling.people import chat_opt_outs, people, person_addresses
from scheduling.people.person_addresses import CODE_ALPHABET, INVITE_VALID_FOR
from scheduling.policy.ids import PersonId
from scheduling.policy.vocabulary import AddressSource, PersonKind
from scheduling.storage.tables import addresses, invites
from scheduling.storage.tables import people as people_table
from tests.scheduling.kit import ANA, DANA, DARNELL, LUIS, MARCUS, MOLINA, OURS, REED, TANYA, Record, at_once, minutes


def names(found: list[people.Person]) -> list[str]:
    return [person.name for person in found]


def test_one_phone_serves_several_people_and_a_person_has_several_addresses(record: Record) -> None:
    with record.db.begin() as tx:
        assert names(person_addresses.at_address(tx, "sms", TANYA)) == ["Tanya Johnson", "Keisha Johnson"]
        tanya = person_addresses.at_address(tx, "sms", TANYA)[0]
        person_addresses.link(tx, tanya.id, "telegram", "77", AddressSource.CONTACT)
        person_addresses.link(tx, tanya.id, "telegram", "77", AddressSource.CONTACT)
        assert person_addresses.addresses_of(tx, tanya.id) == [("telegram", "77"), ("sms", TANYA)]
        assert names(person_addresses.at_address(tx, "telegram", "77")) == ["Tanya Johnson"]
        assert person_addresses.at_address(tx, "telegram", TANYA) == []
    assert sum(row.address == "77" for row in record.rows(addresses)) == 1


def test_who_may_see_whom_and_as_what(record: Record) -> None:
    with record.db.read() as tx:
        tanya, keisha = person_addresses.at_address(tx, "sms", TANYA)
        ana, dana = person_addresses.at_address(tx, "sms", ANA)[0], person_addresses.at_address(tx, "sms", DANA)[0]
        assert [(who.number, who.relation) for who in people.may_see(tx, tanya)] == [
            (MARCUS, "mother"), (DARNELL, "aunt"),
        ]  # fmt: skip
        assert [(who.number, who.relation) for who in people.may_see(tx, keisha)] == [(MARCUS, "sister")]
        assert [who.first_name for who in people.may_see(tx, ana)] == ["Luis"]
        assert {(who.number, who.relation) for who in people.may_see(tx, dana)} == {
            (number, "attorney") for number in (MARCUS, LUIS, DARNELL)
        }


def test_a_card_goes_to_who_is_on_duty_for_the_unit_else_to_the_supervisors(record: Record) -> None:
    with record.db.begin() as tx:
        assert names(people.deciders(tx, record.facility, "B")) == ["Officer Reed", "Sgt. Molina"]
        assert names(people.deciders(tx, record.facility, "A")) == ["Sgt. Molina"]
        tx.execute(people_table.update().values(on_duty=False))
        assert names(people.deciders(tx, record.facility, "A")) == ["Sgt. Molina"]


def test_keep_apart_binds_both(record: Record) -> None:
    marcus, darnell = record.resident(MARCUS), record.resident(DARNELL)
    with record.db.read() as tx:
        assert people.apart_from(tx, marcus) == [darnell]
        assert people.apart_from(tx, darnell) == [marcus]
        assert people.apart_from(tx, record.resident(LUIS)) == []


def test_a_code_links_once_within_two_days_and_only_its_hash_is_kept(record: Record) -> None:
    tanya = record.person("Tanya Johnson")
    code = record.run(lambda tx: person_addresses.invite(tx, tanya, now=record.now))
    assert len(code) == 10
    assert set(code) <= set(CODE_ALPHABET)
    assert code not in str(record.rows(invites))
    with record.db.begin() as tx:
        assert person_addresses.redeem(tx, "ABCDEFGHJK", "telegram", "77", now=record.now) is None
        shortly_before = record.now + INVITE_VALID_FOR - minutes(1)
        found = person_addresses.redeem(tx, f" {code.lower()} ", "telegram", "77", now=shortly_before)
        assert found is not None
        assert found.id == tanya
        assert person_addresses.redeem(tx, code, "telegram", "78", now=record.now) is None
        assert person_addresses.addresses_of(tx, tanya)[0] == ("telegram", "77")


def test_a_code_is_too_old_after_two_days(record: Record) -> None:
    code = record.run(lambda tx: person_addresses.invite(tx, record.person("Ana Diaz"), now=record.now))
    with record.db.begin() as tx:
        assert person_addresses.redeem(tx, code, "telegram", "77", now=record.now + INVITE_VALID_FOR) is None
        assert person_addresses.at_address(tx, "telegram", "77") == []


def test_a_code_sent_from_two_phones_at_once_links_one(record: Record) -> None:
    code = record.run(lambda tx: person_addresses.invite(tx, record.person("Ana Diaz"), now=record.now))

    def redeem(chat: str) -> PersonId | None:
        found = record.run(lambda tx: person_addresses.redeem(tx, code, "telegram", chat, now=record.now))
        return None if found is None else found.id

    outcomes = at_once(lambda: redeem("77"), lambda: redeem("78"))
    assert sorted(each is None for each in outcomes) == [False, True]
    assert sum(row.channel == "telegram" for row in record.rows(addresses)) == 1


def test_no_texts_means_this_chat_and_no_other(record: Record) -> None:
    with record.db.begin() as tx:
        chat_opt_outs.opt_out(tx, "sms", TANYA, OURS, now=record.now, how="text")
        chat_opt_outs.opt_out(tx, "sms", TANYA, OURS, now=record.now, how="provider")
        assert chat_opt_outs.opted_out(tx, "sms", TANYA, OURS)
        assert not chat_opt_outs.opted_out(tx, "sms", TANYA, "+15559990000")
        assert not chat_opt_outs.opted_out(tx, "telegram", TANYA, OURS)
        assert not chat_opt_outs.opted_out(tx, "sms", ANA, OURS)
        assert chat_opt_outs.opt_in(tx, "sms", TANYA, OURS)
        assert not chat_opt_outs.opt_in(tx, "sms", TANYA, OURS)
        assert not chat_opt_outs.opted_out(tx, "sms", TANYA, OURS)


def test_wrong_codes_are_counted_for_an_hour_and_per_officer(record: Record) -> None:
    reed, molina = record.person("Officer Reed"), record.person("Sgt. Molina")
    with record.db.begin() as tx:
        for number in range(4):
            assert people.wrong_code(tx, reed, now=record.now + minutes(number * 10)) == number + 1
        assert people.wrong_code(tx, molina, now=record.now + minutes(30)) == 1
        assert people.wrong_code(tx, reed, now=record.now + minutes(60)) == 4  # the first is an hour old by then
        people.forgive_codes(tx, reed)
        assert people.wrong_code(tx, reed, now=record.now + minutes(61)) == 1


def test_an_officers_own_family_is_known_by_the_phone(record: Record) -> None:
    reed = record.person("Officer Reed")
    wife = record.add_family("Mara Reed", record.resident(LUIS), REED)
    with record.db.read() as tx:
        assert person_addresses.same_phone(tx, reed, wife)
        assert person_addresses.same_phone(tx, reed, reed)
        assert not person_addresses.same_phone(tx, reed, record.person("Sgt. Molina"))
        assert [who.kind for who in person_addresses.at_address(tx, "sms", REED)] == ["staff", "visitor"]
        assert person_addresses.addresses_of(tx, record.person("Sgt. Molina")) == [("sms", MOLINA)]


def test_somebody_is_found_by_name_whatever_its_case_while_active(record: Record) -> None:
    with record.db.begin() as tx:
        assert names(people.find_named(tx, record.facility, " ana DIAZ ")) == ["Ana Diaz"]
        assert names(people.find_named(tx, record.facility, "ana")) == ["Ana Diaz"]
        assert people.find_named(tx, record.facility, "An") == []
        tx.execute(people_table.update().where(people_table.c.name == "Ana Diaz").values(active=False))
        assert people.find_named(tx, record.facility, "Ana Diaz") == []
        assert person_addresses.at_address(tx, "sms", ANA) == []


@pytest.mark.parametrize("name", ["ángela núñez", "ÁNGELA NÚÑEZ", "  Ángela  Núñez "])
def test_case_is_of_no_matter_in_spanish_names_either(record: Record, name: str) -> None:
    with record.db.begin() as tx:
        people.add(tx, record.facility, PersonKind.VISITOR, "Ángela Núñez")
        assert names(people.find_named(tx, record.facility, name)) == ["Ángela Núñez"]


def test_a_ban_binds_until_it_ends(record: Record) -> None:
    ana = record.person("Ana Diaz")
    until = record.now + timedelta(days=30)
    with record.db.begin() as tx:
        tx.execute(people_table.update().where(people_table.c.id == ana).values(banned_until=until))
        assert people.get(tx, ana).banned_until == until
