"""How many SMS segments a text has."""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Segments:
    """``units`` are septets in GSM-7 (extended characters cost two) and UTF-16 code units in UCS-2."""

    encoding: str
    units: int
    count: int


def count_segments(text: str) -> Segments:
    """Count as a carrier does: GSM-7 160, then 153 each; with any other character UCS-2 70, then 67 each."""
    if all(c in BASIC or c in EXTENDED for c in text):
        return _pack("GSM-7", [2 if c in EXTENDED else 1 for c in text], 160, 153)
    return _pack("UCS-2", [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67)


def _pack(encoding: str, costs: list[int], single: int, part: int) -> Segments:
    """Count the parts; a character of two units is never split over two of them."""
    units = sum(costs)
    if units <= single:
        return Segments(encoding, units, 1)
    count, used = 1, 0
    for cost in costs:
        if used + cost > part:
            count, used = count + 1, 0
        used += cost
    return Segments(encoding, units, count)
