"""Reads a text as an answer to a question of ours: numbers, yes, no, "any", "neither", and what stands beside them.

Courtesy, hesitation and words that only choose ("ill take", "please mam", "god bless") are no part of an answer. What is
left when they and the answer are taken off is `TextAnswer.rest`: a question, a wish, or words that were not expected.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from bot.understanding.answer import TextAnswer
from bot.understanding.entities import Entity, EntityKind
from bot.understanding.lexicon import Lexicon, cached_per_language
from bot.understanding.phrase_list import PhraseList, load_phrases, unstretch
from bot.understanding.tokenizer import Token

MAX_WORDS = 60
"""A text with more words than this is not an answer: all of it is the rest."""
MAX_OPTION = 20
"""No question of ours has more options. A larger number is not a choice."""
_ORDINAL_ENDINGS = frozenset(("st", "nd", "rd", "th", "º", "ª"))
_ARTICLES = frozenset(("the", "la", "el"))
_UNCERTAIN_ONES = frozenset(("one", "una", "uno"))
"""Words that are 1 only where nothing else is the number: "the second one", "la una"."""
_BETWEEN = frozenset(("or", "and", "o", "u", "y", "/", ",", ";", "&", "-"))
_OR = frozenset(("or", "o", "u"))
_NOT = frozenset(("not", "but", "except", "besides", "dont", "cant", "wont", "nor", "excepto", "menos", "salvo", "ni"))


class Part(StrEnum):
    """What a piece of a text is to the question that is open. The values name lists of `words/*.replies.toml`."""

    YES = "yes"
    NO = "no"
    ANY = "any"
    NEITHER = "neither"
    CHOOSE = "choose"
    COURTESY = "courtesy"
    FILLER = "filler"
    HEDGE = "hedge"
    LEAD = "number"  # "number", "option", "#": what stands before a number
    NUMBER = "is a number"
    REST = "is anything else"


def read_answer(
    text: str, tokens: Sequence[Token], lexicons: Sequence[Lexicon], entities: Sequence[Entity]
) -> TextAnswer:
    """Read a text as an answer. `lexicons` are the languages it may be in, that of the text first."""
    if len(tokens) > MAX_WORDS:
        return TextAnswer(rest=text)
    lists = [load_phrases(lexicon.lang) for lexicon in lexicons]
    words = [plain_word(token.word, lexicons) for token in tokens]
    parts = _parts(tokens, words, lexicons, [_phrases_by_first_word(lexicon.lang) for lexicon in lexicons])
    beside_words = Part.REST in parts
    choosing: list[int] = []
    for k, number in _numbers(tokens, parts, lexicons):
        free = _may_choose(words, k, entities, beside_words=beside_words) or _led(words, k, lists)
        if free and 0 < number <= MAX_OPTION and not _refused(words, parts, k):
            choosing.append(number)
        else:
            parts[k] = Part.REST
    return TextAnswer(
        numbers=tuple(dict.fromkeys(choosing)),
        alternatives=any(word in _OR and parts[k] is Part.FILLER for k, word in enumerate(words)),
        yes=Part.YES in parts,
        no=Part.NO in parts,
        any=Part.ANY in parts,
        neither=Part.NEITHER in parts,
        opens=next((part for part in parts if part not in (Part.COURTESY, Part.FILLER)), None) is Part.YES,
        asks="?" in text,
        hedged=Part.HEDGE in parts,
        rest=_rest_of(text, tokens, parts),
    )


def _parts(
    tokens: Sequence[Token],
    words: Sequence[str],
    lexicons: Sequence[Lexicon],
    phrases: Sequence[Mapping[str, Sequence[tuple[tuple[str, ...], Part]]]],
) -> list[Part]:
    """What each token is to the question."""
    parts: list[Part] = []
    while (at := len(parts)) < len(words):
        part, size = _longest(words, at, phrases)
        if size <= 1 and _number_at(tokens[at], lexicons) is not None:
            part, size = Part.NUMBER, 1
        elif part is None:
            part, size = (Part.FILLER if _is_mark(words[at]) else Part.REST), 1
        elif part is Part.LEAD:
            part = Part.FILLER
        parts += [part] * size
    for k in range(1, len(parts) - 1):  # "2 or 3"
        if words[k] in _BETWEEN and parts[k - 1] is parts[k + 1] is Part.NUMBER:
            parts[k] = Part.FILLER
    certain = any(p is Part.NUMBER and words[k] not in _UNCERTAIN_ONES for k, p in enumerate(parts))
    if certain or {Part.REST, Part.YES, Part.CHOOSE} & set(parts):  # "the second one", "i like that one"
        parts = [Part.FILLER if p is Part.NUMBER and words[k] in _UNCERTAIN_ONES else p for k, p in enumerate(parts)]
    return parts


def _numbers(tokens: Sequence[Token], parts: Sequence[Part], lexicons: Sequence[Lexicon]) -> list[tuple[int, int]]:
    found = [(k, _number_at(tokens[k], lexicons)) for k, part in enumerate(parts) if part is Part.NUMBER]
    return [(k, number) for k, number in found if number is not None]


def plain_word(word: str, lexicons: Sequence[Lexicon]) -> str:
    """A word as the phrase lists spell it: a stretched one is shortened, where one of its ways is a word that we know."""
    ways = unstretch(word)
    if len(ways) == 1:
        return word
    known = (way for way in ways if any(way in lexicon.chars for lexicon in lexicons))
    return next(known, ways[0])


@cached_per_language
def _phrases_by_first_word(lang: str) -> Mapping[str, Sequence[tuple[tuple[str, ...], Part]]]:
    """The phrases of all parts by their first word: the others, longest first, and in the order of `Part` where two are
    equally long."""
    found: dict[str, list[tuple[tuple[str, ...], Part]]] = {}
    named = load_phrases(lang)
    for part in Part:
        for first, rest in named[part].phrases() if part in named else ():
            found.setdefault(first, []).append((rest, part))
    return {first: sorted(rests, key=lambda each: -len(each[0])) for first, rests in found.items()}


def _longest(
    words: Sequence[str], at: int, phrases: Iterable[Mapping[str, Sequence[tuple[tuple[str, ...], Part]]]]
) -> tuple[Part | None, int]:
    """The part whose phrase at this place is longest; of two languages the first counts where both are equally long."""
    best: Part | None = None
    size = 0
    for by_first_word in phrases:
        for rest, part in by_first_word.get(words[at], ()):
            if len(rest) < size:
                break
            if tuple(words[at + 1 : at + 1 + len(rest)]) == rest:
                best, size = part, len(rest) + 1
                break
    return best, size


def _number_at(token: Token, lexicons: Sequence[Lexicon]) -> int | None:
    if token.number is not None:
        return token.number
    for lexicon in lexicons:
        for kind in ("ORD", "NUM"):
            value = lexicon.classes.get(kind, {}).get(token.word)
            if isinstance(value, int) and 0 < value <= MAX_OPTION:
                return value
    return 1 if token.word in _UNCERTAIN_ONES else None


def _may_choose(words: Sequence[str], at: int, entities: Sequence[Entity], *, beside_words: bool) -> bool:
    """Whether the number at this place can be that of an option: nothing else claims it.

    The rules for times read "la 2" and "the 2nd" as a clock and a day; alone, or with an article only, they choose.
    """
    claims = [each for each in entities if each.start <= at < each.end]
    if not claims:
        return not beside_words
    if all(each.kind is EntityKind.BARE for each in claims):
        return True
    others = {words[k] for each in claims for k in range(each.start, each.end) if k != at}
    return not beside_words and others <= _ARTICLES | _ORDINAL_ENDINGS


def _led(words: Sequence[str], at: int, lists: Iterable[Mapping[str, PhraseList]]) -> bool:
    """Whether "number", "option" or "#" stands before a number."""
    return any(
        Part.LEAD in named and named[Part.LEAD].length_at(words, start) == at - start
        for named in lists
        for start in range(max(at - 2, 0), at)
    )


def _refused(words: Sequence[str], parts: Sequence[Part], at: int) -> bool:
    """Whether a number is named to rule it out: "not 2", "anything but 2"; "not bad, 2 works" rules out nothing."""
    return any(words[k] in _NOT and parts[k] is Part.REST for k in range(max(at - 2, 0), at))


def _is_mark(word: str) -> bool:
    """Whether this is a mark, an emoji or the ending of an ordinal: no word and no number."""
    return word in _ORDINAL_ENDINGS or (len(word) == 1 and not word.isalnum())


def _rest_of(text: str, tokens: Sequence[Token], parts: Sequence[Part]) -> str:
    """The words that are no answer, as they stand in the text, with the small words beside them."""
    rest = [k for k, part in enumerate(parts) if part is Part.REST]
    if not rest:
        return ""
    first, last = rest[0], rest[-1]
    loose = (Part.FILLER, Part.CHOOSE)
    while first > 0 and parts[first - 1] in loose and tokens[first - 1].word.isalnum():
        first -= 1
    while last + 1 < len(parts) and parts[last + 1] in loose and tokens[last + 1].word.isalnum():
        last += 1
    return text[tokens[first].start : tokens[last].end]
