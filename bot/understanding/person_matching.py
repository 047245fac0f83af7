"""Person matching: the residents named by number, name, nickname or relation; who is writing; how many will come."""

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import KnownPerson
from bot.understanding.tokenizer import Token, normalize

MIN_SIMILARITY = 82
_SOUNDS = (
    ("ph", "f"), ("th", "f"), ("ck", "k"), ("qu", "k"), ("ch", "k"), ("sh", "s"), ("x", "ks"), ("c", "k"), ("q", "k"),
    ("z", "s"), ("v", "b"), ("w", "b"), ("j", "h"), ("g", "h"), ("ll", "y"), ("y", "i"), ("h", ""), ("e", "i"),
    ("o", "u"),
)  # fmt: skip
"""Letters that are written for one another, in the order in which they are replaced."""
_BLESSING = frozenset(
    "god lord christ amen bless blessed praise pray prayer prayers name dios senor cristo amado".split()
)
"""Words beside which "jesus" is no resident."""
_TITLES = frozenset("mr mrs ms miss sr sra don dona el la".split())


def match_residents(
    found: Sequence[Token], people: Sequence[KnownPerson], lexicons: Iterable[Lexicon], used: set[int]
) -> tuple[KnownPerson, ...]:
    """The people named in a text, in the order named. A name that fits several people gives all of them."""
    if not people:
        return ()
    hits = {i: [(100.0, person)] for i, person in _numbers(found, people).items()}
    lexicons = tuple(lexicons)
    used = used | _blessings(found)
    for i, token in enumerate(found):
        if i not in hits and i not in used and token.number is None and len(token.word) > 2:
            scores = [(_name_score(token.word, p, lexicons), p) for p in people]
            best = max(s for s, _p in scores)
            if best >= MIN_SIMILARITY:
                hits[i] = [(s, p) for s, p in scores if s >= best - 1]
    if not hits:
        _match_relations(found, people, lexicons, hits)
    return _narrow_neighbours(hits)


def resident_number_positions(found: Sequence[Token], people: Sequence[KnownPerson]) -> set[int]:
    """The positions of tokens that are a resident's number, also when it is split ("482 13")."""
    return set(_numbers(found, people))


def name_positions(found: Sequence[Token], people: Sequence[KnownPerson], lexicons: Iterable[Lexicon]) -> set[int]:
    """The positions of tokens that are part of a known person's name, or a relation ("my son")."""
    names = {name for person in people for name in normalize(person.name).split()}
    relations = {word for lexicon in lexicons for word in lexicon.relations}
    return {k for k, token in enumerate(found) if token.word in names or token.word in relations}


def _numbers(found: Sequence[Token], people: Sequence[KnownPerson]) -> dict[int, KnownPerson]:
    numbers = {re.sub(r"\D", "", p.number): p for p in people if p.number}
    hits: dict[int, KnownPerson] = {}
    longest = max(map(len, numbers), default=0)
    for i in range(len(found)) if numbers else ():
        digits = ""
        if found[i].number is None:
            continue
        for j in range(i, min(i + 6, len(found))):
            if found[j].word == "-" and digits:
                continue
            if not found[j].word.isdigit():
                break
            digits += found[j].word
            if len(digits) > longest:
                break
            person = numbers.get(digits)
            if person is not None and len(digits) > 2:
                hits.update(dict.fromkeys(range(i, j + 1), person))
    return hits


def _name_score(word: str, person: KnownPerson, lexicons: Sequence[Lexicon]) -> float:
    """How similar a word is to one of a person's names, 0 to 100. A word of the language must be equal to the name."""
    names = [n for n in normalize(person.name).split() if n not in _TITLES]
    if any(names and names[0] in lexicon.nicknames.get(word, ()) for lexicon in lexicons):
        return 95.0
    if word in names or (word.endswith("s") and word[:-1] in names):
        if word == names[0] or (word.endswith("s") and word[:-1] == names[0]):
            return 100.0
        return 0.0 if any(word in lexicon.chars for lexicon in lexicons) else 99.5
    if any(word in lexicon.chars for lexicon in lexicons):
        return 0.0
    if len(word) >= 3 and names and names[0].startswith(word) and len(names[0]) > len(word):
        return 90.0
    if len(word) < 4:
        return 0.0
    if names and _sound(word) == _sound(names[0]):
        return 89.0
    return max((_similarity(word, n) for n in names if len(n) > 3 and n[0] == word[0]), default=0.0)


def _similarity(word: str, name: str) -> float:
    """One typing error in a name of four letters ("luiz") is accepted, although its ratio is lower."""
    slip = len(name) == 4 and OSA.distance(word, name, score_cutoff=1) <= 1
    return float(MIN_SIMILARITY) if slip else fuzz.ratio(word, name)


def _sound(word: str) -> str:
    """A word as it sounds, roughly, in English or Spanish: "keif" and "keith", "geovany" and "giovanni" are alike."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return re.sub(r"(.)\1+", r"\1", word)


def _blessings(found: Sequence[Token]) -> set[int]:
    """The positions of "jesus" in a blessing or a prayer: "jesus is lord", "in jesus name"."""
    words = [token.word for token in found]
    return {
        k
        for k, word in enumerate(words)
        if word in ("jesus", "jesucristo") and not _BLESSING.isdisjoint(words[max(0, k - 3) : k + 4])
    }


def _match_relations(
    found: Sequence[Token],
    people: Sequence[KnownPerson],
    lexicons: Sequence[Lexicon],
    hits: dict[int, list[tuple[float, KnownPerson]]],
) -> None:
    """Fill `hits` with those whom a relation names. Of "the father of my kids" the longest words count."""
    words = [token.word for token in found]
    covered = -1
    for i in range(len(words)):
        for size in (3, 2, 1):
            key = "_".join(words[i : i + size])
            fitting = frozenset[str]().union(*(lexicon.relations.get(key, ()) for lexicon in lexicons))
            if i > covered and fitting:
                related = [(95.0, p) for p in people if p.relation and normalize(p.relation) in fitting]
                if related:
                    hits[i] = related
                covered = i + size - 1
                break


def _narrow_neighbours(hits: dict[int, list[tuple[float, KnownPerson]]]) -> tuple[KnownPerson, ...]:
    """Adjacent words narrow each other down: "tanya johnson" is one Johnson, not every Johnson."""
    named: list[KnownPerson] = []
    previous: tuple[int, list[KnownPerson]] | None = None
    for i in sorted(hits):
        here = [p for _s, p in hits[i]]
        if previous is not None and i == previous[0] + 1:
            both = [p for p in previous[1] if p in here]
            if both:
                named = [p for p in named if p not in previous[1] or p in both]
                previous = (i, both)
                continue
        named.extend(p for p in here if p not in named)
        previous = (i, here)
    return tuple(named)


def find_speaker(found: Sequence[Token], lexicons: Sequence[Lexicon]) -> tuple[tuple[KnownPerson, ...], set[int]]:
    """Who the sender says they are ("this is keisha", "soy Ana Maria Diaz"), and the positions of that name."""
    for lexicon in lexicons:
        one, two = lexicon.lists.get("intro", ()), lexicon.lists.get("intro2", ())
        for i, token in enumerate(found[:8]):
            if token.word in one or (i and f"{found[i - 1].word}_{token.word}" in two):
                words = []
                for later in found[i + 1 : i + 5]:
                    if not later.word.isalpha() or any(later.word in x.chars for x in lexicons):
                        break
                    words.append(later.word.title())
                if words:
                    return (KnownPerson(" ".join(words)),), set(range(i + 1, i + 1 + len(words)))
    return (), set()


def find_party_size(found: Sequence[Token], lexicons: Iterable[Lexicon]) -> int | None:
    """How many come: "somos 3", "4 people", "me and my daughter"; None when not said."""
    words = [t.word for t in found]
    return next((n for lexicon in lexicons if (n := _party(found, words, lexicon))), None)


def _party(found: Sequence[Token], words: list[str], lexicon: Lexicon) -> int | None:
    lists = lexicon.lists
    counts = [_count(t, lexicon) for t in found] + [None] * 5
    for i, word in enumerate(words):
        following = words[i + 1 : i + 2]
        n = counts[i]
        counted = n and n > (found[i].number is None) and following and following[0] in lists["us"]
        if counted and (following[0] != "of" or words[i + 2 : i + 3] == ["us"]):
            return n
        if word in lists["weare"] and counts[i + 1] and words[i + 2 : i + 3] not in [[u] for u in lists["minutes"]]:
            return counts[i + 1]
        if word in lists["me"] and following and following[0] in lists["also"]:
            rest = words[i + 2 : i + 5]
            if any(w in lists["kids"] for w in rest):
                return next((1 + n for n in counts[i + 2 : i + 5] if n), 3)
            if any(w in lexicon.relations for w in rest):
                return 2
    return None


def _count(token: Token, lexicon: Lexicon) -> int | None:
    value = token.number if token.number is not None else lexicon.classes["NUM"].get(token.word)
    return value if isinstance(value, int) and 0 < value <= 20 else None
