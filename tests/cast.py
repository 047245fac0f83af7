"""The named people of the stories, and the sample facility with a line of its file changed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

OURS = "+15551234567"
"""The number that families text."""
BOT = "712345"
"""The id of the Telegram bot."""
WHATSAPP_NUMBER = "+15551239999"
"""Our WhatsApp sender."""
HELP = "+1 555 123 4500"
CENTRAL = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=CENTRAL)
"""When every story begins unless it says otherwise: a Monday morning, with staff at work and families awake."""
SAMPLE = Path(__file__).resolve().parents[1] / "scheduling" / "sample.toml"


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a phone. All texts to this phone must be in `language`."""

    name: str
    phone: str
    language: str = "en"
    staff: bool = False


TANYA = Member("Tanya Johnson", "+15550100002")
"""Mother of Marcus, aunt of Darnell. She shares her phone with her daughter Keisha."""
ANA = Member("Ana Diaz", "+15550100001", "es")
"""Sister of Luis. Reads Spanish only."""
WHITLOCK = Member("Dana Whitlock", "+15550100009")
"""An attorney."""
REED = Member("Officer Reed", "+15550109001", staff=True)
"""Decides for unit B."""
MOLINA = Member("Sgt. Molina", "+15550109002", staff=True)
"""Supervisor, decides for every unit."""
STRANGER = Member("a phone nobody knows", "+15550188888")

TANYA_ALONE = (
    """[[visitors]]
name = "Keisha Johnson"
phone = "+15550100002"
may_visit = [{ resident = "48213", relation = "sister" }]
""",
    "",
)
"""Only Tanya uses this phone, so nobody is asked who is writing."""
RUTH = Member("Ruth Price", "+15550100003")
"""Mother of Darnell, in the facility files below."""
RUTH_TOO = (
    "[[attorneys]]",
    """[[visitors]]
name = "Ruth Price"
phone = "+15550100003"
may_visit = [{ resident = "50333", relation = "mother" }]

[[attorneys]]""",
)
ROSA = Member("Rosa Lima", "+15550100004")
"""A friend of Luis who reads English, in the facility files below."""
ROSA_TOO = (
    "[[attorneys]]",
    """[[visitors]]
name = "Rosa Lima"
phone = "+15550100004"
may_visit = [{ resident = "51877", relation = "friend" }]

[[attorneys]]""",
)
ONE_TERMINAL_IN_B = ('[[terminals]]\nname = "B-2"\nunit = "B"\n', "")
NO_KEEP_APART = (('[[keep_apart]]                      # no visits on the same day; families never learn why\n'
                 'residents = ["48213", "50333"]\n'), "")  # fmt: skip
REED_HAS_FAMILY = (
    "[[attorneys]]",
    """[[visitors]]
name = "Paul Reed"
phone = "+15550109001"
may_visit = [{ resident = "48213", relation = "cousin" }]

[[attorneys]]""",
)
MOLINA_IN_SPANISH = ('role = "supervisor"', 'role = "supervisor"\nlanguage = "es"')
WITHOUT_UNDO = ("# [staff_rules]", '[staff_rules]\nundo_within = "0s"')
"""Decisions take effect immediately; for tests with a real clock."""
FREE = ('per_minute = "0.09"', 'per_minute = "0"')


def facility_file(*changes: tuple[str, str]) -> str:
    """The sample facility file with each of `changes` (old text, new text) made once. Fails when an old text is not in it."""
    text = SAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the sample, not once"
        text = text.replace(old, new)
    return text
