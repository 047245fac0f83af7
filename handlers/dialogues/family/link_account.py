"""Telegram: who is this? The phone they share themselves, or a one-time code from staff, and nothing else, says so."""

from dataclasses import replace

from bot import questions
from bot.messages import Inbound
from bot.questions import Option
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from scheduling.facilities import store
from scheduling.people import people
from scheduling.policy.ids import FacilityId
from scheduling.policy.vocabulary import AddressSource, PersonKind


def link(turn: Turn, message: Inbound) -> Step:
    """Link this chat to the people of a shared phone, or to the person a code was made for."""
    if message.start_code is not None:
        told = message.start_code
        # Whoever starts the bot, perhaps again after blocking it, wants to be written to.
        people.opt_in(turn.tx, turn.address.channel, turn.address.theirs, turn.address.ours)
        return _hello(turn) if not told or _names_facility(turn, told) else _by_code(turn, told)
    contact = message.contact
    if contact is None or not contact.own:
        return turn.end(Say("telegram_not_own", turn.facts, contact_button=True))
    phone = "+" + contact.phone.lstrip("+")
    known = people.at(turn.tx, "sms", phone)
    if not known:
        return turn.end(turn.say("telegram_not_linked"))
    for person in known:
        people.link(turn.tx, person.id, turn.address.channel, turn.address.theirs, AddressSource.CONTACT)
    return _welcome(turn, known[0])


def which_facility(turn: Turn, message: Inbound, of: set[FacilityId]) -> Step | None:
    """One bot serves all facilities: who is known at several says which one this chat is about. None when it is settled."""
    if turn.address.channel != "telegram" or len(of) < 2 or message.contact is not None:
        return None
    rules = {store.rules(turn.tx, each).code: store.rules(turn.tx, each).name for each in sorted(of)}
    told = (message.start_code or "").casefold()
    picked = questions.pressed(message.button or "", turn.conversation.options)
    if picked is None and turn.conversation.step == "facility":
        picked = questions.read_choice(message.text, turn.conversation.options)
    code = (
        told if told in rules else picked.data["code"] if picked is not None and picked.action == "facility" else None
    )
    if code is not None:
        conversation = replace(turn.conversation.ended(), facility=code)
        return replace(turn, conversation=conversation).end(turn.say("help", facility=rules[code]))
    if turn.conversation.facility in rules:
        return None
    options = [Option(0, name, "facility", {"code": each}) for each, name in rules.items()]
    return turn.offer("ask_facility", options, dialogue="link", step="facility", answers={})


def choose_facility(turn: Turn, option: Option) -> Step:
    """From now on this chat is about that facility, until another is named."""
    conversation = replace(turn.conversation.ended(), facility=option.data["code"])
    return replace(turn, conversation=conversation).end(turn.say("help", facility=option.label))


def _names_facility(turn: Turn, code: str) -> bool:
    """Whether it is the public code of a facility, as on a poster: it says where somebody is, not who."""
    known = (store.rules(turn.tx, each).code for each in store.everyone(turn.tx))
    return code.casefold() in known


def _by_code(turn: Turn, code: str) -> Step:
    person = people.redeem(turn.tx, code, turn.address.channel, turn.address.theirs, now=turn.now)
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
