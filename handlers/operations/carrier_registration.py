"""The texts that an operator copies into Twilio's forms. They are made from our own texts, so they match what we send."""

from datetime import datetime, timedelta

from bot import sms
from bot.texts import Money, say
from handlers.messaging import text_facts
from scheduling.policy.facility import Facility
from scheduling.policy.pricing import price
from scheduling.policy.vocabulary import VisitKind

KEYWORDS = {
    "stop": {"en": "STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT", "es": "PARAR, ALTO"},
    "help": {"en": "HELP, INFO", "es": "AYUDA"},
    "start_again": {"en": "START, UNSTOP", "es": "none, START serves both"},
}
"""The keywords of each reply. All of Twilio's default English keywords must stay: we expect Twilio to act on them."""
_TITLES = {"stop": "Opt-out", "help": "Help", "start_again": "Opt-in"}


def texts(facility: Facility, url: str) -> str:
    """All texts to paste for one facility, ready to print."""
    return "\n".join([*_opt_out(facility), *_campaign(facility, url), ""])


def _opt_out(facility: Facility) -> list[str]:
    lines = ["", f"=== {facility.name}: Advanced Opt-Out (Twilio, the Messaging Service's Opt-Out Management)"]
    for lang in facility.languages:
        words = {"facility": facility.name, "help": facility.help.to(lang)}
        for key, title in _TITLES.items():
            lines += ["", f"{title}, {lang}. Keywords: {KEYWORDS[key][lang]}", sms.fold(say(key, lang, **words))]
    return lines


def _campaign(facility: Facility, url: str) -> list[str]:
    """The A2P 10DLC campaign: its purpose, how people opt in, sample messages, and sentences for the web page."""
    lines = ["", f"=== {facility.name}: A2P 10DLC registration"]
    lines += ["Read each sentence before you sign it, and change what is not so at your facility."]
    lines += ["", "Use case: Account Notification, or Low Volume Mixed for a small facility"]
    lines += ["Embedded links: yes. Embedded phone numbers: yes. Age-gated: no. Lending: no."]
    lines += ["", "Campaign description", description(facility), "", "How people opt in", opt_in(facility)]
    for number, words in enumerate(samples(facility, url), 1):
        lines += ["", f"Sample message {number}", words]
    return [*lines, "", "Sentences for your privacy page and terms", *privacy(facility)]


def description(facility: Facility) -> str:
    """The purpose of the campaign."""
    return (
        f"{facility.name} uses this number to book video visits with the people it holds. Visitors and attorneys who "
        "are on the facility's list text whom they want to see and when. They are answered with open times, the staff's "
        "decision, a link to pay, a link to join the visit, and reminders of visits they asked for. Staff of the "
        "facility get the requests and answer them by text. There is no advertising, and nothing is sent on behalf of others."
    )


def opt_in(facility: Facility) -> str:
    """How people opt in. We never text a visitor who has not texted us first."""
    return (
        f"A visitor opts in by texting the number {facility.phone} first, to ask for a visit; it is shown on posters at "
        f"the facility and by its staff. The first answer to a number that is not known says who we are ({facility.name}), "
        "that message and data rates may apply, and that STOP ends texts. A visitor who never wrote is never written to. "
        "Staff numbers are entered by the facility after the officer has agreed in writing. "
        "Agreeing to texts is no condition of visiting: visits can be asked for by telephone, too."
    )


def samples(facility: Facility, url: str) -> list[str]:
    """Five of our texts in the facility's first language, with invented names, and one in each other language."""
    lang = facility.languages[0]
    keys = ["asked", "approved_pay", "paid_confirmed", "reminder_soon", "unknown_number"]
    made = [(key, lang) for key in keys] + [("asked", other) for other in facility.languages[1:]]
    return [sms.fold(say(key, lang, **_facts(facility, lang, f"{url}/{_page(key)}/{'x' * 22}"))) for key, lang in made]


def _page(key: str) -> str:
    return "p" if key == "approved_pay" else "j"


def _facts(facility: Facility, lang: str, link: str) -> dict[str, object]:
    start = datetime(2026, 11, 28, 14, 0, tzinfo=facility.zone)
    now, minutes = start - timedelta(days=2, hours=4), facility.lengths[0]
    # At least a day later, so that the text names the day: the reader of the form has no "today".
    by = now + max(facility.staff_answer_within, timedelta(days=1))
    opens = start - facility.join_early
    return text_facts.of_facility(facility, lang, now) | {
        "ref": "V7K2", "resident": "Alex", "start": start, "by": by, "minutes": minutes,
        "price": Money(price(facility, minutes, VisitKind.FAMILY), facility.currency), "join_from": opens,
        "opens": opens, "in_minutes": 15, "link": link,
    }  # fmt: skip


def privacy(facility: Facility) -> list[str]:
    """The sentences that carriers look for on the web page named in the registration."""
    return [
        f"By texting {facility.phone} you agree to get texts from {facility.name} about the video visits you ask for.",
        "About 8 texts per visit. Message and data rates may apply. Text HELP for help, STOP to end texts.",
        "Mobile numbers and consent to texts are not sold, nor shared with third parties or affiliates for marketing.",
        "Carriers are not liable for delayed or undelivered messages.",
        f"Questions: {facility.help.to(facility.languages[0])}",
    ]
