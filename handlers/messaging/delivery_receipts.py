"""Later words on a text of ours: delivered, failed, blocked. Rows of their own, applied once, in any order."""

import sqlalchemy as sa

from bot.messages import Receipt
from handlers import tables
from handlers.deps import Deps
from scheduling.people import people
from scheduling.storage.database import Tx, upsert_nothing


def apply(deps: Deps, receipt: Receipt, *, correlation: str) -> bool:  # noqa: ARG001  # as every way in
    """Record a delivery status; False for one that is known. Somebody who blocked us gets no more texts."""
    now = deps.now()
    row = {
        "channel": receipt.channel, "provider_id": receipt.provider_id, "status": receipt.status,
        "error": receipt.error, "at": receipt.at or now,
    }  # fmt: skip

    def work(tx: Tx) -> bool:
        if upsert_nothing(tx, tables.receipts, [row]) == 0:
            return False
        if receipt.status == "blocked":
            _blocked(tx, receipt, deps)
        return True

    return deps.db.run(work)


def _blocked(tx: Tx, receipt: Receipt, deps: Deps) -> None:
    kind, _, chat = receipt.provider_id.partition(":")
    if kind == "chat":  # Telegram names the chat, not a message
        people.opt_out(tx, receipt.channel, chat, deps.settings.telegram_id, now=deps.now(), how="provider")
        return
    table = tables.messages
    mine = (table.c.channel == receipt.channel) & (table.c.provider_id == receipt.provider_id)
    row = tx.execute(sa.select(table).where(mine).limit(1)).first()
    if row is not None:
        people.opt_out(tx, row.channel, row.theirs, row.ours, now=deps.now(), how="provider")
