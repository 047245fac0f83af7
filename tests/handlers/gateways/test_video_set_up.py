"""VIDEO chooses the video gateway. Settings that it lacks are named, and nothing starts without them."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from handlers import logs
from handlers.gateways.video import stun_probe
from handlers.gateways.video.livekit import CLIENT
from handlers.operations import build_deps
from handlers.settings import Settings, SettingsError

LIVEKIT: dict[str, Any] = {
    "video": "livekit", "livekit_url": "wss://live.example", "livekit_api_key": "APIkey",
    "livekit_api_secret": SecretStr("secret-of-livekit"),
}  # fmt: skip
JITSI: dict[str, Any] = {
    "video": "jitsi", "jitsi_url": "https://meet.example", "jitsi_app_id": "visitline",
    "jitsi_app_secret": SecretStr("secret-of-jitsi"),
}  # fmt: skip
RELAY: dict[str, Any] = {
    "turn_urls": "turn:a.example:3478, turns:a.example",
    "turn_secret": SecretStr("secret-of-turn"),
}


def wrong(folder: Path, **values: Any) -> str:
    with pytest.raises(SettingsError) as refused:
        build_deps.video(Settings(data_dir=folder, **values))
    return str(refused.value)


def put_client(folder: Path) -> None:
    (folder / "static").mkdir()
    (folder / "static" / CLIENT).write_text("client", encoding="utf-8")


def test_nothing_set_is_the_mesh(tmp_path: Path) -> None:
    assert build_deps.video(Settings(data_dir=tmp_path)).name == "builtin"
    assert build_deps.video(Settings(data_dir=tmp_path, stun_urls="stun:a.example", **RELAY)).name == "builtin"


def test_the_others_are_what_is_named(tmp_path: Path) -> None:
    put_client(tmp_path)
    assert build_deps.video(Settings(data_dir=tmp_path, **LIVEKIT)).name == "livekit"
    assert build_deps.video(Settings(data_dir=tmp_path, **JITSI)).name == "jitsi"


@pytest.mark.parametrize("whole", [LIVEKIT, JITSI], ids=["livekit", "jitsi"])
def test_each_setting_that_is_missing_is_named(tmp_path: Path, whole: dict[str, Any]) -> None:
    put_client(tmp_path)
    for name in whole.keys() - {"video"}:
        told = wrong(tmp_path, **{key: value for key, value in whole.items() if key != name})
        assert told.startswith(f"VIDEO={whole['video']}, but {name.upper()} is not set: ")
        assert len(told.splitlines()) == 1
    assert len(wrong(tmp_path, video=whole["video"]).splitlines()) == 3


def test_livekit_without_its_client_says_where_it_belongs(tmp_path: Path) -> None:
    told = wrong(tmp_path, **LIVEKIT)
    assert str(tmp_path / "static" / CLIENT) in told
    assert "npm package livekit-client" in told


@pytest.mark.parametrize(
    "url", ["live.example", "ftp://live.example", "wss://", "ws://live.example", "wss://live.example:x", "wss://a:0"]
)
def test_an_invalid_address_of_livekit(tmp_path: Path, url: str) -> None:
    put_client(tmp_path)
    assert wrong(tmp_path, **LIVEKIT | {"livekit_url": url}).startswith("LIVEKIT_URL: ")


def test_jitsi_in_the_open_is_for_this_machine_only(tmp_path: Path) -> None:
    assert wrong(tmp_path, **JITSI | {"jitsi_url": "http://meet.example"}).startswith("JITSI_URL: ")
    assert (
        build_deps.video(Settings(data_dir=tmp_path, **JITSI | {"jitsi_url": "http://localhost:8000"})).name == "jitsi"
    )


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"stun_urls": "calls.example:3478"}, "STUN_URLS: 'calls.example:3478'"),
        ({"stun_urls": "stun:a.example,turn:a.example"}, "STUN_URLS: 'turn:a.example'"),
        (RELAY | {"turn_urls": "stun:a.example"}, "TURN_URLS: 'stun:a.example'"),
        (RELAY | {"turn_urls": "turn:a.example?transport=sctp"}, "TURN_URLS: "),
        ({"relay_only": True}, "RELAY_ONLY is set, but TURN_URLS is not"),
        ({"relay_only": True, "stun_urls": "stun:a.example"}, "RELAY_ONLY is set, but TURN_URLS is not"),
    ],
)
def test_servers_that_cannot_be_used(tmp_path: Path, values: dict[str, Any], named: str) -> None:
    assert wrong(tmp_path, **values).startswith(named)


def test_addresses_that_browsers_accept_are_accepted() -> None:
    for url in ("stun:a.example", "stuns:a.example:443", "turn:10.0.0.1:3478?transport=tcp", "turn:[::1]:3478"):
        assert stun_probe.is_url(url), url
    for url in ("", "turn:", "turn://a.example", "http://a.example", "turn:a.example:port", "turn:a b"):
        assert not stun_probe.is_url(url), url


def test_the_secrets_of_calls_are_hidden_in_logs() -> None:
    settings = Settings(**LIVEKIT | JITSI | RELAY)
    assert {"secret-of-livekit", "secret-of-jitsi", "secret-of-turn"} <= set(logs.secrets_of(settings))
    token = "eyJhbGciOiJIUzI1NiJ9.eyJyb29tIjoidjctMCJ9.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
    assert logs.mask(f"GET /rtc?access_token={token} 200") == "GET /rtc?access_token=*** 200"
