// One device in a call, from the entry to the end. The family's page, the kiosk and the watcher's page use the same class.

import { Connection } from "./connection.js";
import { Devices } from "./devices.js";
import { createProvider } from "./entry.js";
import { Evidence } from "./evidence.js";
import { request, wait } from "./request.js";
import { Stage } from "./stage.js";
import { formatClock, heartbeatReport, statusKey, UNREACHABLE_MS } from "./status.js";
import { Tiles } from "./tiles.js";

const OTHER_SIDES = { family: ["kiosk"], kiosk: ["family"], watcher: ["family", "kiosk"] };
const RENEW_MS = 45000; // a link that stays down for this long is replaced, beginning with a new entry
const END_GRACE_SECONDS = 3; // the page ends the call itself when the server has not done so
const WARNINGS = [[60, "call.minutes_1"], [300, "call.minutes_5"]]; // seconds before the end
const WARNING_WINDOW_SECONDS = 45; // a warning that is later than this is left out
const WARNING_MS = 10000;
const NOT_THEM_ATTEMPTS = 5;
const NOT_THEM_RETRY_MS = 1500;

export class Call {
  // on: {over({why, text, left})}; `left` is how many seconds of the visit are left
  constructor(root, { texts, enterUrl, side, on }) {
    Object.assign(this, { root, enterUrl, side, on });
    this.stage = new Stage(root, texts);
    this.otherSides = OTHER_SIDES[side];
    this.devices = new Devices(this.stage, side, () => this.show());
    this.tiles = new Tiles(this.stage, (peerSide) => this.labelOf(peerSide));
    this.everMet = false;
    this.warned = new Set();
    this.stage.onPress("leave", () => this.leave());
    this.stage.onPress("not-them", () => this.askNotThem());
    this.stage.onPress("not-them-no", () => this.cancelNotThem());
    this.stage.onPress("not-them-yes", () => this.reportNotThem());
    // A kiosk that is reloaded or shut down comes back by itself: there only the button leaves.
    this.onPageHide = () => side !== "kiosk" && this.connection && !this.ended && this.connection.leave();
    this.onVisible = () => this.keepAwake();
    window.addEventListener("pagehide", this.onPageHide);
    document.addEventListener("visibilitychange", this.onVisible);
  }

  start(entry) {
    this.startedAt = performance.now();
    this.evidence = new Evidence();
    this.links = []; // as last measured
    this.root.hidden = false;
    document.body.classList.add("calling");
    this.provider = createProvider(entry, {
      publish: (peer, kind, body) => this.connection.publish(peer.id, peer.epoch, kind, body),
      place: this.stage.at("pictures"),
      on: {
        stream: (peer, stream) => this.tiles.show(peer, stream),
        gone: (peer) => this.tiles.remove(peer.id),
        change: () => this.show(),
      },
    });
    this.connection = new Connection(entry, {
      state: (state) => this.receiveState(state),
      message: (message) => this.ended || this.provider.receive(message),
      heartbeat: () => this.heartbeat(),
      settled: () => this.links.length > 0 && this.links.every((link) => link.state === "connected"),
    });
    this.connection.start();
    if (this.ended) return;
    if (!this.timer) this.timer = setInterval(() => this.tick(), 1000);
    this.devices.use(this.provider);
    this.keepAwake();
  }

  receiveState(state) {
    if (this.ended) return;
    if (state.phase === "over") {
      this.end(state.over || { why: "end", text: "" });
      return;
    }
    const now = performance.now() / 1000;
    this.state = state;
    this.startsAt = now + state.starts_in;
    this.endsAt = now + state.ends_in;
    this.provider.setPeers(state.peers);
    if (state.peers.some((peer) => this.otherSides.includes(peer.side))) this.everMet = true;
    this.show();
  }

  labelOf(peerSide) {
    if (this.side === "watcher") return this.stage.say(`call.watch.${peerSide}`);
    return this.stage.say(peerSide === this.side ? "call.together" : "call.them");
  }

  // The measured links to the other side.
  otherLinks() {
    return this.links.filter((link) => this.otherSides.includes(link.peer.side));
  }

  // Every second

  async tick() {
    if (this.ended) return;
    const links = await this.provider.measure();
    if (this.ended) return;
    this.links = links;
    this.tiles.update(links);
    this.evidence.observe(this.otherLinks());
    this.warn();
    this.show();
    const left = this.endsAt - performance.now() / 1000;
    if (left < -END_GRACE_SECONDS) this.end({ why: "end", text: "" });
    else this.renewIfDown();
  }

  // Says once when five minutes and one minute are left.
  warn() {
    if (!this.state || this.state.phase !== "call") return;
    const left = this.endsAt - performance.now() / 1000;
    for (const [seconds, key] of WARNINGS) {
      if (left > seconds || left < seconds - WARNING_WINDOW_SECONDS || this.warned.has(key)) continue;
      this.warned.add(key);
      this.stage.put("warning", this.stage.say(key));
      setTimeout(() => this.stage.put("warning", ""), WARNING_MS);
    }
  }

  renewIfDown() {
    const now = performance.now();
    const down = this.otherLinks().some((link) => link.downMs > RENEW_MS);
    if (!down || now - this.startedAt < RENEW_MS || this.connection.silence() > UNREACHABLE_MS) return;
    this.startedAt = now;
    this.renew();
  }

  async renew() {
    try {
      const entry = await request(this.enterUrl, { as: "" });
      if (this.ended) return;
      this.connection.close();
      this.provider.close();
      this.start(entry);
    } catch (problem) {
      console.info(`renew: ${problem.message}`);
    }
  }

  heartbeat() {
    const [main = {}] = this.otherLinks();
    return { ...this.evidence.take(), report: heartbeatReport(this.links, main, this.devices) };
  }

  // What is written

  show() {
    if (this.ended || !this.state) return;
    const { phase, watched, notice } = this.state;
    const { stage } = this;
    const say = (key) => stage.say(key);
    const now = performance.now() / 1000;
    const early = this.startsAt > now;
    this.root.dataset.phase = phase;
    this.root.classList.toggle("alone", this.tiles.count === 0);
    this.root.classList.toggle("several", this.tiles.count > 1);
    stage.put("watched", watched && this.side !== "watcher" ? say("call.watched") : "");
    stage.put("notice", notice ? `${say("call.notice")} ${notice}` : "");
    stage.put("starts", early ? say("call.waiting.starts") : "");
    stage.put("left_words", say(early ? "call.starts_in" : "call.time_left"));
    stage.at("left").textContent = formatClock(early ? this.startsAt - now : this.endsAt - now);
    stage.at("left").classList.toggle("last", !early && this.endsAt - now < 60);
    stage.put("status", say(this.statusKey()));
    stage.put("mine", say(this.devices.statusKey()));
    if (stage.at("wrong")) stage.at("wrong").hidden = !this.everMet;
  }

  statusKey() {
    const { side, otherSides, state, everMet, evidence } = this;
    return statusKey({ side, otherSides, state, everMet, evidence, links: this.otherLinks(), silenceMs: this.connection.silence() });
  }

  // "This is not them"

  askNotThem() {
    this.showNotThem(true);
    this.stage.button("not-them-yes").focus({ preventScroll: true });
    this.stage.at("sure").scrollIntoView({ block: "nearest" });
  }

  cancelNotThem() {
    this.showNotThem(false);
    this.stage.button("not-them").focus();
  }

  showNotThem(asking) {
    if (!this.stage.at("sure")) return;
    this.stage.at("sure").hidden = !asking;
    this.stage.button("not-them").hidden = asking;
    this.root.classList.toggle("asking", asking);
  }

  async reportNotThem() {
    const button = this.stage.button("not-them-yes");
    button.disabled = true;
    for (let attempts = 0; !this.ended && attempts < NOT_THEM_ATTEMPTS; attempts += 1) {
      try {
        await this.connection.notThem();
        break;
      } catch (problem) {
        await wait(NOT_THEM_RETRY_MS);
      }
    }
    if (!this.ended) button.disabled = false;
  }

  // The end

  leave() {
    this.connection.leave();
    this.end({ why: "left", text: "" });
  }

  async keepAwake() {
    if (this.ended || document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      this.wakeLock = await navigator.wakeLock.request("screen");
      if (this.ended) this.wakeLock.release();
    } catch (problem) {
      this.wakeLock = null; // the phone refuses, for example to save its battery
    }
  }

  end(over) {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    window.removeEventListener("pagehide", this.onPageHide);
    document.removeEventListener("visibilitychange", this.onVisible);
    this.connection.close();
    this.provider.close();
    this.tiles.close();
    this.devices.close();
    if (this.wakeLock) this.wakeLock.release().catch(() => null);
    this.showNotThem(false);
    this.root.hidden = true;
    document.body.classList.remove("calling");
    this.on.over({ ...over, left: Math.max(0, this.endsAt - performance.now() / 1000) || 0 });
  }
}
