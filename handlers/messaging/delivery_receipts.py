"""What a provider reports later about a text: delivered, failed, blocked. Each report is a row; the order does not matter."""

import sqlalchemy as sa

from bot.messages import DeliveryStatus, Receipt
from handlers import tables
from handlers.deps import Deps
from handlers.work import Work, run
from scheduling.people import chat_opt_outs
from scheduling.storage.database import insert_or_ignore


def apply(deps: Deps, receipt: Receipt, *, correlation: str) -> bool:
    """Record a delivery status; False when it is known already. A person who blocked us gets no more texts."""

    def transact(work: Work) -> bool:
        row = {
            "channel": receipt.channel, "provider_id": receipt.provider_id, "status": receipt.status,
            "error": receipt.error, "at": receipt.at or work.now,
        }  # fmt: skip
        if insert_or_ignore(work.tx, tables.receipts, [row]) == 0:
            return False
        if receipt.status is DeliveryStatus.BLOCKED:
            _blocked(work, receipt)
        return True

    return run(deps, transact, correlation=correlation)


def _blocked(work: Work, receipt: Receipt) -> None:
    if (chat := receipt.address) is not None:
        chat_opt_outs.opt_out(work.tx, chat.channel, chat.theirs, chat.ours, now=work.now, how="provider")
        return
    table = tables.messages
    mine = (table.c.channel == receipt.channel) & (table.c.provider_id == receipt.provider_id)
    row = work.tx.execute(sa.select(table).where(mine).limit(1)).first()
    if row is not None:
        chat_opt_outs.opt_out(work.tx, row.channel, row.theirs, row.ours, now=work.now, how="provider")
