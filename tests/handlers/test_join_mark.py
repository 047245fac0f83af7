"""When Join is pressed on many phones at once, presence is recorded once."""

from handlers.calls import provider_events
from scheduling.people import visit_links
from scheduling.policy.vocabulary import LinkPurpose
from tests.handlers.line import Line
from tests.scheduling.kit import SATURDAY, at_once, minutes


def test_join_pressed_on_many_phones_at_once_is_one_mark(any_line: Line) -> None:
    line = any_line
    visit = line.record.confirmed()
    line.at(SATURDAY - minutes(2))
    tokens = [
        line.record.run(lambda tx: visit_links.mint(tx, visit.id, visit.visitor_id, LinkPurpose.JOIN, now=line.now))
        for _ in range(6)
    ]
    presses = [lambda token=token: provider_events.join(line.deps, token, correlation="c") for token in tokens]
    assert at_once(*presses) == [True] * 6
    assert [event.move for event in line.record.events(visit)].count("join") == 1
    assert line.record.fresh(visit).joined_at == line.now
