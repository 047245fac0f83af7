"""Reduces screenshots to 256 colours with zlib alone: the rarest colours are replaced by their nearest."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

HEAD = b"\x89PNG\r\n\x1a\n"
Colour = tuple[int, int, int]


def smaller(picture: bytes) -> bytes:
    """The same picture with a palette. `picture` is as Chromium writes it: 8 bits, RGB or RGBA, not interlaced."""
    parts = dict(_joined(picture))
    wide, high, _, kind = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    rows = _rows(zlib.decompress(parts[b"IDAT"]), wide, high, 4 if kind == 6 else 3)
    counted = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in counted.most_common(256)]
    number = {colour: place for place, colour in enumerate(palette)}
    for colour in counted:
        if colour not in number:
            number[colour] = min(range(len(palette)), key=lambda each: _far(palette[each], colour))
    packed = b"".join(b"\0" + bytes(number[colour] for colour in row) for row in rows)
    return HEAD + b"".join(
        _part(name, body)
        for name, body in (
            (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(bytes(colour) for colour in palette)),
            (b"IDAT", zlib.compress(packed, 9)),
            (b"IEND", b""),
        )
    )


def _far(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _joined(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, data = len(HEAD), b""
    while at < len(picture):
        size, name = struct.unpack(">I4s", picture[at : at + 8])
        body = picture[at + 8 : at + 8 + size]
        at += size + 12
        if name == b"IDAT":
            data += body
        else:
            yield name, body
    yield b"IDAT", data


def _rows(data: bytes, wide: int, high: int, step: int) -> list[list[Colour]]:
    """The lines of pixels, with the filter of each undone."""
    length, before, rows = wide * step, bytearray(wide * step), []
    for line in range(high):
        start = line * (length + 1)
        row = bytearray(data[start + 1 : start + 1 + length])
        _unfilter(data[start], row, before, step)
        rows.append([(row[at], row[at + 1], row[at + 2]) for at in range(0, length, step)])
        before = row
    return rows


def _unfilter(way: int, row: bytearray, above: bytearray, step: int) -> None:
    for at in range(len(row)):
        left, up = (row[at - step] if at >= step else 0), above[at]
        corner = above[at - step] if at >= step else 0
        guess = (0, left, up, (left + up) // 2, 0)[way] if way < 4 else _paeth(left, up, corner)
        row[at] = (row[at] + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]


def _part(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
