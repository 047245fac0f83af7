"""The pages load, use and close the scripts of LiveKit and Jitsi, which are replaced by small fakes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters import Finding, Installation
from bot.messages import WebRequest
from handlers.gateways.video.base import Origins, VideoAccess, VideoEvent, VideoSeat
from tests.browser.calls import Scene, serve
from tests.browser.test_call import wait_until, waits_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
JITSI = """window.JitsiMeetExternalAPI = class {
  constructor(domain, given) {
    window.given = { domain, ...given, parentNode: given.parentNode.dataset.at };
    this.on = {};
    given.parentNode.append(Object.assign(document.createElement("p"), { id: "frame" }));
    setTimeout(() => this.on.videoConferenceJoined(), 50);
  }
  addListener(name, step) { this.on[name] = step; }
  getNumberOfParticipants() { return 2; }
  executeCommand(name) { window.commanded = name; }
  dispose() { document.getElementById("frame").remove(); }
};"""
LIVEKIT = """(() => {
  const sent = new Map();
  class Room {
    constructor() {
      this.steps = {};
      this.localParticipant = {
        trackPublications: sent,
        publishTrack: async (track) => sent.set(track.kind, { kind: track.kind, track: { mediaStreamTrack: track } }),
        unpublishTrack: async (track) => sent.delete(track.mediaStreamTrack.kind),
      };
    }
    on(name, step) { this.steps[name] = step; return this; }
    async connect(url, token) { window.given = { url, token, sent }; }
    disconnect() { window.left = true; }
  }
  const names = "TrackSubscribed TrackUnsubscribed ParticipantDisconnected Reconnecting Reconnected Disconnected".split(" ");
  window.LivekitClient = { Room, RoomEvent: Object.fromEntries(names.map((each) => [each, each])) };
})();"""


@dataclass
class Pretended:
    """A video provider whose script this test writes."""

    name: str
    origins: Origins = field(default_factory=Origins)

    def join(self, seat: VideoSeat, *, now: datetime) -> VideoAccess:
        join: dict[str, str | bool] = {"script": "/pretended.js", "url": "wss://far.example", "domain": "far.example"}
        join |= {"receive": False, "room": seat.room, "token": f"token {seat.device}"}
        return VideoAccess(self.name, join=join)

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        raise NotImplementedError

    def check(self, installation: Installation) -> list[Finding]:
        raise NotImplementedError


@contextmanager
def call_by(folder: Path, chromium: "Browser", name: str, script: str) -> Iterator[Scene]:
    with serve(folder, Pretended(name)) as served:
        scene = Scene(served, chromium, script=script)
        scene.at(minutes=1)
        yield scene
        scene.close()


def test_jitsi_is_mounted_in_the_page_and_removed_at_the_end(tmp_path: Path, chromium: "Browser") -> None:
    with call_by(tmp_path, chromium, "jitsi", JITSI) as scene:
        family, kiosk = scene.family(), scene.kiosk()
        scene.resident(kiosk)
        family.wait_for_selector("#frame:visible")
        given = family.evaluate("given")
        assert (given["domain"], given["parentNode"]) == ("far.example", "pictures")
        assert given["jwt"].startswith("token ")
        assert family.evaluate("mine") == []
        family.click("[data-do=mute]")
        assert family.evaluate("commanded") == "toggleAudio"
        wait_until(
            lambda: {side for side, seen, heard in scene.beats() if seen and heard} == {"family", "kiosk"}, family
        )
        scene.at(minutes=30)
        family.wait_for_selector("[data-part=over]:visible")
        assert family.locator("#frame").count() == 0


def test_livekit_publishes_camera_and_microphone_and_is_left_at_the_end(tmp_path: Path, chromium: "Browser") -> None:
    with call_by(tmp_path, chromium, "livekit", LIVEKIT) as scene:
        family, kiosk = scene.family(), scene.kiosk()
        scene.resident(kiosk)
        family.wait_for_function("() => window.given && given.sent.size === 2")
        assert family.evaluate("given.url") == "wss://far.example"
        family.click("[data-do=camera]")
        family.wait_for_function("() => given.sent.size === 1")
        waits_for_text(family, "call.other.nothing")
        scene.at(minutes=30)
        family.wait_for_selector("[data-part=over]:visible")
        assert family.evaluate("left")
