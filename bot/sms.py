"""What an SMS costs: GSM-7 septets, UCS-2 units and segments, and folding text so that it stays GSM-7.

One character outside GSM-7 more than halves what fits in a segment, so Spanish á í ó ú are folded. ñ é ¿ ¡ ü are GSM-7
and stay.
"""

import unicodedata

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters of GSM 03.38 that take one septet."""

EXTENDED = frozenset("^{}\\[~]|€\f")
"""The characters that take two septets: an escape and the character itself."""

SINGLE_SEPTETS, JOINED_SEPTETS = 160, 153
SINGLE_UNITS, JOINED_UNITS = 70, 67

_FOLDS = str.maketrans(
    {
        **dict(zip("áíóúÁÍÓÚ", "aiouAIOU", strict=True)),
        **dict.fromkeys("‘’‚‛′´`ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "…": "...",
        "•": "-",
        "ç": "c",
        "º": "o",
        "ª": "a",
    }
)


_ACUTE = {"é": "e", "É": "E"}
"""The accented vowels of Spanish that GSM-7 has."""


def fold(text: str) -> str:
    """Replace what has a GSM-7 look-alike and change nothing else: "sábado" becomes "sabado", "mañana" stays.

    Where one accented vowel is replaced, all are: GSM-7 has é but no á, and "el sabado a las tres, José" looks careless.
    A letter with no look-alike (an emoji, another script) is kept; the text is then UCS-2.
    """
    if is_gsm7(text):
        return text
    return "".join(_fold_letter(letter) for letter in unicodedata.normalize("NFC", text).translate(_FOLDS))


def _fold_letter(letter: str) -> str:
    if letter in _ACUTE:
        return _ACUTE[letter]
    if letter in GSM7 or letter in EXTENDED:
        return letter
    base = "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
    return base if is_gsm7(base) else letter


def is_gsm7(text: str) -> bool:
    """Whether every letter is in the GSM-7 alphabet or its extension."""
    return all(letter in GSM7 or letter in EXTENDED for letter in text)


def septets(text: str) -> int:
    """The length in septets of a GSM-7 text. Raises ValueError when the text is not GSM-7."""
    if not is_gsm7(text):
        raise ValueError("not GSM-7")
    return sum(2 if letter in EXTENDED else 1 for letter in text)


def segments(text: str) -> int:
    """How many segments a carrier sends (and bills) for this text as it stands. An empty text counts as one."""
    if is_gsm7(text):
        return _packed([2 if letter in EXTENDED else 1 for letter in text], SINGLE_SEPTETS, JOINED_SEPTETS)
    return _packed([len(letter.encode("utf-16-le")) // 2 for letter in text], SINGLE_UNITS, JOINED_UNITS)


def _packed(sizes: list[int], single: int, joined: int) -> int:
    """Pack characters into segments. One that takes two septets is never split across two segments."""
    if sum(sizes) <= single:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > joined:
            count, used = count + 1, 0
        used += size
    return count
