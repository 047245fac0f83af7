"""Who may enter a call and what a device may do in it: links of others, of yesterday, forged; phones that take over."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from handlers.calls import signaling
from handlers.calls.message_parser import FULL_READ, MAX_MESSAGE_CHARACTERS, parse_messages
from handlers.calls.signaling import Heartbeat
from handlers.calls.state_cache import MAX_AGE_UNNOTIFIED_SECONDS
from handlers.tables import flags, requests
from scheduling.calls import attendance, call_record, devices
from scheduling.policy.vocabulary import ActorKind, AdmittedBy, Side
from scheduling.storage.secret_tokens import LENGTH
from scheduling.storage.tables import call_beats, call_devices, call_messages, jobs, people
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.meeting import meet
from tests.webhooks.house import SATURDAY, House, application, minutes
from tests.webhooks.test_kiosk import rules
from webhooks.call_api.stream import all_messages

OFFER = {"number": 1, "kind": "offer", "body": {"sdp": "v=0"}}


@pytest.fixture
def app(house: House) -> Flask:
    return application(house)


@pytest.fixture
def visit(house: House) -> Visit:
    """Booked, and about to begin."""
    booked = house.paid()
    house.set_clock(SATURDAY + timedelta(seconds=30))
    return booked


def enter(phone: FlaskClient, link: str, how: str = "") -> Any:
    return phone.post(f"{link}/enter", json={"as": how})


def entered(phone: FlaskClient, link: str, how: str = "") -> dict[str, Any]:
    answer = enter(phone, link, how)
    assert answer.status_code == 200, answer.text
    entry: dict[str, Any] = answer.get_json()
    return entry


def screen(house: House, visit: Visit) -> dict[str, Any]:
    """The kiosk of the visit, as it entered: its key and its device."""
    with house.deps.db.begin() as tx:
        call_record.admit(tx, visit, AdmittedBy.PIN, now=house.now)
        device, key = devices.enter(tx, visit.id, devices.Seat(Side.KIOSK), now=house.now)
    return {"key": key, "device": device.id, "epoch": device.epoch}


def log(house: House) -> list[tuple[str, int, str]]:
    with house.deps.db.read() as tx:
        return [(row.kind, row.status, row.outcome) for row in tx.execute(sa.select(requests).order_by(requests.c.id))]


def beat(phone: FlaskClient, key: str, *, seen: bool = True, **report: Any) -> dict[str, Any]:
    answer = phone.post(f"/call/{key}/beat", json={"seen": seen, "heard": seen, "report": report})
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.get_json()
    return state


# Who gets in


def test_join_enters_and_marks_the_family_as_there(house: House, app: Flask, visit: Visit) -> None:
    entry = entered(app.test_client(), house.link(visit, "join"))
    assert (entry["side"], entry["epoch"], entry["kbps"], entry["provider"]) == (Side.FAMILY, 1, 300, "builtin")
    assert (entry["state"]["phase"], entry["state"]["peers"], entry["state"]["screen"]) == ("waiting", [], False)
    assert 1769 < entry["state"]["ends_in"] <= 1770
    with house.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is not None
    assert log(house) == [("enter", 200, "entered")]


def test_a_link_that_never_was_gets_a_sentence_and_changes_nothing(house: House, app: Flask, visit: Visit) -> None:
    for forged in ("x" * LENGTH, house.link(visit, "pay").rpartition("/")[2], "short"):
        answer = enter(app.test_client(), f"/j/{forged}")
        assert (answer.status_code, answer.get_json()["error"]) == (404, "unknown")
        assert len(answer.get_json()["text"]) > 20
    assert log(house) == [("enter", 404, "unknown")] * 3
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(call_devices)).all() == []


@pytest.mark.parametrize(
    ("after", "status", "why"),
    [(-minutes(11), 403, "early"), (minutes(30), 410, "over"), (minutes(60 * 24), 410, "over")],
)
def test_too_early_and_yesterdays_are_told_so(
    house: House, app: Flask, after: timedelta, status: int, why: str
) -> None:
    visit = house.paid()
    house.set_clock(SATURDAY + after)
    answer = enter(app.test_client(), house.link(visit, "join"))
    assert (answer.status_code, answer.get_json()["error"]) == (status, why)
    assert log(house) == [("enter", status, why)]
    with house.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is None


def test_a_link_taken_back_opens_nothing(house: House, app: Flask, visit: Visit) -> None:
    link = house.link(visit, "join")
    house.revoke(visit)
    assert enter(app.test_client(), link).status_code == 404


def test_an_unbooked_visit_has_no_call(house: House, app: Flask) -> None:
    visit = house.approved()
    house.set_clock(SATURDAY)
    answer = enter(app.test_client(), house.link(visit, "join"))
    assert (answer.status_code, answer.get_json()["error"]) == (403, "unbooked")


def test_a_preview_of_the_link_is_nobody(house: House, app: Flask, visit: Visit) -> None:
    """Messengers and virus scanners open every link in a text."""
    link, bot = house.link(visit, "join"), app.test_client()
    for agent in ("facebookexternalhit/1.1", "WhatsApp/2.2", "Mozilla/5.0 (preview)"):
        assert bot.get(link, headers={"User-Agent": agent}).status_code == 200
        assert bot.head(link).status_code == 200
        assert bot.get(f"{link}/enter").status_code in (404, 405)
    with house.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is None
        assert tx.execute(sa.select(call_devices)).all() == []


# The same phone again, and another one


def test_the_same_phone_after_a_reload_is_the_same_device(house: House, app: Flask, visit: Visit) -> None:
    phone, link = app.test_client(), house.link(visit, "join")
    first, again = entered(phone, link), entered(phone, house.link(visit, "join"))
    assert (again["device"], again["epoch"]) == (first["device"], 2)
    assert phone.post(f"/call/{first['key']}/beat", json={}).status_code == 404, "its old key is of nobody"


def test_another_phone_is_asked_takes_over_and_the_first_is_told(house: House, app: Flask, visit: Visit) -> None:
    first, second, link = app.test_client(), app.test_client(), house.link(visit, "join")
    old = entered(first, link)
    asked = enter(second, link)
    assert (asked.status_code, asked.get_json()["error"], asked.get_json()["room"]) == (409, "elsewhere", True)
    assert beat(first, old["key"])["over"] is None, "asking takes nothing away"
    new = entered(second, link, "move")
    assert new["device"] != old["device"]
    assert beat(first, old["key"])["over"]["why"] == "replaced"
    assert beat(second, new["key"])["over"] is None


def test_a_second_phone_may_join_as_well_while_there_is_room(house: House, app: Flask, visit: Visit) -> None:
    phones, link = [app.test_client() for _ in range(4)], house.link(visit, "join")
    entered(phones[0], link)
    for phone in phones[1:3]:
        entered(phone, link, "too")
    full = enter(phones[3], link, "too")
    assert (full.status_code, full.get_json()["room"]) == (409, False)
    with house.deps.db.read() as tx:
        assert len(devices.present(tx, visit.id)) == 3


def test_a_phone_that_fell_silent_is_in_nobodys_way(house: House, app: Flask, visit: Visit) -> None:
    first, second, link = app.test_client(), app.test_client(), house.link(visit, "join")
    old = entered(first, link)
    house.set_clock(house.now + devices.SILENT_AFTER)
    assert enter(second, link).status_code == 200
    assert beat(first, old["key"])["over"]["why"] == "gone"
    assert enter(first, link).status_code == 409, "it asks to move the visit back"


def test_two_takeovers_in_a_minute_are_a_flag_for_staff(house: House, app: Flask, visit: Visit) -> None:
    link = house.link(visit, "join")
    entered(app.test_client(), link)
    entered(app.test_client(), link, "move")
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == []
    house.set_clock(house.now + timedelta(seconds=59))
    with house.deps.db.begin() as tx:
        tx.execute(sa.update(call_devices).values(seen_at=house.now))
    entered(app.test_client(), link, "move")
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == ["takeovers"]


# In the call


def test_both_sides_there_have_each_other_as_peers_from_the_start_on(house: House, app: Flask, visit: Visit) -> None:
    house.set_clock(SATURDAY - minutes(1))
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    early = beat(phone, mine["key"])
    assert (early["phase"], early["peers"], early["kiosk"]) == ("waiting", [], True)
    house.set_clock(SATURDAY)
    begun = beat(phone, mine["key"])
    assert (begun["phase"], begun["peers"]) == ("call", [{"id": kiosk["device"], "epoch": 1, "side": Side.KIOSK}])
    house.set_clock(SATURDAY + minutes(30))
    assert beat(phone, mine["key"])["over"]["why"] == "end"


def test_letters_reach_whom_they_are_for_once_and_in_order(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    letters = [OFFER | {"number": number, "to": kiosk["device"], "to_epoch": 1} for number in (1, 2)]
    for _ in range(2):  # the answer to the first was lost
        assert phone.post(f"/call/{mine['key']}/send", json={"messages": letters}).status_code == 200
    found = phone.get(f"/call/{kiosk['key']}/mail?after=0").get_json()["messages"]
    assert [(each["from"], each["kind"], each["body"]) for each in found] == [
        (mine["device"], "offer", {"sdp": "v=0"})
    ] * 2
    after = found[-1]["id"]
    assert phone.get(f"/call/{kiosk['key']}/mail?after={after}").get_json()["messages"] == []
    assert phone.get(f"/call/{mine['key']}/mail").get_json()["messages"] == []


def test_nobody_reads_or_writes_in_the_call_of_others(house: House, app: Flask) -> None:
    visit = house.paid()
    ana = house.paid(SATURDAY.replace(hour=10), "Ana Diaz", "51877")
    house.set_clock(SATURDAY.replace(hour=10))
    stranger = entered(app.test_client(), house.link(ana, "join"))
    house.set_clock(SATURDAY)
    kiosk, phone = screen(house, visit), app.test_client()
    letter = OFFER | {"to": kiosk["device"], "to_epoch": 1}
    assert phone.post(f"/call/{stranger['key']}/send", json={"messages": [letter]}).status_code == 200
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(call_messages)).all() == []


@pytest.mark.parametrize("what", ["beat", "send", "not-them"])
def test_a_key_of_nobody_gets_a_sentence(app: Flask, what: str) -> None:
    answer = app.test_client().post(f"/call/{'k' * 22}/{what}", json={"messages": []})
    assert (answer.status_code, answer.get_json()["error"]) == (404, "gone")
    assert "Join again" in answer.get_json()["text"]


@pytest.mark.parametrize(
    "messages",
    [None, "x", [1], [{"number": "x"}], [OFFER | {"to": 1, "to_epoch": 1, "kind": "shout"}],
     [OFFER | {"to": 1, "to_epoch": 1, "body": "text"}], [OFFER | {"to": 1, "to_epoch": 1}] * 65],
)  # fmt: skip
def test_what_is_no_letter_is_refused_and_nothing_is_kept(
    house: House, app: Flask, visit: Visit, messages: Any
) -> None:
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    assert phone.post(f"/call/{mine['key']}/send", json={"messages": messages}).status_code == 400
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(call_messages)).all() == []


def test_beats_are_the_evidence(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    for _ in range(3):
        house.set_clock(house.now + timedelta(seconds=10))
        beat(phone, mine["key"], camera="ok", rtt=80)
        beat(phone, kiosk["key"])
    with house.deps.db.read() as tx:
        assert attendance.of(tx, visit, now=house.now).connected == timedelta(seconds=30)
        assert devices.by_key(tx, mine["key"]).report == {"camera": "ok"}  # type: ignore[union-attr]


def test_who_says_nothing_for_long_is_taken_out_and_the_others_see_it(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    house.set_clock(house.now + devices.SILENT_AFTER)
    assert beat(phone, mine["key"])["silent"] == [kiosk["device"]]
    house.set_clock(house.now + devices.GONE_AFTER)
    assert beat(phone, mine["key"])["phase"] == "call", "for so long nobody was heard: the house was away"
    house.set_clock(house.now + timedelta(seconds=10))
    state = beat(phone, mine["key"])
    assert (state["phase"], state["peers"], state["kiosk"]) == ("waiting", [], False)


def test_leaving_is_no_end_and_the_same_phone_comes_back(house: House, app: Flask, visit: Visit) -> None:
    phone, link = app.test_client(), house.link(visit, "join")
    mine = entered(phone, link)
    assert phone.post(f"/call/{mine['key']}/leave").status_code == 200
    assert beat(phone, mine["key"])["over"]["why"] == "left"
    assert entered(phone, link)["epoch"] == 2


def test_this_is_not_them_stops_the_call_and_tells_staff(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    assert phone.post(f"/call/{kiosk['key']}/not-them").status_code == 404, "only a family can say so"
    state = phone.post(f"/call/{mine['key']}/not-them").get_json()
    assert (state["phase"], state["over"]["why"]) == ("over", "not_them")
    assert beat(phone, kiosk["key"])["over"]["text"] == "The visit is over.", "the resident does not read what was said"
    with house.deps.db.read() as tx:
        assert get(tx, visit.id).state == "in_doubt"
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == ["not_them"]
    assert enter(phone, house.link(visit, "join")).status_code == 410


def test_staff_ending_it_ends_it_for_all(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    with house.deps.db.begin() as tx:
        meet(tx, visit, minutes=1)
        ending.staff_end(tx, get(tx, visit.id), actor=Actor(ActorKind.STAFF), now=house.now, reason="conduct")
    assert beat(phone, mine["key"])["over"]["why"] == "staff"


def test_a_family_sees_that_the_resident_waits_for_an_officer(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    assert not beat(phone, mine["key"])["asks"]
    with house.deps.db.begin() as tx:
        call_record.set_once(tx, visit, "pressed_at", now=house.now)
    house.set_clock(house.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    assert beat(phone, mine["key"])["asks"]
    screen(house, visit)
    house.set_clock(house.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    assert not beat(phone, mine["key"])["asks"]


def test_a_beat_and_a_letter_without_a_look_are_kept_as_with_one(house: House, visit: Visit) -> None:
    phone = application(house).test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    told = signaling.read(house.deps, mine["key"], 0)
    assert told is not None
    house.set_clock(house.now + timedelta(seconds=10))
    assert signaling.heartbeat_cached(
        house.deps, told, Heartbeat(seen=True, heard=False, report={"link": "connected"}, figures={})
    )
    with house.deps.db.read() as tx:
        (device,) = [each for each in devices.of_visit(tx, visit.id) if each.side == Side.FAMILY]
        (kept,) = tx.execute(sa.select(call_beats)).all()
    assert (device.seen_at, device.report) == (house.now, {"link": "connected"})
    assert (kept.device_id, kept.seen, kept.heard) == (mine["device"], True, False)
    assert house.deps.wakeups.version(f"device:{kiosk['device']}") == 0
    to = {"to_epoch": 1}
    letters = parse_messages([OFFER | to | {"to": kiosk["device"]}, OFFER | to | {"number": 2, "to": 999}])
    signaling.send_cached(house.deps, told, letters)
    assert house.deps.wakeups.version(f"device:{kiosk['device']}") > 0
    heard = signaling.read(house.deps, kiosk["key"], 0)
    assert heard is not None
    assert [each.sender for each in heard.messages] == [mine["device"]]  # nobody else's call is told anything


@pytest.mark.parametrize("how", ["left", "entered"])
def test_who_left_or_entered_anew_brings_no_beat_by_what_was_told(house: House, visit: Visit, how: str) -> None:
    phone = application(house).test_client()
    mine = entered(phone, house.link(visit, "join"))
    screen(house, visit)
    told = signaling.read(house.deps, mine["key"], 0)
    assert told is not None
    if how == "left":
        signaling.leave(house.deps, mine["key"])
    else:
        entered(phone, house.link(visit, "join"))
    assert not signaling.heartbeat_cached(house.deps, told, Heartbeat(seen=True, heard=True, report={}, figures={}))
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(call_beats)).all() == []


def test_who_was_silent_and_is_back_is_rung_for(house: House, visit: Visit) -> None:
    phone = application(house).test_client()
    mine = entered(phone, house.link(visit, "join"))
    topic = f"call:{visit.id}"
    beat(phone, mine["key"])
    before = house.deps.wakeups.version(topic)
    house.set_clock(house.now + timedelta(seconds=20))
    beat(phone, mine["key"])
    assert house.deps.wakeups.version(topic) == before
    house.set_clock(house.now + timedelta(seconds=30))
    beat(phone, mine["key"])
    assert house.deps.wakeups.version(topic) > before


# Streams


def test_a_stream_says_how_the_call_stands_and_ends_with_it(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    house.set_clock(SATURDAY + minutes(31))
    with phone.get(f"/call/{mine['key']}/stream") as answer:
        assert answer.mimetype == "text/event-stream"
        said = answer.get_data(as_text=True)
    assert 'event: state\ndata: {"phase": "over"' in said


def test_a_stream_that_has_lasted_its_time_says_that_the_next_may_come(
    house: House, app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.call_api.stream.STREAM_SECONDS", 0.2)
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    with phone.get(f"/call/{mine['key']}/stream") as answer:
        said = answer.get_data(as_text=True)
    assert said.count("event: state\n") == 1
    assert said.endswith("event: again\ndata: 1\n\n")


def test_a_ring_brings_all_letters_also_those_that_one_answer_has_no_room_for(house: House, visit: Visit) -> None:
    phone = application(house).test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    to = {"to": kiosk["device"], "to_epoch": 1, "kind": "offer", "body": {"sdp": "v" * (MAX_MESSAGE_CHARACTERS - 100)}}
    letters = [to | {"number": number} for number in range(1, 8)]
    assert phone.post(f"/call/{mine['key']}/send", json={"messages": letters}).status_code == 200
    found = signaling.read(house.deps, kiosk["key"], 0)
    assert found is not None
    assert FULL_READ <= len(found.messages) < len(letters)
    assert len(list(all_messages(house.deps, found, 0))) == len(letters)


def test_who_finds_no_thread_free_asks_instead_and_a_seat_is_given_back(house: House, visit: Visit) -> None:
    house.deps.settings.call_streams = 1
    app = application(house)
    phone, link = app.test_client(), house.link(visit, "join")
    key = entered(phone, link)["key"]
    first = phone.get(f"/call/{key}/stream", buffered=False)
    assert first.status_code == 200
    busy = phone.get(f"/call/{key}/stream")
    assert (busy.status_code, busy.get_json()["error"]) == (503, "busy")
    assert phone.get(f"/call/{key}/mail").status_code == 200
    first.close()
    again = phone.get(f"/call/{key}/stream", buffered=False)
    assert again.status_code == 200
    again.close()


# Who watches


def test_who_is_no_officer_any_more_watches_no_longer(house: House, app: Flask, visit: Visit) -> None:
    rules(house, watching=True)
    with house.deps.db.begin() as tx:
        reed = tx.execute(sa.select(people.c.id).where(people.c.name == "Officer Reed")).scalar_one()
        _, key = devices.enter(tx, visit.id, devices.Seat(Side.WATCHER, person_id=reed), now=house.now)
    assert beat(app.test_client(), key)["over"] is None
    with house.deps.db.begin() as tx:
        tx.execute(sa.update(people).where(people.c.id == reed).values(suspended=True))
    house.set_clock(house.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    assert beat(app.test_client(), key)["over"]["why"] == "gone"


def test_a_suspended_officer_is_nobodys_peer_and_tells_nobody_anything(house: House, app: Flask, visit: Visit) -> None:
    rules(house, watching=True)
    phone = app.test_client()
    mine, _ = entered(phone, house.link(visit, "join")), screen(house, visit)
    with house.deps.db.begin() as tx:
        reed = tx.execute(sa.select(people.c.id).where(people.c.name == "Officer Reed")).scalar_one()
        device, key = devices.enter(tx, visit.id, devices.Seat(Side.WATCHER, person_id=reed), now=house.now)
    assert beat(phone, mine["key"])["watched"]
    with house.deps.db.begin() as tx:
        tx.execute(sa.update(people).where(people.c.id == reed).values(suspended=True))
    house.set_clock(house.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    state = beat(phone, mine["key"])
    assert (state["watched"], device.id in [each["id"] for each in state["peers"]]) == (False, False)
    letter = OFFER | {"to": mine["device"], "to_epoch": 1}
    assert phone.post(f"/call/{key}/send", json={"messages": [letter]}).status_code == 404


# What one phone may do to the others


def test_what_no_browser_could_read_is_not_passed_on(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    to = f'"to": {kiosk["device"]}, "to_epoch": 1, "kind": "offer"'
    for letter in (f'{{"number": 1, {to}, "body": {{"sdp": NaN}}}}', f'{{"number": 1e999, {to}, "body": {{}}}}'):
        answer = phone.post(f"/call/{mine['key']}/send", data=f'{{"messages": [{letter}]}}')
        assert answer.status_code == 400
    for number, to_device in ((10**30, kiosk["device"]), (1, 10**30), (-1, kiosk["device"])):
        letters = [OFFER | {"number": number, "to": to_device, "to_epoch": 1}]
        assert phone.post(f"/call/{mine['key']}/send", json={"messages": letters}).status_code == 400
    assert phone.get(f"/call/{mine['key']}/mail?after={10**30}").status_code == 200
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(call_messages)).all() == []


def test_letters_are_small_answers_are_small_and_old_ones_go(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)

    def send(number: int, size: int) -> int:
        letter = OFFER | {"number": number, "to": kiosk["device"], "to_epoch": 1, "body": {"sdp": "v" * size}}
        return phone.post(f"/call/{mine['key']}/send", json={"messages": [letter]}).status_code

    assert send(1, 20_000) == 400
    assert [send(number, 16_000) for number in range(2, 9)] == [200] * 7
    first = phone.get(f"/call/{kiosk['key']}/mail?after=0").get_json()["messages"]
    assert len(first) == 4
    rest = phone.get(f"/call/{kiosk['key']}/mail?after={first[-1]['id']}").get_json()["messages"]
    assert len(rest) == 3
    house.set_clock(house.now + minutes(3))
    assert send(9, 10) == 200
    with house.deps.db.read() as tx:
        assert len(tx.execute(sa.select(call_messages)).all()) == 1


def test_one_device_does_not_take_the_streams_of_all(house: House, visit: Visit) -> None:
    house.deps.settings.call_streams = 4
    app = application(house)
    phone = app.test_client()
    mine, kiosk = entered(phone, house.link(visit, "join")), screen(house, visit)
    held = [phone.get(f"/call/{mine['key']}/stream", buffered=False) for _ in range(4)]
    assert [each.status_code for each in held] == [200, 200, 503, 503]
    other = phone.get(f"/call/{kiosk['key']}/stream", buffered=False)
    assert other.status_code == 200
    for each in (*held, other):
        each.close()


def test_phones_that_fight_over_a_visit_are_a_flag_and_officers_who_watch_are_none(
    house: House, app: Flask, visit: Visit
) -> None:
    first, second, link = app.test_client(), app.test_client(), house.link(visit, "join")
    entered(first, link)
    for number in range(3):
        house.set_clock(house.now + timedelta(seconds=5))
        entered((second, first)[number % 2], link, "move")
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == ["takeovers"]


def test_a_link_that_was_taken_back_ends_the_call_of_its_phone(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    house.revoke(visit)
    assert beat(phone, mine["key"])["over"]["why"] == "gone"


def test_a_visit_that_is_cancelled_during_its_call_ends_the_call(house: House, app: Flask, visit: Visit) -> None:
    phone = app.test_client()
    mine = entered(phone, house.link(visit, "join"))
    house.run(lambda tx: ending.cancel(tx, get(tx, visit.id), actor=Actor(ActorKind.FAMILY), now=house.now))
    assert beat(phone, mine["key"])["over"]["why"] == "end"
    with house.deps.db.read() as tx:
        kinds = tx.execute(sa.select(jobs.c.kind).where(jobs.c.state == "queued")).scalars().all()
    assert "end_call" in kinds, "what its devices told each other is forgotten, too"


def test_a_try_that_waited_does_not_take_the_key_from_a_later_one(house: House, app: Flask, visit: Visit) -> None:
    phone, link = app.test_client(), house.link(visit, "join")
    phone.get(link)  # the phone is known from its first look on
    later = phone.post(f"{link}/enter", json={"as": "", "at": 2_000}).get_json()
    assert phone.post(f"{link}/enter", json={"as": "", "at": 1_000}).get_json()["error"] == "overtaken"
    assert beat(phone, later["key"])["over"] is None
