"""Which dialogue answers which interpretation. The `match` is exhaustive: mypy fails where an interpretation is missing."""

from collections.abc import Callable
from typing import assert_never

from bot import questions
from bot.messages import CarrierKeyword
from bot.questions import Option
from bot.understanding.staff import StaffCommand, StaffSubject
from handlers.dialogues.family import book, change, counter_offer, link_account, menu, opt_out, wrong_number
from handlers.dialogues.family.ask_back import ask_back
from handlers.dialogues.staff import decide, flag_commands
from handlers.dialogues.turn import Step, Turn
from handlers.inbound import interpretation as found
from handlers.inbound.carrier_keywords import CARRIER_STOP, OWN_STOP
from handlers.inbound.interpretation import Interpretation, NoOption
from handlers.inbound.topics import Topic
from handlers.messaging import prompts

Action = Callable[[Turn, Option], Step]
ACTIONS: dict[str, Action] = {
    "speaker": book.choose_speaker,
    "resident": book.choose_resident,
    "facility": link_account.choose_facility,
    "ask": book.ask_kept,
    "ask_at": book.ask_at,
    "ask_move": change.ask_move,
    "move_at": change.move_at,
    "move_visit": change.move_visit,
    "cancel_visit": change.cancel_visit,
    "cannot_visit": change.cannot_visit,
    "cancel_all": change.cancel_all,
    "cancel_yes": change.cancel_yes,
    "cancel_no": change.cancel_no,
    "keep_all": change.keep_all,
    "take_offer": counter_offer.take_offer,
    "other_times": counter_offer.other_times,
    "swap_offer": counter_offer.swap_offer,
    "drop_offer": counter_offer.drop_offer,
}

TOPICS: dict[Topic, Callable[[Turn], Step]] = {
    Topic.BOOK: book.book,
    Topic.MOVE: change.move,
    Topic.OTHER_TIMES: book.other_time,
    Topic.CANCEL: change.cancel,
    Topic.CANNOT_COME: change.cannot,
    Topic.DROP: change.drop,
    Topic.NO_CHANGE: change.nothing,
    Topic.STATUS: menu.status,
    Topic.VISITS: menu.visits,
    Topic.PAY: menu.pay,
    Topic.LATE: menu.late,
    Topic.CONNECT: menu.connect,
    Topic.QUESTION: menu.question,
    Topic.HELP: menu.help_,
    Topic.LANGUAGE: menu.language,
    Topic.URGENT: menu.urgent,
    Topic.WAITLIST: menu.waitlist,
    Topic.WHO_IS_THIS: wrong_number.who_is_this,
    Topic.WRONG_NUMBER: wrong_number.wrong_number,
    Topic.NO_ANSWER: menu.no_answer,
    Topic.NOT_UNDERSTOOD: menu.not_understood,
}
"""Which dialogue answers which topic. A test holds it to all topics there are."""
NOTHING_USABLE = frozenset({Topic.NO_ANSWER, Topic.NOT_UNDERSTOOD, Topic.OTHER_TIMES})
"""Topics that do not end a row of texts that were not understood."""


def dispatch(interpretation: Interpretation, turn: Turn) -> Step:  # noqa: C901, PLR0911, PLR0912  # a case for each
    """The answer to a message."""
    match interpretation:
        case found.WhichFacility():
            return link_account.ask_facility(turn)
        case found.FacilityChosen(code):
            return link_account.facility_chosen(turn, code)
        case found.KeywordSent():
            return _keyword(turn, interpretation)
        case found.StartLink(code):
            return link_account.started(turn, code)
        case found.ContactShared(contact):
            return link_account.contact_shared(turn, contact)
        case found.CardButton(code, verb):
            return decide.answer(turn, StaffCommand(verb, code=code))
        case found.ButtonPress(option):
            return _expired(turn) if option is None else choose(turn, option)
        case found.StaffText(command):
            answer = flag_commands.answer if command.verb.subject is StaffSubject.FLAG else decide.answer
            return flag_commands.after_list(turn, command, answer(turn, command))
        case found.StaffUnclear():
            return decide.not_understood(turn)
        case found.UnknownSender():
            return menu.stranger(turn)
        case found.Photo():
            return menu.photo(turn)
        case found.OptionChosen(option):
            return choose(turn, option)
        case found.AskBack(said, options):
            return ask_back(turn, said, options)
        case found.NumberUnknown(number, why):
            return _number_unknown(turn, number, why)
        case found.SpeakerNamed(person):
            return book.continue_as(turn, person)
        case found.FamilyIntent(topic):
            return TOPICS[topic](turn if topic in NOTHING_USABLE else menu.understood(turn))
        case found.ForeignButton():  # the guard has let nothing of it pass
            return turn.stay()
        case _:
            assert_never(interpretation)


def _keyword(turn: Turn, keyword: found.KeywordSent) -> Step:
    match keyword.keyword:
        case CarrierKeyword.HELP:
            return opt_out.help_(turn, answered=keyword.answered)
        case CarrierKeyword.START:
            return opt_out.start(turn, answered=keyword.answered)
        case CarrierKeyword.STOP:
            how = keyword.word if keyword.word in CARRIER_STOP | OWN_STOP else "words"
            return opt_out.stop(turn, how=how, answered=keyword.answered)
        case _:
            assert_never(keyword.keyword)


def _expired(turn: Turn) -> Step:
    return turn.stay(turn.say("opened_question_expired"))


def _number_unknown(turn: Turn, number: int, why: NoOption) -> Step:
    match why:
        case NoOption.CLOSED:
            return _expired(turn)
        case NoOption.NOT_ON_LIST:
            options = questions.numbered(turn.screen.options)
            return turn.stay(turn.say("no_such_option", choice=number, options=options))
        case NoOption.NO_LIST:
            return turn.stay(turn.say("nothing_open"))
        case _:
            assert_never(why)


def choose(turn: Turn, option: Option) -> Step:
    """What choosing an option does. A question that was pushed is answered by it."""
    for prompt in turn.prompts if option.action != "other_times" else ():  # the offer itself stays open beside the list
        if any(each.number == option.number and each.action == option.action for each in prompt.options):
            prompts.close(turn.tx, prompt.id, "answered", now=turn.now)
    return ACTIONS[option.action](turn, option)
