"""A private PostgreSQL server with its own folder and port, removed at the end.

The server refuses to run as root, so root starts it as the user `postgres` that Debian's package creates.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from tests.emulators.processes import Child, cannot_test, free_port, program

MEMORY = Path("/dev/shm")  # a database has a few hundred files, and each test has its own


def _binary(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(installed[-1]) if installed else program(name)


def _owner() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        cannot_test("PostgreSQL does not run as root and there is no user postgres", "adduser --system postgres")


_UNSAFE = [
    "fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0",
    "autovacuum=off", "jit=off", "max_connections=60", "deadlock_timeout=200ms",
]  # fmt: skip
"""Settings that make thousands of small databases cheap. None changes what a statement does."""


class PostgresServer:
    """One running server. `database()` creates a database; `template()` fills one once, to be copied.

    `as_packaged` keeps the settings of Debian's package (jit, fsync and autovacuum on) and the data on disk.
    """

    def __init__(self, *, as_packaged: bool = False) -> None:
        postgres, initdb, owner = _binary("postgres"), _binary("initdb"), _owner()
        memory = MEMORY if MEMORY.is_dir() and not as_packaged else None
        self._folder = Path(tempfile.mkdtemp(prefix="visitline-pg-", dir=memory))
        self._numbers = count(1)
        self._templates: set[str] = set()
        if owner:
            shutil.chown(self._folder, owner, owner)
        data, port = self._folder / "data", free_port()
        subprocess.run(
            [initdb, "-D", str(data), "-U", "visitline", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            user=owner,
            group=owner,
            extra_groups=[] if owner else None,
            cwd=self._folder,
        )
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}"]
        settings += [] if as_packaged else _UNSAFE
        flags = [word for setting in settings for word in ("-c", setting)]
        self._port = port
        self._child = Child([postgres, "-D", str(data), *flags], port=port, user=owner, cwd=self._folder)
        self._await_ready()
        # Since version 15 a copy is written to the log block by block unless we ask for files, which are faster.
        self._copy: LiteralString = "CREATE DATABASE {} TEMPLATE {}"
        if self._version() >= 150000:
            self._copy = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"

    def _await_ready(self) -> None:
        """Wait until the server accepts connections: its port answers earlier, and says that it is starting up."""
        end = time.monotonic() + 120
        while True:
            try:
                return self._run("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"postgresql+psycopg://visitline@127.0.0.1:{self._port}/{name}"

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """Make the template `name` once: `fill` gets its address and must leave no connection open."""
        if name not in self._templates:
            self._run("CREATE DATABASE {}", name)
            fill(self.url(name))
            self._templates.add(name)
        return name

    def database(self, template: str = "template1") -> str:
        """Create a database as a copy of `template`, and return its address."""
        name = f"test_{next(self._numbers)}"
        self._run(self._copy, name, template)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, even while clients are connected."""
        self._run("DROP DATABASE {} WITH (FORCE)", url.rpartition("/")[2])

    def _run(self, words: LiteralString, *names: str) -> None:
        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(words).format(*map(sql.Identifier, names)))

    def _version(self) -> int:
        with psycopg.connect(self.url("postgres").replace("+psycopg", "")) as connection:
            return connection.info.server_version

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self._child.stop(signal.SIGINT)
        shutil.rmtree(self._folder)
