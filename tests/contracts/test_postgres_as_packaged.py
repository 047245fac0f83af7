"""A part of the tests on PostgreSQL with the settings of Debian's package: jit, fsync and autovacuum on.

All other tests use a server that is tuned for speed. Here are the tests of the outbox and of races, and a whole visit.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.contracts.test_many_visit import test_the_first_visit_over_one_web_and_one_worker
from tests.emulators.postgres import PostgresServer
from tests.scheduling.kit import Record, postgres_record
from tests.scheduling.test_limits_raced import test_of_two_at_the_same_moment_one_is_the_last
from tests.scheduling.test_outbox import (
    test_no_job_and_no_lane_is_ever_with_two_workers,
    test_one_chat_gets_its_texts_in_order_whatever_their_class,
    test_the_same_key_at_once_is_one_job,
    test_two_claim_at_once_and_get_different_jobs,
)
from tests.scheduling.test_places import (
    test_of_all_who_ask_for_the_last_place_at_once_one_gets_it_and_the_rest_the_nearest,
    test_the_database_itself_refuses_a_place_that_is_held,
)
from tests.scheduling.test_transactions import (
    test_a_deadlock_is_tried_again_and_both_get_through,
    test_a_name_that_looked_free_to_two_is_chosen_again_by_the_second,
)

pytestmark = pytest.mark.slow
# Collected a second time here, with the fixtures below.
__all__ = [
    "postgres_record",
    "test_a_deadlock_is_tried_again_and_both_get_through",
    "test_a_name_that_looked_free_to_two_is_chosen_again_by_the_second",
    "test_no_job_and_no_lane_is_ever_with_two_workers",
    "test_of_all_who_ask_for_the_last_place_at_once_one_gets_it_and_the_rest_the_nearest",
    "test_of_two_at_the_same_moment_one_is_the_last",
    "test_one_chat_gets_its_texts_in_order_whatever_their_class",
    "test_the_database_itself_refuses_a_place_that_is_held",
    "test_the_first_visit_over_one_web_and_one_worker",
    "test_the_same_key_at_once_is_one_job",
    "test_two_claim_at_once_and_get_different_jobs",
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this module, instead of the one that all other modules share."""
    server = PostgresServer(as_packaged=True)
    yield server
    server.close()


@pytest.fixture
def record(postgres_record: Record) -> Record:
    """Run on PostgreSQL only."""
    return postgres_record


def test_the_server_is_as_packaged(postgres: PostgresServer) -> None:
    engine = sa.create_engine(postgres.url("postgres"))
    with engine.connect() as connection:
        found = {
            name: connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in ("jit", "fsync", "autovacuum")
        }
    engine.dispose()
    assert found == {"jit": "on", "fsync": "on", "autovacuum": "on"}
