"""A family cancels a visit, several, or says that they cannot come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation import Answers, Dialogue, DialogueStep
from bot.understanding import OrderCertainty, visit_references
from bot.wording import Money
from handlers.dialogues.family import visit_summary
from handlers.dialogues.family.which_visit import already_over, ask_which, label_of, named_visit
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging.option_actions import (
    NoPayload,
    OptionAction,
    VisitChoice,
    VisitsChoice,
    option,
)
from scheduling import queries
from scheduling.policy.ids import VisitId
from scheduling.policy.pricing import Action
from scheduling.policy.visit_state import State
from scheduling.visits import ending, ledger, moving
from scheduling.visits.visit import Visit, find, get


def cancel(turn: Turn) -> Step:
    """Cancel one visit, or those whose references were sent. Else which one is asked; a guess is never acted on."""
    if turn.meaning.order is OrderCertainty.NONE:  # "I can't come"
        return cannot(turn)
    named = visit_references.find_references(turn.text)
    certain = turn.meaning.order is OrderCertainty.CERTAIN
    if len(named) > 1 and certain:
        return _cancel_each(turn, named)
    if named:
        visit = named_visit(turn)
        if visit is None:
            return turn.end(turn.say("cancel_unknown"))
        return _cancel(turn, visit) if certain or not visit.live else _ask_one(turn, visit)
    visits = visit_summary.mine(turn)
    if not visits:
        if turn.conversation.dialogue is Dialogue.BOOK and certain:
            return _drop_kept(turn)
        return turn.end(turn.say("nothing_to_cancel"))
    if len(visits) == 1:
        return _ask_one(turn, visits[0])
    return ask_which(turn, visits, "cancel_which", OptionAction.CANCEL_VISIT, every=visit_summary.says_all(turn.text))


def _ask_one(turn: Turn, visit: Visit) -> Step:
    """Cancel this one? A guess is never acted on."""
    only = option(turn.words("label.cancel"), OptionAction.CANCEL_VISIT, VisitChoice(visit.id))
    values = visit_summary.facts_of(turn, visit)
    return turn.offer(
        "cancel_one", [only], values,
        asks=False, dialogue=Dialogue.CANCEL, step=DialogueStep.WHICH, answers=Answers(),
    )  # fmt: skip


def keep(turn: Turn) -> Step:
    """ "Don't cancel": the visit that is meant stays, and they read so."""
    named = named_visit(turn)
    coming = [named] if named is not None and named.live else list(turn.visits)
    if not coming:
        return turn.stay(turn.say("nothing_changed"))
    if len(coming) > 1:
        return turn.stay(turn.say("visits_kept"))
    return turn.stay(turn.say("cancel_kept", visit_summary.facts_of(turn, coming[0])))


def _cancel_each(turn: Turn, named: Sequence[str]) -> Step:
    """Several by their references: each is told; those whose money would be kept are asked about after that."""
    found = [queries.by_reference(turn.tx, turn.facility_id, code) for code in named]
    mine = [visit for visit in found if visit is not None and visit.visitor_id in turn.speaker_ids]
    unknown = [turn.say("cancel_unknown")] if len(mine) < len(named) else []
    return _cancel_all(turn, mine, unknown)


def _cancel_all(turn: Turn, visits: Sequence[Visit], more: Sequence[Say] = ()) -> Step:
    asked = [each for each in visits if each.live and _keeps_money(turn, each)]
    done = [_cancel(turn, each).says for each in visits if each not in asked]
    says = (*(say for each in done for say in each), *more)
    if not asked:
        return turn.end(*says)
    last = (
        _cancel(turn, asked[0])
        if len(asked) == 1
        else ask_which(turn, asked, "cancel_which", OptionAction.CANCEL_VISIT)
    )
    return replace(last, says=(*says, *last.says))


def _keeps_money(turn: Turn, visit: Visit) -> bool:
    return ending.settlement_if_cancelled(turn.tx, visit, now=turn.now).action is Action.KEEP


def cancel_all(turn: Turn, chosen: VisitsChoice) -> Step:
    """All of those that were listed."""
    return _cancel_all(turn, [get(turn.tx, each) for each in chosen.visits])


def nothing(turn: Turn) -> Step:
    """No to a question about cancelling or moving: everything stays as it is."""
    about = {each.data["visit"] for each in turn.conversation.options if "visit" in each.data}
    visit = find(turn.tx, about.pop()) if len(about) == 1 else None
    if visit is None or not visit.live:
        return turn.end(turn.say("nothing_changed"))
    return turn.end(turn.say("cancel_kept", visit_summary.facts_of(turn, visit)))


def meant_a_visit(turn: Turn) -> Step | None:
    """Texts are back after a bare CANCEL, which the carrier took for itself: was it a visit? None when there is none."""
    coming = visit_summary.mine(turn)
    if not coming:
        return None
    if len(coming) == 1:
        options = [
            option(turn.words("label.cancel"), OptionAction.CANCEL_VISIT, VisitChoice(coming[0].id)),
            option(turn.words("label.keep"), OptionAction.CANCEL_NO, VisitChoice(coming[0].id)),
        ]
        values = visit_summary.facts_of(turn, coming[0])
        return turn.offer(
            "start_cancel",
            options,
            values,
            dialogue=Dialogue.CANCEL,
            step=DialogueStep.SURE,
            answers=Answers(),
        )
    options = [option(label_of(turn, visit), OptionAction.CANCEL_VISIT, VisitChoice(visit.id)) for visit in coming[:4]]
    options.append(option(turn.words("label.keep_all"), OptionAction.KEEP_ALL, NoPayload()))
    return turn.offer(
        "start_cancel_which", options, dialogue=Dialogue.CANCEL, step=DialogueStep.WHICH, answers=Answers()
    )


def keep_all(turn: Turn, _chosen: NoPayload) -> Step:
    """None of them was meant."""
    return turn.end(turn.say("visits_kept"))


def cannot(turn: Turn) -> Step:
    """ "I can't make it": move it or cancel it? Asked, never guessed; the number settles which."""
    named = named_visit(turn)
    coming = (
        [named] if named is not None and named.live else [visit for visit in visit_summary.mine(turn) if visit.live]
    )
    if not coming:
        return turn.end(turn.say("nothing_to_cancel"))
    if len(coming) > 1:
        return ask_which(turn, coming, "cancel_which", OptionAction.CANNOT_VISIT)
    return cannot_visit(turn, VisitChoice(coming[0].id))


def cannot_visit(turn: Turn, chosen: VisitChoice) -> Step:
    """They said which one they cannot come to."""
    visit = get(turn.tx, chosen.visit)
    options = [
        option(turn.words("label.move"), OptionAction.MOVE_VISIT, chosen),
        option(turn.words("label.cancel"), OptionAction.CANCEL_VISIT, chosen),
        option(turn.words("label.keep"), OptionAction.CANCEL_NO, chosen),
    ]
    return turn.offer(
        "cannot_come",
        options,
        visit_summary.facts_of(turn, visit),
        asks=False,
        dialogue=Dialogue.CANCEL,
        step=DialogueStep.CANNOT,
        answers=Answers(),
    )


def _drop_kept(turn: Turn) -> Step:
    """Free the place that is kept while they choose; a visit that was only being moved stays where it is."""
    answers = turn.conversation.answers
    kept = answers.kept or answers.visit
    visit = None if kept is None else find(turn.tx, VisitId(kept))
    if visit is not None and visit.state is State.CHOOSING:
        ending.cancel(turn.tx, visit, actor=turn.actor, now=turn.now)
    elif visit is not None and visit.live:
        if visit.new_starts is not None and not visit.asked_new:
            visit = moving.drop_move(turn.tx, visit, actor=turn.actor, now=turn.now)
        return turn.end(turn.say("move_kept", visit_summary.facts_of(turn, visit)))
    return turn.end(turn.say("dropped"))


def drop(turn: Turn) -> Step:
    """No to a read-back or to a list: nothing is asked. Without either, a move that staff are deciding is withdrawn."""
    moving_now = [visit for visit in visit_summary.mine(turn) if visit.state in (State.MOVING, State.MOVING_UNPAID)]
    if not turn.conversation.begun and len(moving_now) == 1:
        visit = moving.drop_move(turn.tx, moving_now[0], actor=turn.actor, now=turn.now)
        return turn.end(turn.say("move_kept", visit_summary.facts_of(turn, visit)))
    return _drop_kept(turn)


def cancel_visit(turn: Turn, chosen: VisitChoice) -> Step:
    """They said which one."""
    return _cancel(turn, get(turn.tx, chosen.visit))


def _cancel(turn: Turn, visit: Visit) -> Step:
    """Cancel, or (money would be kept) say what it costs and ask once."""
    values = visit_summary.facts_of(turn, visit)
    if not visit.live:
        return turn.end(already_over(turn, visit))
    settlement = ending.settlement_if_cancelled(turn.tx, visit, now=turn.now)
    if settlement.action is not Action.KEEP:
        return _give_up(turn, visit)
    chosen = VisitChoice(visit.id)
    options = [
        option(turn.words("label.cancel"), OptionAction.CANCEL_YES, chosen),
        option(turn.words("label.keep"), OptionAction.CANCEL_NO, chosen),
    ]
    values |= {"price": Money(settlement.amount, visit.currency), "until": _refund_until(turn, visit)}
    return turn.offer(
        "cancel_confirm_keep",
        options,
        values,
        asks=False,
        dialogue=Dialogue.CANCEL,
        step=DialogueStep.SURE,
        answers=Answers(),
    )


def _refund_until(turn: Turn, visit: Visit) -> datetime:
    return turn.local(visit.starts - turn.facility.cancel_with_refund_until)


def cancel_yes(turn: Turn, chosen: VisitChoice) -> Step:
    """Yes, cancel it although the money is kept."""
    visit = get(turn.tx, chosen.visit)
    return _give_up(turn, visit) if visit.live else turn.end(already_over(turn, visit))


def cancel_no(turn: Turn, chosen: VisitChoice) -> Step:
    """No, keep it."""
    return turn.end(turn.say("cancel_kept", visit_summary.facts_of(turn, get(turn.tx, chosen.visit))))


def _give_up(turn: Turn, visit: Visit) -> Step:
    settlement = ending.settlement_if_cancelled(turn.tx, visit, now=turn.now)
    values = visit_summary.facts_of(turn, visit) | {
        "price": Money(settlement.amount, visit.currency), "until": _refund_until(turn, visit),
    }  # fmt: skip
    carried = None if visit.carries is None else Money(ledger.net_paid(turn.tx, visit.id), visit.currency)
    ending.cancel(turn.tx, visit, actor=turn.actor, now=turn.now, reason="family")
    values["held"] = None if carried is None else turn.words("money.held", price=carried)
    key = {Action.REFUND: "refund", Action.KEEP: "kept"}.get(settlement.action, "nothing")
    return turn.end(turn.say(f"cancelled_by_you_{key}", values))
