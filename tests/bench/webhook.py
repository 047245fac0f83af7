"""Measures how long Twilio waits for our answer to a text: alone, beside 1000 kiosks, and beside 200 calls as well.

`make bench` runs it, `make bench WRITE=1` also writes the rows into docs/benchmarks.md. The server is its `web` and `worker`
processes on PostgreSQL and Redis, all on loopback. The clients are separate processes (`load.py`).
"""

import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import handlers.tables  # noqa: E402, F401  # its tables belong to the metadata
from handlers.deps import wall_clock  # noqa: E402
from scheduling.storage.database import Database  # noqa: E402
from tests.bench import scene  # noqa: E402
from tests.cast import OURS  # noqa: E402
from tests.contracts.many import always_open, prepare  # noqa: E402
from tests.emulators.deployment import AppServer, CarrierProcess  # noqa: E402
from tests.emulators.postgres import PostgresServer  # noqa: E402
from tests.emulators.processes import free_port  # noqa: E402
from tests.emulators.redis_server import RedisServer  # noqa: E402

KIOSKS = int(os.environ.get("BENCH_KIOSKS", "1000"))
CALLS = int(os.environ.get("BENCH_CALLS", "200"))
STREAMS = int(os.environ.get("BENCH_STREAMS", "420"))
APART = os.environ.get("BENCH_APART") == "1"
"""Whether kiosks and calls use a second `web` process, as a proxy would route them by path. It runs at priority NICE."""
NICE = 5
RATE = 8.0
"""Texts per second; 28,800 an hour."""
SECONDS = float(os.environ.get("BENCH_SECONDS", "13"))
SETTLE, BURST, BEGINNING, CALM = 6.0, 5.0, 10.0, 10.0
"""Seconds: until the kiosks' polls are spread out; for all calls to begin; measured of that; until all have begun."""
WORDS = ["visits", "can i see {name} saturday afternoon", "help", "who do i have"]
MAX_SECONDS = 120.0
"""The longest time in seconds that kiosks and calls run, even when the process that started them has died."""
DOCUMENT = ROOT / "docs" / "benchmarks.md"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: the response times of texts in milliseconds, and the CPU used."""

    beside: str
    texts: int
    refused: int
    half: float
    almost_all: float
    slowest: float
    cpu: Mapping[str, float]
    others: float


def percentile(times: Iterable[float], part: float) -> float:
    """The percentile in milliseconds of times in seconds."""
    ordered = sorted(times)
    return 1000 * ordered[max(0, math.ceil(len(ordered) * part / 100) - 1)] if ordered else 0.0


class Client:
    """`load.py` in a separate process."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._patience = spec["seconds"] + 60
        command = [sys.executable, str(Path(__file__).with_name("load.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(spec) + "\n")
        self._process.stdin.flush()

    def told(self) -> dict[str, Any]:
        """Its result, when it has finished."""
        said, _ = self._process.communicate(timeout=self._patience)
        if self._process.returncode != 0:
            raise RuntimeError("a client of the bench ended early")
        found: dict[str, Any] = json.loads(said)
        return found

    def stop(self) -> None:
        """Stop it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)


def busy() -> float:
    """CPU seconds used by all programs of this machine."""
    user, nice, system, _idle, _waiting, irq, soft, *_ = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return sum(map(int, (user, nice, system, irq, soft))) / TICK


def family_of(process: int) -> list[int]:
    """A process and all its descendants."""
    found = [process]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found


def cpu_of(process: int) -> float:
    """CPU seconds used by a process and all its descendants."""
    ticks = 0
    for each in family_of(process):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:  # the process has ended
            continue
        ticks += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return ticks / TICK


class Line:
    """The running server, and the clients that were started."""

    def __init__(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="visitline-bench-")))
        self.postgres, self.redis = PostgresServer(), RedisServer()
        stack.callback(self.postgres.close)
        stack.callback(self.redis.stop)
        url = self.postgres.database(self.postgres.template("released", lambda made: prepare(made, folder)))
        self._db = Database(url)
        stack.callback(self._db.close)
        self.scene = scene.prepare(self._db, screens=KIOSKS, pairs=CALLS, ours=OURS, now=wall_clock())
        port = free_port()
        self.carrier = CarrierProcess(f"http://127.0.0.1:{port}", folder, OURS)
        stack.callback(self.carrier.close)
        settings = {
            "DATA_DIR": str(folder), "DATABASE_URL": url, "REDIS_URL": self.redis.url, "SECRET_KEY": "for the bench only",
            "CONSOLE_PASSWORD": "for the bench only", "SEND_PACE": "100/second", "CALL_STREAMS": str(STREAMS),
            "FACILITIES": str(always_open(folder, wall_clock())), "TWILIO_ACCOUNT_SID": CarrierProcess.account_sid,
            "TWILIO_AUTH_TOKEN": CarrierProcess.auth_token, "TWILIO_API_BASE_URL": self.carrier.url,
            "STRIPE_API_KEY": "sk_test_nobody", "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
        }  # fmt: skip
        self._clients: list[Client] = []
        self._sent = 0
        self.app_server = AppServer(settings, port=port)
        stack.callback(self._end)
        self.webs, self._crowded = [self.app_server.web()], port
        if APART:
            self._crowded = free_port()
            self.webs.append(self.app_server.web(self._crowded))
            for process in family_of(self.webs[-1].process.pid):
                os.setpriority(os.PRIO_PROCESS, process, NICE)
        self.worker = self.app_server.worker()

    def _end(self) -> None:
        for client in self._clients:
            client.stop()
        for child in self.app_server.children:
            child.kill()
            if "--log" in sys.argv:
                sys.stdout.write(child.log())
            child.stop()
        self.app_server.children.clear()

    def texts(self, seconds: float, rate: float = RATE) -> Client:
        """Start to send texts."""
        spec = {
            "does": "texts", "port": self.app_server.port, "rate": rate, "seconds": seconds, "first": self._sent,
            "run": "b" * 12, "phones": self.scene.phones[1::3], "to": OURS, "sid": CarrierProcess.account_sid,
            "token": CarrierProcess.auth_token, "url": f"{self.app_server.url}/webhooks/twilio/messages",
            "path": "/webhooks/twilio/messages", "words": [each.format(name="your son") for each in WORDS],
        }  # fmt: skip
        self._sent += int(rate * seconds)
        return self._client(spec)

    def crowd(self, *, kiosks: bool, devices: bool) -> Client:
        """Start kiosks and calls. Reading their result stops them."""
        if devices:
            scene.enter(self._db, wall_clock())
        return self._client({
            "does": "crowd", "port": self._crowded, "seconds": MAX_SECONDS, "within": BURST,
            "kiosks": self.scene.kiosks if kiosks else [], "devices": self.scene.devices if devices else [],
        })  # fmt: skip

    def _client(self, spec: dict[str, Any]) -> Client:
        self._clients.append(Client(spec))
        return self._clients[-1]

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far, by part of the server."""
        return {
            "web": sum(cpu_of(each.process.pid) for each in self.webs), "worker": cpu_of(self.worker.process.pid),
            "PostgreSQL": cpu_of(self.postgres._child.process.pid),
        }  # fmt: skip

    def measure(self, beside: str, seconds: float = SECONDS) -> Row:
        """Send texts for that long and return one row."""
        before, began, everything, mine = self.cpu(), time.monotonic(), busy(), cpu_of(os.getpid())
        seen = self.texts(seconds).told()
        took = time.monotonic() - began
        others = 100 * (busy() - everything - (cpu_of(os.getpid()) - mine)) / took
        used = {part: 100 * (spent - before[part]) / took for part, spent in self.cpu().items()}
        times, answers = seen["times"]["text"], seen["answers"]["text"]
        row = Row(
            beside, len(times), len(times) - answers.get("200", 0), percentile(times, 50), percentile(times, 99),
            1000 * max(times), used, others,
        )  # fmt: skip
        _say(row)
        return row

    def rows(self, where: str) -> Iterator[Row]:
        """Measure texts alone, beside kiosks, while calls begin, and while calls go on."""
        yield self.measure("nothing else")
        began, crowd = time.monotonic(), self.crowd(kiosks=True, devices=False)
        time.sleep(SETTLE)
        yield self.measure(f"{KIOSKS} kiosks{where}", SECONDS - 1)
        _say_crowd(crowd.told(), time.monotonic() - began)
        began, crowd = time.monotonic(), self.crowd(kiosks=True, devices=True)
        calls = f"{KIOSKS} kiosks, {CALLS} calls"
        yield self.measure(f"{calls} that begin ({STREAMS} streams){where}", BEGINNING)
        time.sleep(CALM)
        yield self.measure(f"{calls} that go on ({STREAMS} streams){where}", SECONDS - 1)
        _say_crowd(crowd.told(), time.monotonic() - began)


def _say(row: Row) -> None:
    cpu = ", ".join(f"{part} {percent:.0f} %" for part, percent in row.cpu.items())
    print(
        f"{row.beside}: {row.texts} texts, {row.refused} not answered with 200; p50 {row.half:.0f} ms, "
        f"p99 {row.almost_all:.0f} ms, slowest {row.slowest:.0f} ms; CPU of one core: {cpu}, others {row.others:.0f} %",
        flush=True,
    )  # fmt: skip


def _say_crowd(seen: dict[str, Any], seconds: float) -> None:
    for kind, times in sorted(seen["times"].items()):
        print(
            f"    {kind}: {len(times) / seconds:.1f}/s, p50 {percentile(times, 50):.0f} ms, "
            f"p99 {percentile(times, 99):.0f} ms, answers {seen['answers'][kind]}"
        )
    for kind in sorted(seen["answers"].keys() - seen["times"].keys()):
        print(f"    {kind}: {seen['answers'][kind]}")
    print(f"    the clients used {100 * seen['cpu'] / seconds:.0f} % of a core, {seen['opened']} connections")


def machine() -> str:
    """Describe the machine that was measured."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    size = f", {int(memory[1]) / 2**20:.0f} GB" if memory else ""
    return f"{len(os.sched_getaffinity(0))} cores{size}, {platform.machine()}"


def versions(postgres: PostgresServer) -> str:
    """The versions of the programs that do the work."""
    with_sql = Database(postgres.url("postgres"))
    with with_sql.read() as tx:
        server = str(tx.exec_driver_sql("SHOW server_version").scalar_one()).split()[0]
    with_sql.close()
    return f"Python {platform.python_version()}, gunicorn {version('gunicorn')}, PostgreSQL {server}"


def lines(rows: list[Row], made: str, on: str, by: str) -> list[str]:
    """The rows as lines of the document."""
    return [
        f"| {made} | {row.beside} | {row.texts} | {row.refused} | {row.half:.0f} | {row.almost_all:.0f} | "
        f"{row.slowest:.0f} | {row.cpu['web']:.0f} | {row.cpu['PostgreSQL']:.0f} | {row.others:.0f} | {on}; {by} |"
        for row in rows
    ]


def write(new: list[str]) -> None:
    """Append rows to the table of the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    mark = "<!-- make bench WRITE=1 writes above this line -->"
    assert mark in text, DOCUMENT
    DOCUMENT.write_text(text.replace(mark, "\n".join([*new, mark])), encoding="utf-8")


def main() -> None:
    """Start the server, measure, print the rows, and write them into the document when WRITE is set."""
    made = f"{datetime.now(UTC):%Y-%m-%d}"
    with ExitStack() as stack:
        line, where = Line(stack), ", in a web process of their own" if APART else ""
        line.texts(3, rate=10).told()  # the first texts of a process are slow, because it loads modules
        rows = list(line.rows(where))
        found = lines(rows, made, machine(), versions(line.postgres))
    print("\n".join(["", *found]))
    if os.environ.get("WRITE"):
        write(found)
        print(f"written into {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
