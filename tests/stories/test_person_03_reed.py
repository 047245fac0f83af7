"""Officer Reed has thirty seconds, fourteen requests and two colleagues (people.md, 3)."""

from tests.cast import MOLINA
from tests.stories.phones import Phone
from tests.stories.scenes import asked
from tests.talk import Line

# "7 ok   oh no, meant 8"


def test_seven_ok_oh_no_meant_eight(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears(
        f"{card.reference} approved: Tanya Johnson, Sat Nov 28 1:45 PM. "
        f"Family hears in 30 s. Not meant? {card} UNDO. None left open."
    )
    reed.says(f"{card} undo", after=10)
    reed.hears(
        f"{card.reference}: taken back, the family heard nothing. It waits for an answer again: {card} OK or {card} NO."
    )
    line.passes(minutes=2)
    tanya.hears_nothing()
    tanya.says("did they say yes")
    tanya.hears("is with staff", but_not=["approved"])
    reed.says(f"{card} no b")
    reed.hears(f"{card.reference} denied (schedule).")
    tanya.hears("Staff could not approve the visit with Marcus")


def test_until_it_takes_effect_the_family_hears_what_is_so(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.says("did they say yes", after=10)
    tanya.hears("is with staff", but_not=["approved"])
    tanya.hears("Approved: Marcus, Sat Nov 28, 1:45 PM. Pay $2.70")


def test_undo_too_late_says_whom_to_call(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved: Marcus")
    reed.says(f"{card} undo")
    reed.hears(f"Too late to take back {card.reference} (approved by Officer Reed): the family was told.",
               "call +1 555 123 4500")  # fmt: skip
    tanya.hears_nothing()
    reed.says("undo")
    reed.hears("There is nothing to take back")


def test_oops_alone_takes_the_last_one_back(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears(f"{card.reference}: Sun Nov 29 2:00 PM offered and kept")
    reed.says("oops", after=5)
    reed.hears(f"{card.reference}: taken back")
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_his_later_word_counts_while_nobody_has_heard_the_first(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    reed.says(f"{card} no c", after=10)
    reed.hears("denied (resident)")
    tanya.hears("Staff could not approve the visit with Marcus", "the resident cannot come at that time")
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_colleague_who_answers_meanwhile_hears_who_was_first(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says("1")
    tanya.hears("Asked")
    molina = line.phone(MOLINA)
    his, hers = reed.hears_card(), molina.hears_card()
    reed.says(f"{his} ok")
    reed.hears("approved")
    molina.says(f"{hers} no b", after=10)
    molina.hears(f"{his.reference}: Officer Reed already approved it at 10:01 AM, so your answer had no effect.")
    molina.says(f"{hers} undo", after=5)
    molina.hears("There is nothing to take back")
    tanya.hears("Approved: Marcus")


def test_family_gives_up_in_the_pause(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.says(f"cancel visit {card.reference}", after=5)
    tanya.hears("Cancelled, as you asked")
    reed.hears(f"{card.reference} cancelled by the family")
    line.passes(minutes=2)
    tanya.hears_nothing()
