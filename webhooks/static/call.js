"use strict";
// One device in a call, from the entry to the end: what it sees, says and shows. Family, kiosk and watcher alike.

(() => {
  const { Wire, ask, wait, media } = visitline;
  const SIDES = { family: ["kiosk"], kiosk: ["family"], watcher: ["family", "kiosk"] };
  const QUIET = 5; // seconds without sound or picture before it is said
  const STILL = 1500; // a link that stands and brings no picture for so long has a dark camera at its other end
  const LATE = 15000; // a house that has been silent for so long is out of reach
  const STUCK = 45000; // a link that does not come back in this time is begun anew from the entry on
  const FRESH = 40000; // a key that is unknown so soon was overtaken by our own entry that seemed lost
  const WARN = [[60, "call.minutes_1"], [300, "call.minutes_5"]];
  const ENTERING = [1000, 2000, 4000, 8000];

  const clock = (seconds) => {
    const left = Math.max(0, Math.ceil(seconds));
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(left / 60);
    return minutes < 60 ? `${minutes}:${two(left % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(left % 60)}`;
  };

  // A provider other than the built-in one has a file of its own, loaded only where it is the one.
  const folder = document.currentScript.src.replace(/call\.js.*$/, "");
  function carried(entry) {
    if (entry.provider === "builtin" || visitline.LiveKit || visitline.Jitsi) return entry;
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: `${folder}${entry.provider}.js`, onload: () => done(entry), onerror: failed });
      document.head.append(script);
    });
  }

  // Who carries pictures and sound.
  function carrier(entry, hooks) {
    const kinds = { builtin: visitline.Mesh, livekit: visitline.LiveKit, jitsi: visitline.Jitsi };
    const { device, epoch, side, ice, kbps, join } = entry;
    return new kinds[entry.provider]({ me: { device, epoch, side }, ice, kbps, join, ...hooks });
  }

  // Asks until the house answers something that is no accident.
  async function enter(url, body, waiting) {
    for (let tries = 0; ; tries += 1) {
      try {
        const at = Math.round(performance.timeOrigin + performance.now()); // the house may answer an earlier try later
        return await carried(await ask(url, { ...body, at }));
      } catch (problem) {
        const accident = !problem.status || problem.status >= 500 || problem.status === 429;
        if (!accident || tries >= ENTERING.length) throw problem;
        if (waiting) waiting();
        await wait(ENTERING[tries]);
      }
    }
  }

  // Every element with data-say gets its words; every other text comes from say().
  function speak(root, words) {
    const say = (key, facts) => (words[key] || "").replace(/\{(\w+)\}/g, (all, name) => (facts && name in facts ? facts[name] : all));
    const fill = (element) => {
      element.textContent = say(element.dataset.say);
    };
    root.querySelectorAll("[data-say]").forEach(fill);
    if (root.dataset.say) fill(root);
    return say;
  }

  class Call {
    // on: {over(over)}, which learns how many seconds of the visit are `left`
    constructor(stage, { words, enter: url, side, on }) {
      Object.assign(this, { stage, url, side, on });
      this.say = speak(stage, words);
      this.others = SIDES[side];
      this.tracks = { audio: null, video: null };
      this.missing = {};
      this.tiles = new Map();
      this.met = false; // somebody of the other side was here
      this.warned = new Set();
      this.wanted = { audio: true, video: true };
      this.buttons();
      // A screen that is loaded anew, or loses its power in good order, comes back by itself: only its button is Leave.
      this.away = () => side !== "kiosk" && this.wire && !this.shut && this.wire.leave();
      this.shown = () => this.awake();
      window.addEventListener("pagehide", this.away);
      document.addEventListener("visibilitychange", this.shown);
    }

    at(name) {
      return this.stage.querySelector(`[data-at="${name}"]`);
    }

    button(name) {
      return this.stage.querySelector(`[data-do="${name}"]`);
    }

    buttons() {
      const press = (name, step) => {
        const button = this.button(name);
        if (button) button.onclick = step;
      };
      press("mute", () => this.mute());
      press("camera", () => this.camera());
      press("switch", () => this.another());
      press("leave", () => this.leave());
      press("tap", () => this.tap());
      press("not-them", () => this.sure(true));
      press("not-them-no", () => this.sure(false));
      press("not-them-yes", () => this.notThem());
    }

    begin(entry) {
      this.entry = entry;
      this.begun = performance.now();
      this.since = { seen: this.begun, heard: this.begun };
      this.proof = { seen: false, heard: false };
      this.looked = [];
      this.stage.hidden = false;
      document.body.classList.add("calling");
      this.carrier = carrier(entry, {
        send: (peer, kind, body) => this.wire.send(peer.id, peer.epoch, kind, body),
        place: this.at("pictures"),
        on: {
          stream: (peer, stream) => this.picture(peer, stream),
          gone: (peer) => this.unpicture(peer),
          change: () => this.show(),
        },
      });
      this.wire = new Wire(entry, {
        state: (state) => this.take(state),
        message: (message) => this.shut || this.carrier.message(message),
        beat: () => this.beat(),
        calm: () => this.looked.length > 0 && this.looked.every((each) => each.state === "connected"),
      });
      this.wire.start();
      if (this.shut) return;
      this.carrier.give(this.tracks);
      if (!this.timer) this.timer = setInterval(() => this.tick(), 1000);
      if (!this.opened) this.open();
      this.awake();
    }

    take(state) {
      if (this.shut) return;
      if (state.phase === "over") {
        this.finish(state.over || { why: "end", text: "" });
        return;
      }
      const now = performance.now() / 1000;
      this.state = state;
      this.starts = now + state.starts_in;
      this.ends = now + state.ends_in;
      this.carrier.peers(state.peers);
      if (state.peers.some((peer) => this.others.includes(peer.side))) this.met = true;
      this.show();
    }

    // Own camera and microphone

    async open() {
      this.opened = true;
      if (this.side === "watcher" || this.carrier.opens) return;
      const found = await media.open();
      if (this.shut) {
        media.stop(found.audio, found.video);
        return;
      }
      this.missing = found.missing;
      this.have("audio", found.audio);
      this.have("video", found.video);
      const count = (await media.cameras()).length;
      if (this.button("switch")) this.button("switch").hidden = !this.tracks.video || count < 2;
      this.show();
    }

    have(kind, track) {
      const old = this.tracks[kind];
      if (old && old !== track) media.stop(old);
      this.tracks[kind] = track || null;
      if (track) {
        delete this.missing[kind];
        this.put("how", "");
        track.enabled = this.wanted[kind];
        track.onended = () => this.lost(kind);
      }
      if (kind === "video") this.mirror(track);
      if (!this.shut) this.carrier.give({ [kind]: track || null });
      this.tools();
    }

    // Another app, or a phone call, took it: have it back as soon as that is possible.
    async lost(kind) {
      this.have(kind, null);
      while (!this.shut && !this.tracks[kind] && this.wanted[kind]) {
        await wait(2000);
        if (document.visibilityState === "visible" && !this.tracks[kind]) await this.regain(kind);
      }
    }

    async regain(kind, more) {
      try {
        const track = await (kind === "video" ? media.camera(more) : media.microphone());
        if (this.shut) media.stop(track);
        else this.have(kind, track);
        return true;
      } catch (problem) {
        this.missing[kind] = media.why(problem);
        return false;
      }
    }

    mirror(track) {
      const own = this.at("own");
      if (!own) return;
      const video = own.querySelector("video");
      video.srcObject = track ? new MediaStream([track]) : null;
      own.hidden = !track;
      own.classList.toggle("behind", Boolean(track) && track.getSettings().facingMode === "environment");
    }

    async mute() {
      if (this.tracks.audio || this.carrier.opens) {
        this.wanted.audio = !this.wanted.audio;
        if (this.tracks.audio) this.tracks.audio.enabled = this.wanted.audio;
        else this.carrier.mute();
      } else {
        this.wanted.audio = true;
        if (!(await this.regain("audio"))) this.how("audio");
      }
      this.tools();
      this.show();
    }

    async camera() {
      if (this.switching) return;
      this.switching = true;
      this.wanted.video = !this.tracks.video;
      if (!this.wanted.video) this.have("video", null);
      else if (!(await this.regain("video"))) this.how("video");
      this.switching = false;
      this.tools();
      this.show();
    }

    // What was pressed for could not be had: how it can.
    how(kind) {
      const why = this.missing[kind];
      const device = { audio: "microphone", video: "camera" }[kind];
      const words = why === "refused" ? `check.how.${media.platform}` : `check.${device}.${why}`;
      this.put("how", why === "none" ? "" : this.say(words));
    }

    async another() {
      if (this.switching || !this.tracks.video) return;
      this.switching = true;
      const more = await media.another(this.tracks.video);
      this.have("video", null); // phones have one camera open at a time
      if (!(await this.regain("video", more))) await this.regain("video");
      this.switching = false;
      this.show();
    }

    tools() {
      const set = (name, off, [now, then]) => {
        const button = this.button(name);
        if (!button) return;
        button.querySelector("[data-at=words]").textContent = this.say(off ? then : now);
        button.classList.toggle("off", off);
      };
      const opens = Boolean(this.carrier && this.carrier.opens); // then we only know what was pressed here
      set("mute", !this.wanted.audio || !(this.tracks.audio || opens), ["call.mute", "call.unmute"]);
      set("camera", !this.tracks.video, ["call.camera_off", "call.camera_on"]);
      if (opens) this.button("camera").hidden = true;
    }

    // The others' pictures

    picture(peer, stream) {
      let tile = this.tiles.get(peer.id);
      if (!tile) {
        tile = this.at("tile").content.firstElementChild.cloneNode(true);
        tile.dataset.side = peer.side;
        tile.querySelector("figcaption").textContent = this.named(peer.side);
        this.tiles.set(peer.id, tile);
        this.at("pictures").append(tile);
        tile.classList.add("dark");
      }
      const video = tile.querySelector("video");
      if (video.srcObject !== stream) video.srcObject = stream;
      this.play(video);
    }

    named(side) {
      if (this.side === "watcher") return this.say(`call.watch.${side}`);
      return this.say(side === this.side ? "call.together" : "call.them");
    }

    play(video) {
      const playing = video.play();
      if (!playing) return;
      playing.catch((problem) => {
        if (problem.name === "NotAllowedError" && !this.shut) this.button("tap").hidden = false;
      });
    }

    tap() {
      this.button("tap").hidden = true;
      this.tiles.forEach((tile) => this.play(tile.querySelector("video")));
    }

    unpicture(peer) {
      const tile = this.tiles.get(peer.id);
      if (!tile) return;
      tile.querySelector("video").srcObject = null;
      tile.remove();
      this.tiles.delete(peer.id);
    }

    // Every second

    async tick() {
      if (this.shut) return;
      const looked = await this.carrier.look();
      if (this.shut) return;
      this.looked = looked;
      this.witness();
      this.remind();
      this.show();
      const left = this.ends - performance.now() / 1000;
      if (left < -3) this.finish({ why: "end", text: "" });
      else this.stuck();
    }

    witness() {
      const now = performance.now();
      for (const each of this.looked) {
        const tile = this.tiles.get(each.peer.id);
        if (tile) {
          if (each.seen) tile.dataset.seen = now;
          const still = each.state === "connected" ? STILL : QUIET * 1000;
          tile.classList.toggle("dark", !(now - Number(tile.dataset.seen || -Infinity) < still));
        }
        if (!this.others.includes(each.peer.side)) continue;
        for (const what of ["seen", "heard"]) {
          if (!each[what]) continue;
          this.proof[what] = true;
          this.since[what] = now;
        }
      }
    }

    beat() {
      const { seen, heard } = this.proof;
      this.proof = { seen: false, heard: false };
      const main = this.looked.find((each) => this.others.includes(each.peer.side)) || {};
      const sum = (what) => this.looked.reduce((all, each) => all + (each[what] || 0), 0);
      const report = { link: this.stands(main), camera: this.device("video"), microphone: this.device("audio") };
      Object.assign(report, { way: main.way || "", rtt: main.rtt || null, loss: main.loss || 0, thin: Boolean(main.thin) });
      Object.assign(report, { in: sum("in"), out: sum("out"), width: main.width || 0, height: main.height || 0 });
      return { seen, heard, report };
    }

    // In the words that staff are shown: docs/calls.md.
    stands(link) {
      if (!link.state) return "waiting";
      if (link.state === "connected") return "connected";
      return link.stood ? "trouble" : "connecting";
    }

    device(kind) {
      if (this.tracks[kind]) return this.wanted[kind] ? "ok" : "off";
      const why = this.missing[kind];
      if (!why) return this.wanted[kind] ? "asked" : "off";
      return ["none", "busy"].includes(why) ? why : "refused";
    }

    remind() {
      if (!this.state || this.state.phase !== "call") return;
      const left = this.ends - performance.now() / 1000;
      for (const [seconds, key] of WARN) {
        if (left > seconds || left < seconds - 45 || this.warned.has(key)) continue;
        this.warned.add(key);
        const place = this.at("warning");
        place.textContent = this.say(key);
        place.hidden = false;
        setTimeout(() => {
          place.hidden = true;
          place.textContent = "";
          }, 10000);
      }
    }

    stuck() {
      const now = performance.now();
      const broken = this.looked.some((each) => this.others.includes(each.peer.side) && each.down > STUCK);
      if (!broken || now - this.begun < STUCK || this.wire.silence() > LATE) return;
      this.begun = now;
      this.renew();
    }

    async renew() {
      try {
        const entry = await ask(this.url, { as: "" });
        if (this.shut) return;
        this.wire.close();
        this.carrier.close();
        this.begin(entry);
      } catch (problem) {
        console.info(`renew: ${problem.message}`);
      }
    }

    // What is written

    show() {
      if (this.shut || !this.state) return;
      const { phase, watched, notice } = this.state;
      const now = performance.now() / 1000;
      this.stage.dataset.phase = phase;
      this.stage.classList.toggle("alone", this.tiles.size === 0);
      this.stage.classList.toggle("several", this.tiles.size > 1);
      this.put("watched", watched && this.side !== "watcher" ? this.say("call.watched") : "");
      this.put("notice", notice ? `${this.say("call.notice")} ${notice}` : "");
      const early = this.starts > now;
      this.put("starts", early ? this.say("call.waiting.starts") : "");
      this.at("left").textContent = clock(early ? this.starts - now : this.ends - now);
      this.put("left_words", this.say(early ? "call.starts_in" : "call.time_left"));
      this.at("left").classList.toggle("last", !early && this.ends - now < 60);
      this.put("status", this.say(this.status()));
      this.put("mine", this.mine());
      if (this.at("wrong")) this.at("wrong").hidden = !this.met;
      this.stage.querySelectorAll("[data-when]").forEach((each) => {
        each.hidden = each.dataset.when !== phase;
      });
    }

    put(name, words) {
      const place = this.at(name);
      if (!place || place.textContent === words) return;
      place.textContent = words;
      place.hidden = !words;
    }

    status() {
      const { phase, peers, screen, silent } = this.state;
      const there = this.side === "kiosk" ? this.state.family : this.state.kiosk;
      const links = this.looked.filter((each) => this.others.includes(each.peer.side));
      const stands = links.some((each) => each.state === "connected");
      if (!stands && (navigator.onLine === false || this.wire.silence() > LATE)) return "call.house.lost";
      if (this.side === "watcher") return links.length || peers.length ? "" : "call.watch.nobody";
      if (phase === "waiting" && there) return "call.waiting.here";
      const here = (each) => this.others.includes(each.side) && (stands || !(silent || []).includes(each.id));
      if (!peers.some(here) && this.side === "family" && this.state.asks) return "call.waiting.officer";
      if (!peers.some(here)) return this.met ? "call.other.gone" : this.absent(screen);
      if (!stands) return links.some((each) => each.stood) ? "call.link.lost" : "call.link.connecting";
      return this.quiet(links);
    }

    absent(screen) {
      return this.side === "family" && !screen ? "call.waiting.screen" : "call.waiting.alone";
    }

    quiet(links) {
      const now = performance.now();
      const since = (what) => (now - Math.max(this.since[what], this.begun)) / 1000 > QUIET;
      if (since("seen") && since("heard")) return "call.other.nothing";
      if (since("heard")) return "call.other.silent";
      if (since("seen")) return "call.other.dark";
      return links.some((each) => each.thin) ? "call.link.thin" : "";
    }

    mine() {
      if (this.side === "watcher" || (this.carrier && this.carrier.opens)) return "";
      const { audio, video } = this.missing;
      if (audio && video) return this.say("call.no_both");
      if (audio) return this.say("call.no_microphone");
      if (!this.wanted.audio) return this.say("call.muted");
      if (video) return this.say(`call.no_camera.${video === "none" ? "none" : "refused"}`);
      return this.wanted.video ? "" : this.say("call.camera_is_off");
    }

    // The ends

    over(over) {
      const fresh = performance.now() - this.begun < FRESH && this.entries < 3;
      if (over.why === "gone" && fresh) this.revive(over);
      else this.finish(over);
    }

    async revive(over) {
      this.wire.close();
      this.carrier.close();
      try {
        const entry = await enter(this.url, { as: "" });
        if (!this.shut) this.begin(entry);
      } catch (problem) {
        this.finish(over);
      }
    }

    sure(asking) {
      this.doubt(asking);
      this.button(asking ? "not-them-yes" : "not-them").focus({ preventScroll: asking });
      if (asking) this.at("sure").scrollIntoView({ block: "nearest" });
    }

    doubt(asking) {
      if (!this.at("sure")) return;
      this.at("sure").hidden = !asking;
      this.button("not-them").hidden = asking;
      this.stage.classList.toggle("asking", asking);
    }

    async notThem() {
      this.button("not-them-yes").disabled = true;
      for (let tries = 0; !this.shut && tries < 5; tries += 1) {
        try {
          await this.wire.notThem();
          break;
        } catch (problem) {
          await wait(1500);
        }
      }
      if (!this.shut) this.button("not-them-yes").disabled = false;
    }

    leave() {
      this.wire.leave();
      this.finish({ why: "left", text: "" });
    }

    async awake() {
      if (this.shut || document.visibilityState !== "visible" || !navigator.wakeLock) return;
      try {
        this.lock = await navigator.wakeLock.request("screen");
        if (this.shut) this.lock.release();
      } catch (problem) {
        this.lock = null; // battery saver: the phone decides
      }
    }

    finish(over) {
      if (this.shut) return;
      this.shut = true;
      clearInterval(this.timer);
      window.removeEventListener("pagehide", this.away);
      document.removeEventListener("visibilitychange", this.shown);
      this.wire.close();
      this.carrier.close();
      [...this.tiles.keys()].forEach((id) => this.unpicture({ id }));
      media.stop(this.tracks.audio, this.tracks.video);
      this.tracks = { audio: null, video: null };
      this.mirror(null);
      if (this.lock) this.lock.release().catch(() => null);
      this.doubt(false);
      this.stage.hidden = true;
      document.body.classList.remove("calling");
      this.on.over({ ...over, left: Math.max(0, this.ends - performance.now() / 1000) || 0 });
    }
  }

  Object.assign(visitline, { Call, enter, speak, clock });
})();
