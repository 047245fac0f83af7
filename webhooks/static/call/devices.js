// The own camera and microphone during a call, their buttons, and the own picture.

import * as media from "./media.js";
import { wait } from "./request.js";

const REOPEN_MS = 2000;

export class Devices {
  // onChange() is called when the stage has something else to say
  constructor(stage, side, onChange) {
    Object.assign(this, { stage, side, onChange });
    this.tracks = { audio: null, video: null };
    this.missing = {}; // kind -> why there is no track: "refused", "none", "busy" ...
    this.wanted = { audio: true, video: true };
    stage.onPress("mute", () => this.toggleMicrophone());
    stage.onPress("camera", () => this.toggleCamera());
    stage.onPress("switch", () => this.switchCamera());
  }

  // True where the provider opens camera and microphone itself.
  get openedByProvider() {
    return Boolean(this.provider && this.provider.opensDevices);
  }

  // Opens both devices the first time, and gives their tracks to this provider.
  use(provider) {
    this.provider = provider;
    provider.setTracks(this.tracks);
    if (!this.opened) this.open();
  }

  async open() {
    this.opened = true;
    if (this.side === "watcher" || this.openedByProvider) return;
    const found = await media.open();
    if (this.closed) {
      media.stop(found.audio, found.video);
      return;
    }
    this.missing = found.missing;
    this.setTrack("audio", found.audio);
    this.setTrack("video", found.video);
    const count = (await media.cameras()).length;
    if (this.stage.button("switch")) this.stage.button("switch").hidden = !this.tracks.video || count < 2;
    this.onChange();
  }

  setTrack(kind, track) {
    const old = this.tracks[kind];
    if (old && old !== track) media.stop(old);
    this.tracks[kind] = track || null;
    if (track) {
      delete this.missing[kind];
      this.stage.put("how", "");
      track.enabled = this.wanted[kind];
      track.onended = () => this.recover(kind);
    }
    if (kind === "video") this.showOwnPicture(track);
    if (!this.closed) this.provider.setTracks({ [kind]: track || null });
    this.updateButtons();
  }

  // Another app or a phone call took the device: opens it again as soon as possible.
  async recover(kind) {
    this.setTrack(kind, null);
    while (!this.closed && !this.tracks[kind] && this.wanted[kind]) {
      await wait(REOPEN_MS);
      if (document.visibilityState === "visible" && !this.tracks[kind]) await this.reopen(kind);
    }
  }

  // Returns whether it could be opened. `constraints` choose a camera.
  async reopen(kind, constraints) {
    try {
      const track = await (kind === "video" ? media.camera(constraints) : media.microphone());
      if (this.closed) media.stop(track);
      else this.setTrack(kind, track);
      return true;
    } catch (problem) {
      this.missing[kind] = media.reason(problem);
      return false;
    }
  }

  showOwnPicture(track) {
    const own = this.stage.at("own");
    if (!own) return;
    own.querySelector("video").srcObject = track ? new MediaStream([track]) : null;
    own.hidden = !track;
    own.classList.toggle("behind", Boolean(track) && track.getSettings().facingMode === "environment");
  }

  async toggleMicrophone() {
    if (this.tracks.audio || this.openedByProvider) {
      this.wanted.audio = !this.wanted.audio;
      if (this.tracks.audio) this.tracks.audio.enabled = this.wanted.audio;
      else this.provider.toggleMicrophone();
    } else {
      this.wanted.audio = true;
      if (!(await this.reopen("audio"))) this.explainMissing("audio");
    }
    this.updateButtons();
    this.onChange();
  }

  async toggleCamera() {
    if (this.busy) return;
    this.busy = true;
    this.wanted.video = !this.tracks.video;
    if (!this.wanted.video) this.setTrack("video", null);
    else if (!(await this.reopen("video"))) this.explainMissing("video");
    this.busy = false;
    this.updateButtons();
    this.onChange();
  }

  async switchCamera() {
    if (this.busy || !this.tracks.video) return;
    this.busy = true;
    const constraints = await media.nextCamera(this.tracks.video);
    this.setTrack("video", null); // phones have only one camera open at a time
    if (!(await this.reopen("video", constraints))) await this.reopen("video");
    this.busy = false;
    this.onChange();
  }

  // A button was pressed and the device could not be opened: says how to allow it.
  explainMissing(kind) {
    const why = this.missing[kind];
    const device = { audio: "microphone", video: "camera" }[kind];
    const key = why === "refused" ? `check.how.${media.platform}` : `check.${device}.${why}`;
    this.stage.put("how", why === "none" ? "" : this.stage.say(key));
  }

  updateButtons() {
    const set = (name, off, onKey, offKey) => {
      const button = this.stage.button(name);
      if (!button) return;
      button.querySelector("[data-at=words]").textContent = this.stage.say(off ? offKey : onKey);
      button.classList.toggle("off", off);
    };
    const hasAudio = this.tracks.audio || this.openedByProvider; // of a provider's devices we know only what was pressed here
    set("mute", !this.wanted.audio || !hasAudio, "call.mute", "call.unmute");
    set("camera", !this.tracks.video, "call.camera_off", "call.camera_on");
    if (this.openedByProvider) this.stage.button("camera").hidden = true;
  }

  // What the person should know about their own devices; "" when both work.
  statusKey() {
    if (this.side === "watcher" || this.openedByProvider) return "";
    const { audio, video } = this.missing;
    if (audio && video) return "call.no_both";
    if (audio) return "call.no_microphone";
    if (!this.wanted.audio) return "call.muted";
    if (video) return `call.no_camera.${video === "none" ? "none" : "refused"}`;
    return this.wanted.video ? "" : "call.camera_is_off";
  }

  // As a heartbeat reports it: "ok", "off", "asked", "refused", "busy" or "none".
  stateOf(kind) {
    if (this.tracks[kind]) return this.wanted[kind] ? "ok" : "off";
    const why = this.missing[kind];
    if (!why) return this.wanted[kind] ? "asked" : "off";
    return ["none", "busy"].includes(why) ? why : "refused";
  }

  close() {
    this.closed = true;
    media.stop(this.tracks.audio, this.tracks.video);
    this.tracks = { audio: null, video: null };
    this.showOwnPicture(null);
  }
}
