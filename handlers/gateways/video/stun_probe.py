"""Tests a STUN or TURN server with the requests that a phone sends (RFC 8489, RFC 8656)."""

import hashlib
import hmac
import os
import re
import socket
import ssl
import struct
from collections.abc import Mapping
from typing import Self

COOKIE = 0x2112A442
BINDING, ALLOCATE, REFRESH = 0x0001, 0x0003, 0x0004
USERNAME, INTEGRITY, ERROR, LIFETIME = 0x0006, 0x0008, 0x0009, 0x000D
REALM, NONCE, TRANSPORT = 0x0014, 0x0015, 0x0019
SUCCESS, FAILURE = 0x0100, 0x0110
UNAUTHORIZED = 401
TRIES = (0.5, 1.0, 2.0)
"""Seconds to wait for the answer to each try; datagrams may be lost."""
TIMEOUT_SECONDS = 5.0
_URL = re.compile(r"(stuns?|turns?):(\[[0-9a-fA-F:]+\]|[^:?\[\]/\s,]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?")

_Attributes = Mapping[int, bytes]


def is_url(text: str) -> bool:
    """Whether browsers accept this address: `stun:host:port`, `turn:host:port?transport=udp`, `turns:host`."""
    return _URL.fullmatch(text) is not None


def asks_address(url: str) -> str | None:
    """None when the server answers with our address, else what is wrong."""
    try:
        with _Server(url) as server:
            kind, _ = server.ask(BINDING, [])
    except OSError as error:
        return _silence(error)
    return None if kind == BINDING | SUCCESS else "it answers, but not with an address"


def asks_relay(url: str, username: str, password: str) -> str | None:
    """None when the server allocates a relay for these credentials, which is released at once; else what is wrong."""
    wanted = (TRANSPORT, struct.pack("!B3x", socket.IPPROTO_UDP))
    try:
        with _Server(url) as server:
            kind, said = server.ask(ALLOCATE, [wanted])
            if kind != ALLOCATE | FAILURE or _code(said) != UNAUTHORIZED or NONCE not in said or REALM not in said:
                return "it asks for no credentials: everybody may use it, or it is no TURN server"
            who = [(USERNAME, username.encode()), (REALM, said[REALM]), (NONCE, said[NONCE])]
            key = hashlib.md5(b":".join([username.encode(), said[REALM], password.encode()]))  # noqa: S324  # RFC 8489
            kind, said = server.ask(ALLOCATE, [wanted, *who], key.digest())
            if kind == ALLOCATE | SUCCESS:
                server.ask(REFRESH, [(LIFETIME, bytes(4)), *who], key.digest())
                return None
    except OSError as error:
        return _silence(error)
    if _code(said) == UNAUTHORIZED:
        return "it refuses our credentials. Is TURN_SECRET its static-auth-secret, and does it know the time?"
    return f"it gives no relay (error {_code(said)})"


def _silence(error: OSError) -> str:
    return f"no answer ({type(error).__name__}). Is it running, and does the firewall let its ports through?"


def _code(said: _Attributes) -> int:
    value = said.get(ERROR, bytes(4))
    return (value[2] & 7) * 100 + value[3] if len(value) >= 4 else 0


class _Server:
    """A socket to the server of an address. TimeoutError and other OSErrors when the server does not answer."""

    def __init__(self, url: str) -> None:
        found = _URL.fullmatch(url)
        if found is None:
            raise OSError("no address of a STUN or TURN server")
        scheme, host, port, transport = found.groups()
        self._secure = scheme.endswith("s")
        self._stream = self._secure or transport == "tcp"
        self._place = (host.strip("[]"), int(port or (5349 if self._secure else 3478)))

    def __enter__(self) -> Self:
        if self._stream:
            plain = socket.create_connection(self._place, timeout=TIMEOUT_SECONDS)
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(plain, server_hostname=self._place[0]) if self._secure else plain
        else:
            family, kind, proto, _, place = socket.getaddrinfo(*self._place, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind, proto)
            self._socket.connect(place)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(
        self, kind: int, attributes: list[tuple[int, bytes]], key: bytes | None = None
    ) -> tuple[int, dict[int, bytes]]:
        """Send one request. Returns the kind and the attributes of the answer."""
        number = os.urandom(12)
        request = _message(kind, number, attributes, key)
        for wait in (TIMEOUT_SECONDS,) if self._stream else TRIES:
            self._socket.settimeout(wait)
            self._socket.send(request)
            try:
                answer = self._receive()
            except TimeoutError:
                continue
            if answer[8:20] == number:
                return _parts(answer)
        raise TimeoutError

    def _receive(self) -> bytes:
        if not self._stream:
            return self._socket.recv(2048)
        head = self._exactly(20)
        return head + self._exactly(struct.unpack_from("!H", head, 2)[0])

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            part = self._socket.recv(count - len(found))
            if not part:
                raise ConnectionResetError
            found += part
        return found


def _message(kind: int, number: bytes, attributes: list[tuple[int, bytes]], key: bytes | None) -> bytes:
    body = b"".join(struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4) for name, value in attributes)
    length = len(body) + (24 if key is not None else 0)  # the length includes the integrity attribute
    whole = struct.pack("!HHI", kind, length, COOKIE) + number + body
    if key is None:
        return whole
    return whole + struct.pack("!HH", INTEGRITY, 20) + hmac.new(key, whole, hashlib.sha1).digest()


def _parts(answer: bytes) -> tuple[int, dict[int, bytes]]:
    kind, length = struct.unpack_from("!HH", answer)
    found, at = {}, 20
    while at + 4 <= min(len(answer), 20 + length):
        name, size = struct.unpack_from("!HH", answer, at)
        found[name] = answer[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
    return kind, found
