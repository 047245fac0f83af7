"""Telegram: who is this? The phone they share themselves, or a one-time code from staff, and nothing else, says so."""

from dataclasses import replace

from bot.conversation import Answers, Dialogue, DialogueStep
from bot.messages import PHONE, Contact
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from handlers.messaging.option_actions import FacilityChoice, OptionAction, option
from scheduling.facilities import store
from scheduling.people import chat_opt_outs, people, person_addresses
from scheduling.policy.vocabulary import AddressSource, PersonKind


def started(turn: Turn, code: str) -> Step:
    """Somebody followed a link that starts the bot, perhaps again after blocking it: they want to be written to."""
    chat_opt_outs.opt_in(turn.tx, turn.address.channel, turn.address.theirs, turn.address.ours)
    return _hello(turn) if not code or _names_facility(turn, code) else _by_code(turn, code)


def contact_shared(turn: Turn, contact: Contact) -> Step:
    """Link this chat to the people of a shared phone, when the provider says that it is the sender's own."""
    if not contact.own:
        return turn.end(Say("telegram_not_own", turn.facts, contact_button=True))
    phone = "+" + contact.phone.lstrip("+")
    known = person_addresses.at_address(turn.tx, PHONE, phone)
    if not known:
        return turn.end(turn.say("telegram_not_linked"))
    for person in known:
        person_addresses.link(turn.tx, person.id, turn.address.channel, turn.address.theirs, AddressSource.CONTACT)
    return _welcome(turn, known[0])


def ask_facility(turn: Turn) -> Step:
    """One bot serves all facilities: whoever is known at several says which one this chat is about."""
    options = [option(name, OptionAction.FACILITY, FacilityChoice(code)) for code, name in turn.facilities.items()]
    return turn.offer("ask_facility", options, dialogue=Dialogue.LINK, step=DialogueStep.FACILITY, answers=Answers())


def facility_chosen(turn: Turn, code: str) -> Step:
    """From now on this chat is about that facility, until another is named."""
    if code not in turn.facilities:  # an old question, and they do not belong to it any more
        return turn.stay(turn.say("opened_question_expired"))
    conversation = replace(turn.conversation.ended(), facility=code)
    return replace(turn, conversation=conversation).end(turn.say("help", facility=turn.facilities[code]))


def _names_facility(turn: Turn, code: str) -> bool:
    """Whether it is the public code of a facility, as on a poster: it says where somebody is, not who."""
    known = (store.rules(turn.tx, each).code for each in store.everyone(turn.tx))
    return code.casefold() in known


def _by_code(turn: Turn, code: str) -> Step:
    person = person_addresses.redeem(turn.tx, code, turn.address.channel, turn.address.theirs, now=turn.now)
    if person is None:
        return turn.end(turn.say("invite_bad"))
    return _welcome(turn, person)


def _welcome(turn: Turn, person: people.Person) -> Step:
    """In the language of the person this chat now belongs to."""
    theirs = replace(turn, lang=text_facts.known(person.language, turn.facility))
    key = "staff_help" if person.kind == PersonKind.STAFF else "telegram_linked"
    return turn.end(Say(key, body=theirs.words(key, name=person.first_name)))


def _hello(turn: Turn) -> Step:
    if turn.speakers or turn.officer is not None:
        return turn.end(turn.say("help" if turn.speakers else "staff_help"))
    return turn.end(Say("telegram_hello", turn.facts, contact_button=True))
