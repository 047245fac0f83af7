"""The whole reading of one text, stage by stage."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.languages import LANGUAGES
from bot.understanding import (
    dateparser_fallback,
    example_classifier,
    impossible_requests,
    noise,
    option_choice,
    person_matching,
    visit_references,
    window_roles,
)
from bot.understanding.entity_extraction import Entity, extract_entities
from bot.understanding.entity_merging import EncodedText, TimeMention, merge_entities
from bot.understanding.language_detection import lexicons_for, rank_languages
from bot.understanding.lexicon import UNKNOWN, Lexicon
from bot.understanding.meaning import Act, Context, Intent, Meaning, Need, Window, WindowRole
from bot.understanding.phrase_classifier import UNCLASSIFIED, Classification, classify
from bot.understanding.tokenizer import Token, tokenize
from bot.understanding.windows import WindowContext, build_windows

MAX_CHARACTERS = 1600
MINUTES_PER_UNIT = {"minute": 1, "hour": 60}


def warm_up(languages: tuple[str, ...] = LANGUAGES) -> None:
    """Load word files and dateparser now (about 0.3 s), so that the first text is as quick as the others."""
    for lexicon in lexicons_for(languages):
        example_classifier.load_examples(lexicon.lang)
    dateparser_fallback.warm_up(languages)


@dataclass(frozen=True)
class _Read:
    """One text as read by the rules: tokens, the row, its pieces, the languages in it."""

    found: list[Token]
    row: str
    items: list[Entity]
    lexicons: list[Lexicon]
    lang: str
    languages: tuple[str, ...]


def understand(
    text: str,
    *,
    now: datetime,
    languages: tuple[str, ...] = LANGUAGES,
    lang: str | None = None,
    context: Context | None = None,
    last_stage: bool = True,
) -> Meaning:
    """What a text means, read at `now`: naive local wall time, or aware (its own wall time is taken).

    `lang` is the language remembered for this person; the text itself decides when it clearly is in another of
    `languages`. Never raises. `last_stage` off leaves dateparser out (to measure what it adds).
    """
    context = context or Context()
    now = now.replace(tzinfo=None)
    text = noise.blank_quoted_lines(text[:MAX_CHARACTERS])
    if noise.is_noise(text):
        return Meaning(act=Act.NOISE, lang=lang or languages[0])
    reference = visit_references.find_reference(text)
    got = _read(visit_references.blank_reference(text, reference), languages, lang)
    said = want = _said(got)
    if len(got.lexicons) == 1 and not context.asked and not context.offered:
        want = example_classifier.reclassify(said, got.found, got.lang)
    items = _without(got, reference, person_matching.resident_number_positions(got.found, context.people))
    asked_when = context.asked == Need.WHEN and not context.offered
    found = _wishes(got, items, said if want.act == Act.RESCHEDULE else want, now, asked_when)
    picked = (
        None if reference else option_choice.chosen_option(got.found, lexicons_for(languages), context.offered, found)
    )
    seen = _windows(found, got, now, context) if picked is None or not context.offered else ()
    if not seen and picked is None and last_stage:
        seen = dateparser_fallback.fallback_windows(text, got.found, _used(items), now, languages, got.lang)
    meaning = _meaning(got, want, seen, picked, reference, context)
    return _with_what_is_not(meaning, text, got, found, context)


def _with_what_is_not(meaning: Meaning, text: str, got: _Read, found: list[TimeMention], context: Context) -> Meaning:
    """Also a name that is none of theirs, and that the time named is over."""
    stranger = None
    if not meaning.residents and not meaning.visitors:
        stranger = impossible_requests.unknown_name(text, got.found, context.people, lexicons_for(got.languages))
    over = (
        not meaning.windows
        and meaning.choice is None
        and (any(w.dated for w in found) or impossible_requests.names_past_day(got.found))
    )
    return replace(meaning, stranger=stranger, past=over)


def _wishes(got: _Read, items: list[Entity], want: Classification, now: datetime, lone: bool) -> list[TimeMention]:
    if not got.lexicons:
        return []
    joined = EncodedText(got.lexicons, got.row)
    found = merge_entities(items, joined, now.date(), want.act != Act.RESCHEDULE, lone)
    window_roles.assign_roles(found, want.act, joined)
    return found


def _read(text: str, languages: tuple[str, ...], lang: str | None) -> _Read:
    found = tokenize(text)
    scored = rank_languages(text, found, lexicons_for(languages), lang)
    if not scored:
        return _Read(found, "", [], [], lang or languages[0], languages)
    main = scored[0][1]
    row = main.encode(found)
    items = extract_entities(main, found, row)
    lexicons = [main]
    for _score, other in scored[1:]:
        if _foreign(found, row, other):
            lexicons.append(other)
            row, items = _mixed(found, row, items, other)
    return _Read(found, row, items, lexicons, main.lang, languages)


def _foreign(found: list[Token], row: str, other: Lexicon) -> bool:
    """Does the text hold words that only the other language knows?"""
    return UNKNOWN in row and any(
        c == UNKNOWN and (t.word in other.chars or other.near(t.word) != UNKNOWN)
        for t, c in zip(found, row, strict=True)
    )


def _mixed(found: list[Token], row: str, items: list[Entity], other: Lexicon) -> tuple[str, list[Entity]]:
    """Spanglish: what the other language reads where the first one read nothing, or only something weak."""
    their_row = other.encode(found)
    added = [i for i in extract_entities(other, found, their_row) if UNKNOWN in row[i.i : i.j] and not i.weak]
    kept = [i for i in items if not any(a.i < i.j and i.i < a.j for a in added if i.weak or a.j - a.i > i.j - i.i)]
    added = [a for a in added if not any(a.i < k.j and k.i < a.j for k in kept)]
    row = "".join(t if c == UNKNOWN else c for c, t in zip(row, their_row, strict=True))
    return row, sorted(kept + added, key=lambda i: i.i)


def _said(got: _Read) -> Classification:
    """The heaviest phrase of all languages in the text."""
    best = UNCLASSIFIED
    for lexicon in got.lexicons:
        row = got.row if lexicon is got.lexicons[0] else lexicon.encode(got.found)
        found = classify(lexicon, row)
        best = found if found.score > best.score else best
    return best


def _without(got: _Read, reference: tuple[str, int, int] | None, numbers: set[int]) -> list[Entity]:
    """The pieces found outside a visit reference ("V7K2" holds no clock) and a resident's number."""
    items = [i for i in got.items if numbers.isdisjoint(range(i.i, i.j))] if numbers else got.items
    if reference is None:
        return items
    _code, start, end = reference
    return [i for i in items if got.found[i.j - 1].end <= start or got.found[i.i].start >= end]


def _used(items: list[Entity]) -> set[int]:
    return {k for i in items if not i.weak for k in range(i.i, i.j)}


def _windows(found: list[TimeMention], got: _Read, now: datetime, context: Context) -> tuple[Window, ...]:
    if not found:
        return ()
    main = got.lexicons[0]
    parts = {name: hours for lexicon in reversed(got.lexicons) for name, hours in lexicon.parts.items()}
    offered = {o.start.date() for o in context.offered}
    offered_day = offered.pop() if len(offered) == 1 else None
    here = WindowContext(now, context.visiting_hours, parts, main.month_first, offered_day)
    made: list[Window] = []
    rank = 0
    for wish in found:
        span = (got.found[wish.i].start, got.found[wish.j - 1].end)
        new = [replace(w, text=span, role=wish.role, rank=rank + 1) for w in build_windows(wish, here)]
        made += [w for w in new if all((w.start, w.end, w.role) != (m.start, m.end, m.role) for m in made)]
        rank += bool(new)
    return tuple(made)


def _meaning(
    got: _Read,
    want: Classification,
    seen: tuple[Window, ...],
    picked: int | None,
    reference: tuple[str, int, int] | None,
    context: Context,
) -> Meaning:
    visitors, introduced = person_matching.find_speaker(got.found, lexicons_for(got.languages))
    named = person_matching.match_residents(got.found, context.people, got.lexicons, _used(got.items) | introduced)
    length = next((i for i in got.items if i.make == "length" and i.data.get("unit") in MINUTES_PER_UNIT), None)
    want = window_roles.adjust_to_context(want, seen, picked, bool(named), context, reference is not None)
    seen = window_roles.sort_windows(seen, want.intent)
    given = {Need.WHO: bool(named), Need.WHEN: any(w.role == WindowRole.WANT for w in seen)}
    needed = (Need.WHEN,) if want.intent == Intent.OTHER and (named or seen) else want.intent.needs
    return Meaning(
        act=want.act,
        intent_score=round(want.score, 2),
        windows=seen,
        duration_min=None if length is None else length.data.get("n", 1) * MINUTES_PER_UNIT[length.data["unit"]],
        residents=named,
        visitors=visitors,
        party=person_matching.find_party_size(got.found, got.lexicons),
        reference=None if reference is None else reference[0],
        choice=picked,
        lang=got.lang,
        needs=tuple(need for need in needed if not given[need]),
        why=(want.said, *(i.said for i in got.items)),
    )
