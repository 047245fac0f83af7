"""The private PostgreSQL and Redis that tests start."""

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from tests.emulators.postgres import PostgresServer
from tests.emulators.redis_server import RedisServer


def test_a_database_is_a_fresh_copy_of_its_template(postgres: PostgresServer) -> None:
    def fill(url: str) -> None:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE visit (id integer)")

    template = postgres.template("filled_once", fill)
    assert postgres.template("filled_once", fill) == template
    for _ in range(2):
        url = postgres.database(template)
        engine = create_engine(url)
        with engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM visit")).scalar_one() == 0
            connection.execute(text("INSERT INTO visit VALUES (1)"))
        engine.dispose()
        postgres.drop(url)


def test_each_test_has_an_empty_database(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(text(tables)).scalar_one() == 0
    engine.dispose()


def test_redis_forgets_stops_and_starts(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.set("wake", "1")
    redis_server.flush()
    assert client.get("wake") is None
    redis_server.stop()
    assert not redis_server.running
    with pytest.raises(redis.ConnectionError):
        client.ping()
    redis_server.start()
    assert client.ping()
    client.close()
