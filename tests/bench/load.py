"""Clients of the bench, in a separate process: the carrier's phones, kiosks that poll, devices in calls.

`python load.py` reads its instructions as one line of JSON from standard input, runs until standard input ends, and writes
its result as JSON to standard output. It knows only the server's address. One process sends all requests as raw HTTP over
kept-alive connections, as a proxy in front of the server would, and uses a small part of a core.
"""

import asyncio
import base64
import contextlib
import hmac
import json
import sys
import time
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlencode

IDLE = 1.5
"""How many seconds an idle connection is kept: gunicorn closes its end after two."""
TIMEOUT_SECONDS = 15.0
"""Timeout in seconds; it is Twilio's."""
Seen = dict[str, Any]


class Connection(asyncio.Protocol):
    """One connection, which carries one request at a time."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.free_since = 0.0
        self.open = True
        self._waits: asyncio.Future[tuple[int, bytes]] | None = None
        self._got = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._waits, self._got = asyncio.get_running_loop().create_future(), b""
        self.transport.write(request)
        return self._waits

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or self._waits is None:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0 and len(body) >= int(lower[at + 15 :].split(b"\r\n", 1)[0]):
            self._answer(head, body)
            if b"connection: close" in lower:
                self.close()

    def _answer(self, head: bytes, body: bytes) -> None:
        waits, self._waits = self._waits, None
        if waits is not None and not waits.done():
            waits.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._waits is not None and not self._waits.done():
            self._waits.set_exception(ConnectionResetError("closed before it answered"))

    def close(self) -> None:
        self.open = False
        if self.transport is not None:
            self.transport.close()


class AppServer:
    """The server's address, and a pool of connections that grows as needed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: list[Connection] = []
        self.opened = 0

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and body of the answer; status 0 when there was none. Retried once when a kept connection was closed."""
        for kept in (True, False):
            connection = await self._take(kept=kept)
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):  # `wait_for` of Python 3.11 may lose a cancellation
                    answer = await connection.ask(request)
            except ConnectionResetError:
                continue
            except TimeoutError:
                connection.close()
                return 0, b"slow"
            if connection.open:
                connection.free_since = time.monotonic()
                self._free.append(connection)
            return answer
        return 0, b"closed"

    async def _take(self, *, kept: bool) -> Connection:
        while kept and self._free:
            connection = self._free.pop()
            if connection.open and time.monotonic() - connection.free_since < IDLE:
                return connection
            connection.close()
        self.opened += 1
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
        return connection

    async def sweep(self) -> None:
        """Close connections that have been idle for too long."""
        while True:
            await asyncio.sleep(0.5)
            old = time.monotonic() - IDLE
            for each in [each for each in self._free if each.free_since < old]:
                self._free.remove(each)
                each.close()


class Notes:
    """The result: the response times and statuses of each kind of request."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.answers: dict[str, Counter[str]] = defaultdict(Counter)

    def note(self, kind: str, since: float, status: int) -> None:
        self.times[kind].append(time.monotonic() - since)
        self.answers[kind][str(status)] += 1

    def told(self) -> Seen:
        return {
            "times": {kind: [round(each, 5) for each in times] for kind, times in self.times.items()},
            "answers": {kind: dict(counted) for kind, counted in self.answers.items()},
        }


def post(path: str, body: bytes, kind: str, *more: str) -> bytes:
    """A request as bytes. `more` contains complete header lines."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: app_server",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def as_json(path: str, value: Any, *more: str) -> bytes:
    return post(path, json.dumps(value).encode(), "application/json", *more)


def get(path: str, *more: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: app_server", *more, "", ""]).encode()


def text(spec: Seen, number: int) -> bytes:
    """Twilio's webhook for a text, signed as Twilio does: HMAC-SHA1 of URL and sorted fields with the account's token."""
    phones, words = spec["phones"], spec["words"]
    fields = {
        "ToCountry": "US", "MessageSid": f"SM{spec['run']}{number:020x}", "AccountSid": spec["sid"], "NumMedia": "0",
        "From": phones[number % len(phones)], "To": spec["to"], "Body": words[number % len(words)], "NumSegments": "1",
        "SmsStatus": "received", "ApiVersion": "2010-04-01",
    }  # fmt: skip
    said = spec["url"] + "".join(name + fields[name] for name in sorted(fields))
    proof = base64.b64encode(hmac.digest(spec["token"].encode(), said.encode(), "sha1")).decode()
    body = urlencode(fields).encode()
    return post(spec["path"], body, "application/x-www-form-urlencoded", f"X-Twilio-Signature: {proof}")


async def texts(app_server: AppServer, spec: Seen, notes: Notes) -> None:
    """Send at a fixed rate, whether answers come or not. Each request is timed from the moment when it was due."""
    began, asked = time.monotonic(), []
    for number in range(int(spec["rate"] * spec["seconds"])):
        due = began + number / spec["rate"]
        request = text(spec, spec["first"] + number)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asked.append(asyncio.create_task(timed(app_server, request, "text", due, notes)))
    await asyncio.gather(*asked)


async def timed(app_server: AppServer, request: bytes, kind: str, since: float, notes: Notes) -> tuple[int, bytes]:
    status, body = await app_server.ask(request)
    notes.note(kind, since, status)
    return status, body


async def kiosk(app_server: AppServer, one: Seen, every: float, wait: float, notes: Notes) -> None:
    """A kiosk, which polls again `every` seconds after each answer."""
    request = as_json("/kiosk/poll", {}, f"Cookie: {one['cookie']}", f"X-Forwarded-For: {one['address']}")
    await asyncio.sleep(wait)
    while True:
        _, body = await timed(app_server, request, "kiosk", time.monotonic(), notes)
        with contextlib.suppress(ValueError, TypeError):
            notes.answers["kiosk state"][str(json.loads(body).get("state"))] += 1
        await asyncio.sleep(every)


class Stream(asyncio.Protocol):
    """The server-sent events of one device, split at empty lines."""

    def __init__(self, device: "Device", request: bytes) -> None:
        self._device, self._request, self._got, self._began = device, request, b"", False
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._began:
            head, found, rest = self._got.partition(b"\r\n\r\n")
            if not found:
                return
            self._began, self._got = True, rest
            if not self.status.done():
                self.status.set_result(int(head[9:12]))
        *whole, self._got = self._got.split(b"\n\n")
        for event in whole:
            for line in event.split(b"\n"):
                at = line.find(b"data:")
                if at >= 0 and b"from_epoch" in line:
                    with contextlib.suppress(ValueError):
                        self._device.heard(json.loads(line[at + 5 :]), "stream")

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.status.done():
            self.status.set_result(0)
        if not self.over.done():
            self.over.set_result(None)


LINKED = 5
"""The number of messages that the other side sends: an offer or an answer, and its candidates."""


class Device:
    """One browser in a call: it reads a stream or polls every second, sends heartbeats every ten, and negotiates once."""

    def __init__(self, app_server: AppServer, one: Seen, notes: Notes) -> None:
        self._app_server, self._one, self._notes, self._number, self._cursor = (
            app_server,
            one,
            notes,
            0,
            one.get("cursor", 0),
        )
        self._from = f"X-Forwarded-For: {one['address']}"
        self._known: set[int] = set()
        self._answering: list[asyncio.Task[None]] = []

    def heard(self, message: Seen, way: str) -> None:
        """Count a received message. An offer is answered, as a browser does."""
        if message["id"] in self._known:
            return
        self._known.add(message["id"])
        self._cursor = max(self._cursor, message["id"])
        self._notes.note(f"signal by {way}", message["body"]["at"], 200)
        if message["kind"] == "offer":
            self._answering = [
                asyncio.create_task(self._says(kind, count)) for kind, count in (("answer", 1), ("candidate", 4))
            ]

    async def _says(self, kind: str, count: int) -> None:
        sdp = "v=0 " * 400 if kind != "candidate" else "candidate:1 1 udp 2122260223 10.0.0.1 50000 typ host"
        messages = []
        for _ in range(count):
            self._number += 1
            body = {"at": time.monotonic(), "sdp": sdp}
            about = {"to": self._one["peer"], "to_epoch": self._one["peer_epoch"], "kind": kind, "body": body}
            messages.append({"number": self._number, **about})
        await self._ask("send", {"messages": messages})

    async def _ask(self, what: str, value: Any) -> tuple[int, bytes]:
        request = as_json(f"/call/{self._one['key']}/{what}", value, self._from)
        return await timed(self._app_server, request, what, time.monotonic(), self._notes)

    async def live(self, wait: float) -> None:
        """Run from the loading of the page to the end of the bench."""
        await asyncio.sleep(wait)
        hearing = asyncio.create_task(self._hear())
        beating = asyncio.create_task(self._beat())
        if self._one["offers"]:
            await asyncio.sleep(1.0)
            await self._says("offer", 1)
            await self._says("candidate", 4)
        await asyncio.gather(hearing, beating)

    async def _hear(self) -> None:
        while True:  # a stream ends after a while; the page opens the next one, and tries again when it got none
            if await self._stream() != 200:
                await self._ask_for(10.0)

    async def _ask_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            path = f"/call/{self._one['key']}/mail?after={self._cursor}"
            _, body = await timed(self._app_server, get(path, self._from), "mail", time.monotonic(), self._notes)
            with contextlib.suppress(ValueError, AttributeError):
                for message in json.loads(body).get("messages", ()):
                    self.heard(message, "mail")
            await asyncio.sleep(1.0 if len(self._known) < LINKED else 4.0)  # as the page: less often once connected

    async def _stream(self) -> int:
        """Read one stream to its end and return its status."""
        began, loop = time.monotonic(), asyncio.get_running_loop()
        request = get(f"/call/{self._one['key']}/stream?after={self._cursor}", self._from, "Accept: text/event-stream")
        _, stream = await loop.create_connection(lambda: Stream(self, request), "127.0.0.1", self._app_server.port)
        status = await stream.status
        self._notes.note("stream opened", began, status)
        if status == 200:
            await stream.over
        return status

    async def _beat(self) -> None:
        await asyncio.sleep(self._one["offset"])
        while True:
            await self._ask("beat", {"seen": True, "heard": True, "report": {"rtt": 40, "loss": 0, "kbps": 280}})
            await asyncio.sleep(10.0)


async def over() -> None:
    """Wait until standard input ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def crowd(app_server: AppServer, spec: Seen, notes: Notes) -> None:
    """Run all kiosks and all devices until the time is over."""
    kiosks, devices = spec["kiosks"], spec["devices"]
    tasks = [
        asyncio.create_task(kiosk(app_server, one, 10.0, 10.0 * number / len(kiosks), notes))
        for number, one in enumerate(kiosks)
    ]
    tasks += [
        asyncio.create_task(Device(app_server, one, notes).live(spec["within"] * number / len(devices)))
        for number, one in enumerate(devices)
    ]
    # Until the process that started us closes our input, and never longer than this.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(spec["seconds"]):
            await over()
    tasks += asyncio.all_tasks() - {asyncio.current_task(), *tasks}
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=5)
    for task in tasks:
        if not task.done() or (not task.cancelled() and task.exception() is not None):
            notes.answers["trouble"][repr(task.exception()) if task.done() else "still there"] += 1


async def main() -> None:
    spec = json.loads(sys.stdin.readline())
    app_server, notes = AppServer(spec["port"]), Notes()
    sweeping = asyncio.create_task(app_server.sweep())
    await (texts if spec["does"] == "texts" else crowd)(app_server, spec, notes)
    sweeping.cancel()
    sys.stdout.write(json.dumps(notes.told() | {"cpu": time.process_time(), "opened": app_server.opened}))


if __name__ == "__main__":
    asyncio.run(main())
