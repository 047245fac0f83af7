"""What a text means: its vocabularies, and the values that go in and come out of `understand`."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from bot.languages import Language
from bot.understanding.answer import NO_ANSWER, TextAnswer


class Need(StrEnum):
    """What a text leaves out and its intent requires."""

    WHO = "who"
    WHEN = "when"


class Intent(StrEnum):
    """The coarse purpose of a text. `needs` is what a dialogue must know before it can carry the intent out."""

    needs: tuple[Need, ...]

    def __new__(cls, value: str, *needs: Need) -> Self:
        """A member with its trait."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.needs = needs
        return member

    BOOK = "book", Need.WHO, Need.WHEN
    RESCHEDULE = "reschedule", Need.WHEN
    CANCEL = "cancel"
    STATUS = "status"
    AVAILABILITY = "availability", Need.WHEN
    AFFIRM = "affirm"
    DENY = "deny"
    HELP = "help"
    OTHER = "other"


class Act(StrEnum):
    """The fine purpose of a text. `intent` is the coarse one it belongs to.

    `about_existing` says that every day and time in the text describes a visit there is, never one that is wished for.
    The word files (`words/*.toml`) name the acts; a name that is not here fails when they are loaded.
    """

    intent: Intent
    about_existing: bool

    def __new__(cls, value: str, intent: Intent = Intent.OTHER, about_existing: bool = False) -> Self:
        """A member with its traits."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.intent = intent
        member.about_existing = about_existing
        return member

    BOOK = "book", Intent.BOOK
    STANDING = "standing", Intent.BOOK
    AGAIN = "again", Intent.BOOK
    WAITLIST = "waitlist", Intent.BOOK

    RESCHEDULE = "reschedule", Intent.RESCHEDULE
    EARLIER = "earlier", Intent.RESCHEDULE
    LATER = "later", Intent.RESCHEDULE
    ANOTHER_DAY = "another_day", Intent.RESCHEDULE
    CANNOT = "cannot", Intent.RESCHEDULE, True

    CANCEL = "cancel", Intent.CANCEL, True
    KEEP = "keep", Intent.DENY, True
    STATUS = "status", Intent.STATUS, True
    VISITS = "visits", Intent.STATUS, True
    AVAILABILITY = "availability", Intent.AVAILABILITY
    AFFIRM = "affirm", Intent.AFFIRM
    CHOOSE = "choose", Intent.AFFIRM
    DENY = "deny", Intent.DENY

    HELP = "help", Intent.HELP
    WHO_IS_THIS = "who_is_this", Intent.HELP
    CONNECT = "connect", Intent.HELP, True

    COMING = "coming", Intent.STATUS, True
    LATE = "late", Intent.OTHER, True
    PAY = "pay", Intent.OTHER, True
    URGENT = "urgent"
    STOP = "stop"
    START = "start"
    WRONG_NUMBER = "wrong_number"
    LANGUAGE_EN = "language_en"
    LANGUAGE_ES = "language_es"
    GREETING = "greeting"
    THANKS = "thanks"
    NOISE = "noise"
    OTHER = "other"

    QUESTION_HOURS = "question.hours", Intent.AVAILABILITY
    QUESTION_PRICE = "question.price"
    QUESTION_LENGTH = "question.length"
    QUESTION_PEOPLE = "question.people"
    QUESTION_RECORDED = "question.recorded"
    QUESTION_APP = "question.app"
    QUESTION_DEVICE = "question.device"
    QUESTION_JOIN = "question.join"
    QUESTION_DATA = "question.data"
    QUESTION_ANSWER_TIME = "question.answer_time"
    QUESTION_REFUND_RULES = "question.refund_rules"
    QUESTION_REFUND = "question.refund"
    QUESTION_CARD = "question.card"
    QUESTION_PAYDAY = "question.payday"
    QUESTION_WHO_PAYS = "question.who_pays"
    QUESTION_SHARE = "question.share"
    QUESTION_RECEIPT = "question.receipt"
    QUESTION_NEW_PHONE = "question.new_phone"
    QUESTION_LOCKDOWN = "question.lockdown"
    QUESTION_HEALTH = "question.health"
    QUESTION_COMPLAINT = "question.complaint"
    QUESTION_DRESS_CODE = "question.dress_code"
    QUESTION_ID = "question.id"
    QUESTION_HELD = "question.held"
    QUESTION_MONEY_ON_BOOKS = "question.money_on_books"

    @property
    def is_question(self) -> bool:
        """Whether this is a small question about the facility, answered from its file."""
        return self.value.startswith("question.")

    @property
    def question(self) -> str | None:
        """The key of a small question's answer in the facility file ("dress_code"), None for every other act."""
        return self.value.removeprefix("question.") if self.is_question else None

    @property
    def language(self) -> Language | None:
        """The language that is asked for, None for every other act."""
        return {Act.LANGUAGE_EN: Language.EN, Act.LANGUAGE_ES: Language.ES}.get(self)


class OrderCertainty(StrEnum):
    """How surely a text orders a cancellation.

    CERTAIN: in the imperative, and nothing in the text speaks against it. UNCERTAIN: the word is there. NEGATED: they say
    that it must not happen. REPORTED: they ask or say that it has happened. NONE: the word is not there.
    """

    CERTAIN = "certain"
    UNCERTAIN = "uncertain"
    NEGATED = "negated"
    REPORTED = "reported"
    NONE = "none"


class Concern(StrEnum):
    """What a text about a person's welfare is about: danger to somebody, a death, or worry without a sign of danger."""

    DANGER = "danger"
    GRIEF = "grief"
    WORRY = "worry"


class Certainty(StrEnum):
    """How surely a text tells of danger: by a rule, or by a weaker combination of words, which is asked about."""

    SURE = "sure"
    LIKELY = "likely"


@dataclass(frozen=True)
class Danger:
    """What a text tells of danger. `span` is the place of the clause that says it."""

    concern: Concern
    certainty: Certainty
    span: tuple[int, int]


class WindowRole(StrEnum):
    """What a window is to the visit: wished for, the time of a visit there is, or refused."""

    WANT = "want"
    EXISTING = "existing"
    EXCLUDE = "exclude"


class Grain(StrEnum):
    """How precisely a window was said. RANGE is several days that are no whole week, weekend or month."""

    TIME = "time"
    PART = "part"
    DAY = "day"
    WEEKEND = "weekend"
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"


class OpenEnd(StrEnum):
    """Which side of a window has no bound: AFTER has only a start, BEFORE only an end."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True)
class Window:
    """One stretch of local wall time that was said, half-open.

    `end` None with `open` None is an instant. A window with an open end stays within the day that was named.
    Windows of the same `rank` are equally welcome; lower ranks come first. `text` is the span of the message it was
    read from; `assumed` names every guess, such as "pm" or "next_day".
    """

    start: datetime | None
    end: datetime | None
    grain: Grain = Grain.TIME
    open: OpenEnd | None = None
    rank: int = 1
    role: WindowRole = WindowRole.WANT
    text: tuple[int, int] = (0, 0)
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownPerson:
    """A resident whom the sender may see, or a visitor named in the text. `relation` is what the sender is to them."""

    name: str
    number: str | None = None
    relation: str | None = None


@dataclass(frozen=True)
class Offer:
    """A stretch of local wall time on the table: an offered visit, or visiting hours of a day."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class TextContext:
    """What is known besides the text. `asked` names the question that is open; `Need.WHEN` is the one that counts here.

    `visit` is the start of the visit that a move would be about, `day` the day in question: a time without a day is on it.
    `offered` are the times on the list, `visiting_hours` decide between morning and afternoon, `people` are the
    residents whom the sender may see. `last_day` is the last one that can be booked: of two readings of a date the one
    up to it is meant. `zone` is the facility's: a time in another named zone ("2pm eastern") is converted to it.
    """

    asked: str | None = None
    offered: tuple[Offer, ...] = ()
    visiting_hours: tuple[Offer, ...] = ()
    people: tuple[KnownPerson, ...] = ()
    visit: datetime | None = None
    day: date | None = None
    last_day: date | None = None
    zone: ZoneInfo | None = None


@dataclass(frozen=True)
class Meaning:
    """Everything one text says. `needs` lists what is missing.

    `stranger` is a name that is none of the sender's residents; `past` says that the only time named is over.
    `answer` is the text read as the answer to a question, `order` how surely it orders a cancellation, `danger` what it
    tells of danger, a death or worry.
    `lang` is a code, not a `Language`: dateparser also reads languages that we do not speak.
    """

    act: Act = Act.OTHER
    intent_score: float = 0.0
    windows: tuple[Window, ...] = ()
    past: bool = False
    duration_min: int | None = None
    residents: tuple[KnownPerson, ...] = ()
    stranger: str | None = None
    visitors: tuple[KnownPerson, ...] = ()
    party: int | None = None
    reference: str | None = None
    choice: int | None = None
    answer: TextAnswer = NO_ANSWER
    order: OrderCertainty = OrderCertainty.NONE
    danger: Danger | None = None
    lang: str = Language.EN
    needs: tuple[Need, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def intent(self) -> Intent:
        """The coarse purpose, which follows from the act."""
        return self.act.intent
