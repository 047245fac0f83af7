"""Starting points of stories: a visit that is asked, approved or booked, with Tanya in English or Ana in Spanish."""

from dataclasses import dataclass

from tests.cast import ANA, MOLINA, REED, TANYA, Member
from tests.stories.phones import Card, Phone
from tests.talk import Line


@dataclass(frozen=True, slots=True)
class Family:
    """A family, the officer who decides for it, and its words for the same wish."""

    member: Member
    officer: Member
    colleague: Member | None
    wish: str
    number: str
    time: str
    cancel: str
    move: str


TANYAS = Family(TANYA, REED, MOLINA, "can i see marcus saturday afternoon", "2", "1:45 PM", "cancel visit", "move")
ANAS = Family(ANA, MOLINA, None, "quiero ver a luis el sábado en la mañana", "2", "9:45 AM", "cancelar visita", "mover")


def asked(line: Line, family: Family = TANYAS) -> Card:
    """Bring a request before staff. Everybody has read their texts."""
    phone, officer = line.phone(family.member), line.phone(family.officer)
    phone.says(family.wish)
    phone.hears(family.time)
    phone.says(family.number)
    phone.hears(family.time)
    if family.colleague is not None:
        line.phone(family.colleague).hears_card()
    return officer.hears_card(family.member.name)


def approved(line: Line, family: Family = TANYAS) -> Card:
    """Bring a visit to the state in which it is approved and must be paid."""
    card, officer = asked(line, family), line.phone(family.officer)
    officer.says(f"{card} ok")
    officer.hears(card.reference, "approved")
    line.phone(family.member).hears("$2.70", "/p/")
    if family.colleague is not None:
        line.phone(family.colleague).hears(f"{card.reference} needs no answer now: approved by {officer.member.name}")
    return card


def booked(line: Line, family: Family = TANYAS) -> Card:
    """Bring a visit to the state in which it is paid and booked."""
    card, phone = approved(line, family), line.phone(family.member)
    phone.pays()
    phone.hears("/j/", card.reference)
    return card


def officer_of(line: Line, family: Family) -> Phone:
    return line.phone(family.officer)
