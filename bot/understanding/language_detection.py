"""Language detection: by the words of a text that belong to one language only."""

from collections.abc import Sequence
from functools import cache, lru_cache

from bot.understanding import visit_references
from bot.understanding.lexicon import WORDS, Lexicon, load
from bot.understanding.tokenizer import Token


@cache
def lexicons_for(languages: tuple[str, ...]) -> tuple[Lexicon, ...]:
    """The lexicons of those languages we have a word file for, in the given order."""
    return tuple(load(lang) for lang in languages if (WORDS / f"{lang}.toml").is_file())


@lru_cache(maxsize=20000)
def _votes(word: str, langs: tuple[str, ...]) -> tuple[int, ...]:
    """The vote of one word for each language: 2 for a common word of it alone, 1 for any word of it alone, else 0."""
    lexicons = [load(lang) for lang in langs]
    common = [word in x.common or x.chars.get(word) in x.distinctive for x in lexicons]
    known_in = [word in x.chars for x in lexicons]
    alone = [sum(common) == 1 if c else sum(known_in) == 1 for c in common]
    return tuple((2 if c else k) * a for c, k, a in zip(common, known_in, alone, strict=True))


def rank_languages(
    text: str, found: Sequence[Token], lexicons: Sequence[Lexicon], lang: str | None
) -> list[tuple[int, Lexicon]]:
    """The languages by their votes, best first. A remembered language wins a draw and short texts."""
    named = visit_references.find_reference(text)
    if named is not None:  # the letters of a reference such as RF2Q are not words
        found = [token for token in found if not named[1] <= token.start < named[2]]
    langs = tuple(lexicon.lang for lexicon in lexicons)
    votes = [_votes(token.word, langs) for token in found]
    scored: list[tuple[int, Lexicon]] = []
    for n, lexicon in enumerate(lexicons):
        score = sum(vote[n] for vote in votes)
        if any(sign in text for sign in lexicon.lists.get("signs", ())):
            score += 3
        scored.append((score, lexicon))
    scored.sort(key=lambda s: -s[0])
    if lang and len(scored) > 1 and scored[0][0] - scored[1][0] < 2:
        scored.sort(key=lambda s: s[1].lang != lang)
    return scored
