"""How the console names a text: in words instead of its key."""

import pytest

from bot.texts import keys
from webhooks.console.words import about


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("refusal.open_requests_limit", "not possible: open requests limit"),
        ("visit_state.requested", "where it stands: requested"),
        ("approved_pay", "approved, to pay"),
        ("staff_list_empty", "staff list empty"),
        ("message", "message"),
    ],
)
def test_key_in_words(key: str, said: str) -> None:
    assert about(key) == said


def test_no_key_is_shown_as_it_is_stored() -> None:
    assert not [key for key in keys() if "_" in about(key)]
