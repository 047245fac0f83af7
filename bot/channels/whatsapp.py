"""WhatsApp by Twilio: the same account, webhooks, signatures and client as SMS, with WhatsApp's own rules.

WhatsApp takes free text only within 24 hours of the person's last message. Later it takes a template that Meta has
approved: one per language, whose only variable is the text. `docs/going-live.md` has the words to submit.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pydantic import field_validator

from bot.adapters import Adapter, Finding, Installation, SettingsGroup
from bot.channels.base import Capabilities, Permanent
from bot.channels.twilio import ROUTES, TwilioChannel, TwilioSettings, account_of
from bot.channels.twilio_client import MessageParameters
from bot.channels.twilio_codes import meaning
from bot.languages import LANGUAGES
from bot.messages import ChannelName, Outgoing, Sent

WHATSAPP: Final = ChannelName("whatsapp")
OUTSIDE_WINDOW: Final = "63016"
MAX_TEXT_CHARS: Final = 1600
MAX_VARIABLE_CHARS: Final = 900
"""A template's body may have 1,024 characters with its variables; the fixed words of the template need the rest."""
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


class WhatsAppSettings(TwilioSettings):
    """Our WhatsApp sender, one for all facilities, and the approved template of each language (Content SIDs, HX...)."""

    twilio_whatsapp_number: str = ""
    twilio_whatsapp_template_en: str = ""
    twilio_whatsapp_template_es: str = ""

    @field_validator("twilio_whatsapp_number")
    @classmethod
    def _whatsapp_number(cls, value: str) -> str:
        if value and not re.fullmatch(r"\+[1-9]\d{6,14}", value):
            raise ValueError(f"{value!r} is not a phone number such as +15550100200")
        return value

    @field_validator("twilio_whatsapp_template_en", "twilio_whatsapp_template_es")
    @classmethod
    def _whatsapp_template(cls, value: str) -> str:
        if value and not _CONTENT_SID.fullmatch(value):
            raise ValueError(f"{value!r} is not a Content SID: HX and 32 hexadecimal digits")
        return value


class TwilioWhatsApp(TwilioChannel):
    """The WhatsApp channel. `number` is our sender, `templates` the Content SID of the approved template by language."""

    name = WHATSAPP
    prefix = "whatsapp:"
    capabilities = Capabilities(
        buttons=False,
        edits=False,
        segments=False,
        carrier_answers_keywords=False,
        sender_proven=True,
        phone_addresses=True,
        contact_button=False,
        freeform_window=timedelta(hours=24),
    )

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        public_url: str,
        api_base_url: str | None = None,
        *,
        number: str,
        templates: Mapping[str, str],
    ) -> None:
        super().__init__(account_sid, auth_token, public_url, api_base_url)
        self._number_of_ours = number
        self._templates = {language: sid for language, sid in templates.items() if sid}

    @property
    def ours(self) -> str:
        """Our sender, the same for all facilities."""
        return self._number_of_ours

    def send(self, outgoing: Outgoing) -> Sent:
        """Send free text inside the window, else the template. Twilio decides: error 63016 means a closed window."""
        if not outgoing.freeform:
            return self._send_template(outgoing)
        try:
            return super().send(outgoing)
        except Permanent as refusal:
            if refusal.code != OUTSIDE_WINDOW:
                raise
            return self._send_template(outgoing)

    def _send_template(self, outgoing: Outgoing) -> Sent:
        if outgoing.language not in self._templates:
            raise Permanent(OUTSIDE_WINDOW, meaning(OUTSIDE_WINDOW))
        return self.create(outgoing, self._template(outgoing))

    def _template(self, outgoing: Outgoing) -> MessageParameters:
        """The template with the text as its variable. WhatsApp refuses line breaks and runs of spaces in a variable."""
        flat = " ".join(outgoing.text.split())
        variables = json.dumps({"1": _cut(flat, MAX_VARIABLE_CHARS)}, ensure_ascii=False)
        return {"content_sid": self._templates[outgoing.language], "content_variables": variables}

    def content(self, outgoing: Outgoing) -> MessageParameters:
        """The text as it is: WhatsApp supports every character."""
        return {"body": _cut(outgoing.text, MAX_TEXT_CHARS)}

    def same_words(self, body: str, outgoing: Outgoing) -> bool:
        """Whether a listed message holds these words, alone or inside the template."""
        return _cut(" ".join(outgoing.text.split()), MAX_VARIABLE_CHARS) in " ".join(body.split())

    def check(self, installation: Installation) -> list[Finding]:  # noqa: ARG002  # the signature of all checks
        """Whether a template is set for each language: without one, nothing reaches a family a day after they wrote."""
        missing = [language.upper() for language in LANGUAGES if language not in self._templates]
        return [
            Finding(
                f"WhatsApp: TWILIO_WHATSAPP_TEMPLATE_{language} is not set: a day after a person wrote nothing reaches them."
            )
            for language in missing
        ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def _build(settings: WhatsAppSettings) -> TwilioWhatsApp | None:
    if not settings.twilio_whatsapp_number:
        return None
    templates = {"en": settings.twilio_whatsapp_template_en, "es": settings.twilio_whatsapp_template_es}
    return TwilioWhatsApp(*account_of(settings), number=settings.twilio_whatsapp_number, templates=templates)


ADAPTER: Final = Adapter[WhatsAppSettings, TwilioWhatsApp](
    name=WHATSAPP,
    provider="twilio",
    build=_build,
    groups=(
        SettingsGroup(
            "whatsapp",
            ("twilio_whatsapp_number",),
            ("twilio_whatsapp_template_en", "twilio_whatsapp_template_es"),
            builds_on=("twilio_account_sid", "twilio_auth_token"),
        ),
    ),
    routes=ROUTES,
)
