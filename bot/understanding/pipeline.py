"""The pipeline: all stages of understanding one text, in order."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.languages import LANGUAGES
from bot.understanding import (
    act_rules,
    dateparser_fallback,
    digit_words,
    example_classifier,
    impossible_requests,
    named_zones,
    noise,
    option_choice,
    person_matching,
    visit_in_question,
    visit_references,
    window_roles,
)
from bot.understanding.answer import TextAnswer
from bot.understanding.answer_reader import read_answer
from bot.understanding.danger import find_danger, load_danger
from bot.understanding.entities import Entity, EntityKind
from bot.understanding.entity_extraction import extract_entities
from bot.understanding.entity_merging import merge_entities
from bot.understanding.language_detection import lexicons_for, rank_languages
from bot.understanding.lexicon import UNKNOWN, Lexicon
from bot.understanding.meaning import (
    Act,
    Grain,
    Intent,
    Meaning,
    Need,
    OrderCertainty,
    TextContext,
    Window,
    WindowRole,
)
from bot.understanding.orders import cancel_order, opt_out_order
from bot.understanding.phrase_classifier import UNCLASSIFIED, Classification, classify
from bot.understanding.time_mentions import EncodedText, TimeMention
from bot.understanding.tokenizer import Token, tokenize
from bot.understanding.windows import WindowContext, build_windows

MAX_CHARACTERS = 1600
MOVES = frozenset({Act.RESCHEDULE, Act.EARLIER, Act.LATER, Act.ANOTHER_DAY})
WISHES = frozenset({Act.OTHER, Act.BOOK, Act.AVAILABILITY, Act.GREETING})
MINUTES_PER_UNIT = {"minute": 1, "hour": 60}


def warm_up(languages: tuple[str, ...] = LANGUAGES) -> None:
    """Load word files and dateparser now (about 0.3 s), so that the first text is as quick as the others."""
    for lexicon in lexicons_for(languages):
        example_classifier.load_examples(lexicon.lang)
        load_danger(lexicon.lang)
    dateparser_fallback.warm_up(languages)


@dataclass(frozen=True)
class _Extraction:
    """What the rules found in one text: its tokens, their encoding, the entities, and the languages in it."""

    tokens: list[Token]
    row: str
    entities: list[Entity]
    lexicons: list[Lexicon]
    lang: str
    languages: tuple[str, ...]


def answer_in(text: str, languages: tuple[str, ...] = LANGUAGES) -> TextAnswer:
    """A text read as an answer, without anything else that it may mean."""
    extraction = _extract(noise.blank_unwritten_lines(text[:MAX_CHARACTERS]), languages, None)
    lexicons = sorted(lexicons_for(languages), key=lambda lexicon: lexicon.lang != extraction.lang)
    return read_answer(text, extraction.tokens, lexicons, extraction.entities)


def understand(
    text: str,
    *,
    now: datetime,
    languages: tuple[str, ...] = LANGUAGES,
    lang: str | None = None,
    context: TextContext | None = None,
    fallback: bool = True,
) -> Meaning:
    """What a text means at `now`, which is naive local wall time, or aware (its own wall time is taken).

    `lang` is the language remembered for this person; the text decides when it is clearly in another of
    `languages`. Never raises. `fallback` off leaves dateparser out (to measure what it adds).
    """
    context = context or TextContext()
    now = now.replace(tzinfo=None)
    text = noise.blank_unwritten_lines(text[:MAX_CHARACTERS])
    if noise.is_noise(text):
        return Meaning(act=Act.NOISE, lang=lang or languages[0])
    reference = visit_references.find_reference(text)
    extraction = _extract(visit_references.blank_reference(text, reference), languages, lang)
    answer, order = _replies(text, extraction, context)
    danger = find_danger(extraction.tokens, languages, context.people)
    said = _best_phrase(extraction, order)
    want = act_rules.by_danger(_act_by_rules(said, extraction, context, answer, order), danger)
    entities = _outside_numbers(
        extraction, reference, person_matching.resident_number_positions(extraction.tokens, context.people)
    )
    asked_when = context.asked == Need.WHEN and not context.offered
    roles_of = said if want.act == Act.RESCHEDULE else want
    certain = order is OrderCertainty.CERTAIN
    found, act = _mentions(
        extraction, entities, roles_of.act, now, asked_when, certain=certain, last_day=context.last_day
    )
    if act is not roles_of.act:
        want = Classification(act, 0.8, "a time given up for another")
    choice = (
        None
        if reference
        else option_choice.chosen_option(
            answer, len(extraction.tokens), lexicons_for(languages), context.offered, found
        )
    )
    want = _about_the_visit(want, found, extraction, context)
    day = context.day or (context.visit.date() if context.visit and want.act in MOVES else None)
    windows = (
        _windows(found, extraction, now, replace(context, day=day)) if choice is None or not context.offered else ()
    )
    if context.visit is not None and choice is None:
        want, windows = _relative_to_visit(want, windows, extraction, context.visit)
    windows = _at_same_time(want, windows, extraction, context.visit)
    windows = named_zones.in_zone_of_facility(windows, entities, context.zone)
    if not windows and choice is None and fallback:
        windows = dateparser_fallback.fallback_windows(
            text, extraction.tokens, _covered_tokens(entities), now, languages, extraction.lang
        )
    meaning = replace(
        _meaning(extraction, want, windows, choice, reference, context), answer=answer, order=order, danger=danger
    )
    return _with_impossible(act_rules.with_worry(meaning), text, extraction, found, context)


def _act_by_rules(
    said: Classification, extraction: _Extraction, context: TextContext, answer: TextAnswer, order: OrderCertainty
) -> Classification:
    """The act by the best phrase, then by the examples where nothing is asked, then by what the rules are sure of."""
    want = said
    if len(extraction.lexicons) == 1 and not context.asked and not context.offered:
        want = example_classifier.reclassify(said, extraction.tokens, extraction.lang)
    want = act_rules.by_answer_and_order(want, said, answer, order)
    return act_rules.by_opt_out(want, opt_out_order(extraction.tokens, lexicons_for(extraction.languages)))


def _with_impossible(
    meaning: Meaning, text: str, extraction: _Extraction, found: list[TimeMention], context: TextContext
) -> Meaning:
    """The meaning with what is impossible in it: a name that the sender may not see, a time that is over."""
    stranger = None
    if not meaning.residents and not meaning.visitors:
        stranger = impossible_requests.unknown_name(
            text, extraction.tokens, context.people, lexicons_for(extraction.languages)
        )
    over = (
        not meaning.windows
        and meaning.choice is None
        and (any(w.dated for w in found) or impossible_requests.names_past_day(extraction.tokens))
    )
    return replace(meaning, stranger=stranger, past=over)


def _mentions(
    extraction: _Extraction,
    entities: list[Entity],
    act: Act,
    now: datetime,
    lone: bool,
    *,
    certain: bool,
    last_day: date | None,
) -> tuple[list[TimeMention], Act]:
    """The days and times with their roles, and the act where they change it. `certain`: a cancellation is ordered."""
    if not extraction.lexicons:
        return [], act
    joined = EncodedText(extraction.lexicons, extraction.row)
    found = merge_entities(entities, joined, now.date(), act != Act.RESCHEDULE, lone, last_day)
    act = act if certain else window_roles.moved(act, found, joined)
    window_roles.assign_roles(found, act, joined)
    return found, act


def _extract(text: str, languages: tuple[str, ...], lang: str | None) -> _Extraction:
    found = tokenize(text)
    scored = rank_languages(text, found, lexicons_for(languages), lang)
    found = digit_words.spell_out(found, [lexicon for _score, lexicon in scored])
    if not scored:
        return _Extraction(found, "", [], [], lang or languages[0], languages)
    main = scored[0][1]
    row = main.encode(found)
    entities = extract_entities(main, found, row)
    lexicons = [main]
    for _score, other in scored[1:]:
        if _has_foreign_words(found, row, other):
            lexicons.append(other)
            row, entities = _mix_languages(found, row, entities, other)
    return _Extraction(found, row, entities, lexicons, main.lang, languages)


def _has_foreign_words(found: list[Token], row: str, other: Lexicon) -> bool:
    """Whether the text has words that only the other language knows."""
    return UNKNOWN in row and any(
        c == UNKNOWN and (t.word in other.chars or other.near(t.word) != UNKNOWN)
        for t, c in zip(found, row, strict=True)
    )


def _mix_languages(found: list[Token], row: str, entities: list[Entity], other: Lexicon) -> tuple[str, list[Entity]]:
    """Spanglish: the entities of the other language where the first one found none, or only weak ones."""
    their_row = other.encode(found)
    added = [e for e in extract_entities(other, found, their_row) if UNKNOWN in row[e.start : e.end] and not e.weak]
    kept = [e for e in entities if not any(a.overlaps(e) for a in added if e.weak or a.end - a.start > e.end - e.start)]
    added = [a for a in added if not any(a.overlaps(k) for k in kept)]
    row = "".join(t if c == UNKNOWN else c for c, t in zip(row, their_row, strict=True))
    return row, sorted(kept + added, key=lambda i: i.start)


def _replies(text: str, extraction: _Extraction, context: TextContext) -> tuple[TextAnswer, OrderCertainty]:
    """The text read as an answer, and as an order."""
    tokens, entities = extraction.tokens, extraction.entities
    lexicons = sorted(lexicons_for(extraction.languages), key=lambda lexicon: lexicon.lang != extraction.lang)
    known = {k for each in entities for k in range(each.start, each.end)}
    known |= visit_references.reference_positions(text, tokens)
    known |= person_matching.name_positions(tokens, context.people, lexicons)
    return read_answer(text, tokens, lexicons, entities), cancel_order(tokens, lexicons, frozenset(known))


def _best_phrase(extraction: _Extraction, order: OrderCertainty) -> Classification:
    """The classification with the highest score of all languages in the text.

    Where they say that nothing must be cancelled, or ask whether it was, no phrase of cancelling counts.
    """
    best = UNCLASSIFIED
    without = frozenset({Act.CANCEL}) if order in (OrderCertainty.NEGATED, OrderCertainty.REPORTED) else frozenset()
    for lexicon in extraction.lexicons:
        row = extraction.row if lexicon is extraction.lexicons[0] else lexicon.encode(extraction.tokens)
        found = classify(lexicon, row, without)
        if found.act is Act.AGAIN:  # "move it to monday, same time" is a move
            move = classify(lexicon, row, without | {Act.AGAIN})
            found = move if move.act is Act.RESCHEDULE else found
        best = found if found.score > best.score else best
    return best


def _about_the_visit(
    want: Classification, found: list[TimeMention], extraction: _Extraction, context: TextContext
) -> Classification:
    """ "What about 3", with one visit booked and nothing else in question, is about that visit."""
    if context.visit is None or context.day is not None or context.offered or want.act not in WISHES or not found:
        return want
    names = person_matching.name_positions(extraction.tokens, context.people, extraction.lexicons)
    lone_clock = all(each.clock is not None and not each.dated for each in found)
    return Classification(Act.RESCHEDULE, 0.6, "a clock alone, and a visit") if lone_clock and not names else want


def _relative_to_visit(
    want: Classification, windows: tuple[Window, ...], extraction: _Extraction, visit: datetime
) -> tuple[Classification, tuple[Window, ...]]:
    tokens, lexicons = extraction.tokens, extraction.lexicons
    if want.act in MOVES | WISHES and (
        moved := visit_in_question.shifted(tokens, extraction.entities, lexicons, visit)
    ):
        return Classification(Act.RESCHEDULE, 0.8, "so much earlier or later"), (moved,)
    return want, windows


def _at_same_time(
    want: Classification, windows: tuple[Window, ...], extraction: _Extraction, visit: datetime | None
) -> tuple[Window, ...]:
    """ "move my friday 2pm to monday same time": the clock of the visit that is named, or of the one in question."""
    if want.act not in MOVES | {Act.AGAIN}:
        return windows
    named = next((w.start for w in windows if w.role == WindowRole.EXISTING and w.grain is Grain.TIME), visit)
    if named is None:
        return windows
    return visit_in_question.at_same_time(windows, extraction.tokens, extraction.lexicons, named)


def _outside_numbers(
    extraction: _Extraction, reference: tuple[str, int, int] | None, numbers: set[int]
) -> list[Entity]:
    """The entities outside a visit reference ("V7K2" is no clock time) and a resident's number."""
    entities = (
        [i for i in extraction.entities if numbers.isdisjoint(range(i.start, i.end))]
        if numbers
        else extraction.entities
    )
    if reference is None:
        return entities
    _code, start, end = reference
    return [i for i in entities if extraction.tokens[i.end - 1].end <= start or extraction.tokens[i.start].start >= end]


def _covered_tokens(entities: list[Entity]) -> set[int]:
    return {k for i in entities if not i.weak for k in range(i.start, i.end)}


def _windows(
    found: list[TimeMention], extraction: _Extraction, now: datetime, context: TextContext
) -> tuple[Window, ...]:
    if not found:
        return ()
    main = extraction.lexicons[0]
    parts = {name: hours for lexicon in reversed(extraction.lexicons) for name, hours in lexicon.parts.items()}
    offered = {o.start.date() for o in context.offered}
    offered_day = offered.pop() if len(offered) == 1 else context.day
    here = WindowContext(now, context.visiting_hours, parts, main.month_first, offered_day, context.last_day)
    made: list[Window] = []
    rank = 0
    for mention in found:
        span = (extraction.tokens[mention.start].start, extraction.tokens[mention.end - 1].end)
        new = [replace(w, text=span, role=mention.role, rank=rank + 1) for w in build_windows(mention, here)]
        made += [w for w in new if all((w.start, w.end, w.role) != (m.start, m.end, m.role) for m in made)]
        rank += bool(new)
    return tuple(made)


def _span(extraction: _Extraction, entity: Entity) -> tuple[int, int]:
    return extraction.tokens[entity.start].start, extraction.tokens[entity.end - 1].end


def _meaning(
    extraction: _Extraction,
    want: Classification,
    windows: tuple[Window, ...],
    choice: int | None,
    reference: tuple[str, int, int] | None,
    context: TextContext,
) -> Meaning:
    visitors, introduced = person_matching.find_speaker(extraction.tokens, lexicons_for(extraction.languages))
    named = person_matching.match_residents(
        extraction.tokens, context.people, extraction.lexicons, _covered_tokens(extraction.entities) | introduced
    )
    lengths = (i for i in extraction.entities if i.kind == EntityKind.LENGTH and i.data.get("unit") in MINUTES_PER_UNIT)
    used = {w.text for w in windows}  # "an hour later" is no visit of an hour
    length = next((i for i in lengths if _span(extraction, i) not in used), None)
    want = window_roles.adjust_to_context(want, windows, choice, bool(named), context, reference is not None)
    windows = window_roles.sort_windows(windows, want.intent)
    given = {Need.WHO: bool(named), Need.WHEN: any(w.role == WindowRole.WANT for w in windows)}
    needed = (Need.WHEN,) if want.intent == Intent.OTHER and (named or windows) else want.intent.needs
    return Meaning(
        act=want.act,
        intent_score=round(want.score, 2),
        windows=windows,
        duration_min=None if length is None else length.data.get("n", 1) * MINUTES_PER_UNIT[length.data["unit"]],
        residents=named,
        visitors=visitors,
        party=person_matching.find_party_size(extraction.tokens, extraction.lexicons),
        reference=None if reference is None else reference[0],
        choice=choice,
        lang=extraction.lang,
        needs=tuple(need for need in needed if not given[need]),
        why=(want.said, *(i.pattern for i in extraction.entities)),
    )
