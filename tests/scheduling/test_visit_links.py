"""Links of visits: many for one grant, each for one purpose, and only their hashes are stored."""

import re

from scheduling import queries
from scheduling.people import visit_links
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.storage.database import Tx
from scheduling.storage.tables import grants as grants_table
from scheduling.storage.tables import tokens
from scheduling.visits.visit import Visit
from tests.scheduling.kit import Record, at_once


def mint(record: Record, visit: Visit, purpose: LinkPurpose = LinkPurpose.PAY) -> str:
    return record.run(lambda tx: visit_links.mint(tx, visit.id, visit.visitor_id, purpose, now=record.now))


def test_a_link_is_22_characters_and_only_its_hash_is_kept(record: Record) -> None:
    token = mint(record, record.approved())
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert token not in str(record.everything())
    (row,) = record.rows(tokens)
    assert re.fullmatch(r"[0-9a-f]{64}", row.hash)


def test_every_message_has_a_link_of_its_own_for_the_same_grant(record: Record) -> None:
    visit = record.approved()
    minted = [mint(record, visit) for _ in range(3)]
    assert len(set(minted)) == 3
    with record.db.read() as tx:
        found = {visit_links.find(tx, token, LinkPurpose.PAY) for token in minted}
    assert len(found) == 1
    assert len(record.rows(grants_table)) == 1


def test_minted_at_once_it_is_one_grant(record: Record) -> None:
    visit = record.approved()
    minted = at_once(*[lambda: mint(record, visit)] * 4)
    assert len({str(each) for each in minted}) == 4
    assert len(record.rows(grants_table)) == 1
    assert len(record.rows(tokens)) == 4


def test_a_link_opens_one_purpose_for_one_person(record: Record) -> None:
    visit = record.approved()
    pay, join = mint(record, visit), mint(record, visit, LinkPurpose.JOIN)
    with record.db.read() as tx:
        assert visit_links.find(tx, pay, LinkPurpose.JOIN) is None
        assert visit_links.find(tx, join, LinkPurpose.PAY) is None
        found = visit_links.find(tx, join, LinkPurpose.JOIN)
        assert found is not None
        assert (found.visit_id, found.person_id, found.purpose) == (visit.id, visit.visitor_id, "join")


def test_what_is_no_link_opens_nothing(record: Record) -> None:
    token = mint(record, record.approved())
    with record.db.read() as tx:
        (row,) = record.rows(tokens)
        for guess in ("", token[:-1], token + "A", token.swapcase(), row.hash, "A" * 22):
            assert visit_links.find(tx, guess, LinkPurpose.PAY) is None


def test_a_revoked_grant_takes_all_its_links_along_and_no_others(record: Record) -> None:
    visit = record.approved()
    first, second, keisha = mint(record, visit), mint(record, visit), record.person("Keisha Johnson")
    other = record.run(lambda tx: visit_links.mint(tx, visit.id, keisha, LinkPurpose.PAY, now=record.now))
    record.run(lambda tx: visit_links.revoke(tx, visit.id, visit.visitor_id, now=record.now))

    def revoked(tx: Tx, token: str) -> bool:
        view = queries.by_link(tx, token, LinkPurpose.PAY, now=record.now)
        assert view is not None
        return view.revoked

    with record.db.read() as tx:
        assert [revoked(tx, token) for token in (first, second, other)] == [True, True, False]


def test_a_new_link_does_not_open_what_was_revoked(record: Record) -> None:
    visit = record.approved()
    mint(record, visit)
    record.run(lambda tx: visit_links.revoke(tx, visit.id, visit.visitor_id, now=record.now))
    with record.db.begin() as tx:
        again = visit_links.mint(tx, visit.id, visit.visitor_id, LinkPurpose.PAY, now=record.now)
        view = queries.by_link(tx, again, LinkPurpose.PAY, now=record.now)
    assert view is not None
    assert view.revoked
