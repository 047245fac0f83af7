"""The list of adapters: channels, payment gateways, video gateways. A new one is added here and nowhere else."""

from bot.adapters import Adapter, WebhookRoute
from bot.channels import telegram, twilio, whatsapp
from bot.channels.base import Channel
from bot.channels.telegram import TelegramSettings
from bot.channels.whatsapp import WhatsAppSettings
from handlers.gateways.payments import sandbox, stripe
from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.payments.stripe import StripeSettings
from handlers.gateways.video import builtin, jitsi, livekit
from handlers.gateways.video.base import VideoGateway
from handlers.gateways.video.builtin import BuiltinVideoSettings
from handlers.gateways.video.jitsi import JitsiSettings
from handlers.gateways.video.livekit import LiveKitSettings


class AdapterSettings(
    WhatsAppSettings, TelegramSettings, StripeSettings, BuiltinVideoSettings, LiveKitSettings, JitsiSettings
):
    """The settings of all adapters (WhatsApp's include those of the Twilio account)."""


CHANNELS: tuple[Adapter[AdapterSettings, Channel], ...] = (telegram.ADAPTER, whatsapp.ADAPTER, twilio.ADAPTER)
PAYMENTS: tuple[Adapter[AdapterSettings, PaymentGateway], ...] = (stripe.ADAPTER,)
SANDBOX: Adapter[AdapterSettings, PaymentGateway] = sandbox.ADAPTER
VIDEO: tuple[Adapter[AdapterSettings, VideoGateway], ...] = (builtin.ADAPTER, livekit.ADAPTER, jitsi.ADAPTER)
ADAPTERS: tuple[Adapter[AdapterSettings, object], ...] = (*CHANNELS, *PAYMENTS, SANDBOX, *VIDEO)


def paths() -> list[str]:
    """All paths that providers post to. Several adapters of one provider may share a path."""
    return list(dict.fromkeys(route.path for adapter in ADAPTERS for route in adapter.routes))


def route(path: str) -> tuple[WebhookRoute, Adapter[AdapterSettings, object]]:
    """The route at a path, with the first adapter that declares it. Raises StopIteration when none does."""
    return next((route, adapter) for adapter in ADAPTERS for route in adapter.routes if route.path == path)


def providers() -> list[str]:
    """All providers that post to us or have messages in the log."""
    return list(dict.fromkeys(each.provider for each in ADAPTERS if each.routes or each in CHANNELS or each is SANDBOX))


def provider_of(name: str) -> str:
    """The provider of the channel or gateway with this name; the name itself when there is none."""
    return next((each.provider for each in ADAPTERS if each.name == name), name)
