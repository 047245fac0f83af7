"""Which dialogue answers which interpretation. The `match` is exhaustive: mypy fails where an interpretation is missing."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, assert_never

from bot import questions
from bot.messages import CarrierKeyword
from bot.questions import Option
from bot.understanding.staff import StaffCommand, StaffSubject
from handlers.dialogues.family import (
    book,
    cancel,
    connect,
    counter_offer,
    danger,
    link_account,
    menu,
    move,
    opt_out,
    small_questions,
    wrong_number,
)
from handlers.dialogues.family.ask_back import ask_back
from handlers.dialogues.staff import decide, flag_commands
from handlers.dialogues.turn import Step, Turn
from handlers.inbound import interpretation as found
from handlers.inbound.carrier_keywords import CARRIER_STOP, OWN_STOP
from handlers.inbound.interpretation import Beside, Interpretation, NoOption
from handlers.inbound.topics import Topic
from handlers.messaging import prompts
from handlers.messaging.option_actions import (
    FacilityChoice,
    NoPayload,
    OfferChoice,
    OptionAction,
    ResidentChoice,
    SpeakerChoice,
    TimeChoice,
    VisitChoice,
    VisitsChoice,
)
from handlers.tables import PromptState

TOPICS: dict[Topic, Callable[[Turn], Step]] = {
    Topic.BOOK: book.book,
    Topic.MOVE: move.move,
    Topic.OTHER_TIMES: book.other_time,
    Topic.CANCEL: cancel.cancel,
    Topic.CANNOT_COME: cancel.cannot,
    Topic.DROP: cancel.drop,
    Topic.NO_CHANGE: cancel.nothing,
    Topic.KEEP: cancel.keep,
    Topic.COMING: menu.coming,
    Topic.STATUS: menu.status,
    Topic.VISITS: menu.visits,
    Topic.PAY: menu.pay,
    Topic.LATE: menu.late,
    Topic.CONNECT: connect.connect,
    Topic.QUESTION: small_questions.answer,
    Topic.HELP: menu.help_,
    Topic.LANGUAGE: menu.language,
    Topic.URGENT: danger.urgent,
    Topic.DANGER_ANSWERED: danger.answered,
    Topic.WAITLIST: menu.waitlist,
    Topic.WHO_IS_THIS: wrong_number.who_is_this,
    Topic.WRONG_NUMBER: wrong_number.wrong_number,
    Topic.THANKS: menu.thanks,
    Topic.NO_ANSWER: menu.no_answer,
    Topic.NOT_UNDERSTOOD: menu.not_understood,
}
"""Which dialogue answers which topic. A test holds it to all topics there are."""
NOTHING_USABLE = frozenset({Topic.NO_ANSWER, Topic.THANKS, Topic.NOT_UNDERSTOOD, Topic.OTHER_TIMES})
"""Topics that do not end a row of texts that were not understood."""
UNCHANGED = NOTHING_USABLE | {Topic.DANGER_ANSWERED}
"""Topics that see what the chat knows as it is: the others find the question about danger taken back."""
SERVED_BESIDE_DANGER = frozenset({
    Topic.BOOK, Topic.MOVE, Topic.CANCEL, Topic.CANNOT_COME, Topic.STATUS, Topic.VISITS, Topic.PAY, Topic.LATE,
    Topic.CONNECT, Topic.QUESTION,
})  # fmt: skip
"""What is answered where it stands in a text beside a danger."""


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
        case found.OptionChosen(option, beside):
            step = choose(menu.understood(turn), option)
            return _with_question(turn, step, beside) if beside else step
        case found.AskBack(said, options):
            return ask_back(turn, said, options)
        case found.NumberUnknown(number, why):
            return _number_unknown(turn, number, why)
        case found.SpeakerNamed(person):
            return book.continue_as(turn, person)
        case found.FamilyIntent(topic, beside):
            step = TOPICS[topic](turn if topic in UNCHANGED else menu.understood(turn))
            return _with_request(turn, step, beside) if beside else step
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


def _with_question(turn: Turn, step: Step, beside: Beside) -> Step:
    """The answer to a choice, and to the question that stood beside it."""
    if beside.topic is not Topic.QUESTION:
        return step
    asked = replace(turn, meaning=beside.meaning, text=beside.text, conversation=step.conversation, prompts=())
    return replace(step, says=(*step.says, small_questions.answer_alone(asked)))


def _with_request(turn: Turn, step: Step, beside: Beside) -> Step:
    """The answer to a danger, and to the request that stood beside it in the same text."""
    if beside.topic not in SERVED_BESIDE_DANGER:
        return step
    turned = replace(turn, meaning=beside.meaning, text=beside.text, conversation=step.conversation)
    asked = TOPICS[beside.topic](turned)
    answers = replace(asked.conversation.answers, danger=step.conversation.answers.danger)
    return replace(asked, says=(*step.says, *asked.says), conversation=replace(asked.conversation, answers=answers))


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
    # The offer of another time stays open beside the list of others.
    for prompt in turn.prompts if option.action != OptionAction.OTHER_TIMES else ():
        if any(each.number == option.number and each.action == option.action for each in prompt.options):
            prompts.close(turn.tx, prompt.id, PromptState.ANSWERED, now=turn.now)
    return ACTIONS[OptionAction(option.action)](turn, option)


Payload = TypeVar("Payload", bound=NoPayload)


def _with(payload: type[Payload], answer: Callable[[Turn, Payload], Step]) -> Callable[[Turn, Option], Step]:
    """A function of a dialogue, given the option's payload out of its stored data."""
    return lambda turn, option: answer(turn, payload.from_json(option.data))


ACTIONS: dict[OptionAction, Callable[[Turn, Option], Step]] = {
    OptionAction.SPEAKER: _with(SpeakerChoice, book.choose_speaker),
    OptionAction.RESIDENT: _with(ResidentChoice, book.choose_resident),
    OptionAction.FACILITY: _with(FacilityChoice, lambda turn, chosen: link_account.facility_chosen(turn, chosen.code)),
    OptionAction.ASK: _with(TimeChoice, book.ask_kept),
    OptionAction.ASK_AT: _with(TimeChoice, book.ask_at),
    OptionAction.ASK_MOVE: _with(TimeChoice, move.ask_move),
    OptionAction.MOVE_AT: _with(TimeChoice, move.move_at),
    OptionAction.MOVE_VISIT: _with(VisitChoice, move.move_visit),
    OptionAction.CANCEL_VISIT: _with(VisitChoice, cancel.cancel_visit),
    OptionAction.CANNOT_VISIT: _with(VisitChoice, cancel.cannot_visit),
    OptionAction.CANCEL_ALL: _with(VisitsChoice, cancel.cancel_all),
    OptionAction.CANCEL_YES: _with(VisitChoice, cancel.cancel_yes),
    OptionAction.CANCEL_NO: _with(VisitChoice, cancel.cancel_no),
    OptionAction.KEEP_ALL: _with(NoPayload, cancel.keep_all),
    OptionAction.TAKE_OFFER: _with(OfferChoice, counter_offer.take_offer),
    OptionAction.OTHER_TIMES: _with(OfferChoice, counter_offer.other_times),
    OptionAction.SWAP_OFFER: _with(TimeChoice, counter_offer.swap_offer),
    OptionAction.DROP_OFFER: _with(OfferChoice, counter_offer.drop_offer),
}
"""What each option does. A test holds it to all actions there are, and to those that are offered."""
