// "Test my phone": camera, microphone and network, each with a plain sentence and how to fix it.

import * as media from "../call/media.js";
import { wait } from "../call/request.js";

const SLOW_MS = 1500; // for an answer of a few hundred bytes
const TIMEOUT_MS = 8000;
const RELAY_TIMEOUT_MS = 6000;
const METER_MS = 80;
const LOUD = 0.08; // from this level on, a microphone hears somebody

// The median time of three small answers of the server, in milliseconds; null when it cannot be reached.
async function responseTime(url) {
  const times = [];
  for (let attempts = 0; attempts < 3; attempts += 1) {
    const startedAt = performance.now();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      await fetch(url, { cache: "no-store", signal: abort.signal });
      times.push(performance.now() - startedAt);
    } catch (problem) {
      if (attempts > 0 && !times.length) return null;
    } finally {
      clearTimeout(timer);
    }
  }
  return times.length ? times.sort((a, b) => a - b)[Math.floor(times.length / 2)] : null;
}

// Whether one of the ICE servers answers: true, false, or null where there is none.
async function iceReachable(ice) {
  const urls = [].concat(...((ice && ice.iceServers) || []).map((each) => each.urls));
  if (!urls.length || !window.RTCPeerConnection) return null;
  const type = urls.some((url) => url.startsWith("turn")) ? "relay" : "srflx";
  const pc = new RTCPeerConnection(ice);
  const found = new Promise((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate) resolve(false);
      else if (candidate.candidate.includes(` typ ${type}`)) resolve(true);
    };
  });
  try {
    if (pc.addTransceiver) pc.addTransceiver("audio");
    await pc.setLocalDescription(await pc.createOffer());
    return await Promise.race([found, wait(RELAY_TIMEOUT_MS).then(() => false)]);
  } finally {
    pc.close();
  }
}

export class PhoneCheck {
  // probeUrl: a small file of the server; onClose() is called when the person closes the panel
  constructor(root, { say, ice, probeUrl, onClose }) {
    Object.assign(this, { root, say, ice, probeUrl, onClose });
    root.querySelector("[data-do=again]").onclick = () => this.run();
    root.querySelector("[data-do=close]").onclick = () => this.close();
  }

  put(part, state, key, facts) {
    const place = this.root.querySelector(`[data-check=${part}]`);
    place.dataset.state = state;
    place.querySelector("[data-at=words]").textContent = this.say(key, facts);
    place.querySelector("[data-at=sign]").textContent = { good: "\u2713", bad: "!", slow: "!", wait: "\u00b7" }[state];
  }

  async run() {
    this.root.hidden = false;
    this.stop();
    const run = {}; // a later run replaces this one
    this.current = run;
    this.showResult("");
    const again = this.root.querySelector("[data-do=again]");
    again.disabled = true;
    for (const part of ["camera", "microphone", "network"]) this.put(part, "wait", "check.running");
    const results = await Promise.all([this.checkDevices(run), this.checkNetwork(run)]);
    again.disabled = false;
    if (this.current !== run) return;
    const good = results.every(Boolean);
    this.showResult(this.say(good ? "check.good" : "check.not_good"), good);
  }

  showResult(text, good) {
    const place = this.root.querySelector("[data-at=result]");
    place.textContent = text;
    place.hidden = !text;
    place.className = good ? "good" : "note";
  }

  async checkDevices(run) {
    const found = await media.open();
    if (this.current !== run) {
      media.stop(found.audio, found.video);
      return false;
    }
    this.found = found;
    this.showCamera(found.video);
    this.showMicrophone(found.audio);
    this.showHow(found.missing);
    return Boolean(found.audio && found.video);
  }

  showCamera(track) {
    const video = this.root.querySelector("video");
    video.hidden = !track;
    video.srcObject = track ? new MediaStream([track]) : null;
    if (track) video.play().catch(() => null);
    this.put("camera", track ? "good" : "bad", track ? "check.camera.good" : `check.camera.${this.found.missing.video}`);
  }

  showMicrophone(track) {
    const bar = this.root.querySelector("meter");
    bar.hidden = !track;
    if (!track) {
      this.put("microphone", "bad", `check.microphone.${this.found.missing.audio}`);
      return;
    }
    this.put("microphone", "wait", "check.microphone.speak");
    this.meter = media.levelMeter(track);
    let heard = false;
    const update = () => {
      if (!this.meter) return;
      const level = this.meter.level();
      bar.value = level;
      if (level > LOUD && !heard) {
        heard = true;
        this.put("microphone", "good", "check.microphone.good");
      }
      this.meterTimer = setTimeout(update, METER_MS);
    };
    update();
  }

  // How to allow what was refused, on this kind of phone.
  showHow(missing) {
    const refused = [missing.audio, missing.video].includes("refused");
    const place = this.root.querySelector("[data-at=how]");
    place.hidden = !refused;
    place.textContent = refused ? this.say(`check.how.${media.platform}`) : "";
  }

  async checkNetwork(run) {
    const [time, reachable] = await Promise.all([responseTime(this.probeUrl), iceReachable(this.ice).catch(() => null)]);
    if (this.current !== run) return false;
    const seconds = time === null ? "" : Math.max(0.1, time / 1000).toFixed(1);
    if (time === null) this.put("network", "bad", "check.network.none");
    else if (reachable === false) this.put("network", "bad", "check.network.blocked");
    else if (time > SLOW_MS) this.put("network", "slow", "check.network.slow", { seconds });
    else this.put("network", "good", "check.network.good", { seconds });
    return time !== null && reachable !== false;
  }

  stop() {
    this.current = null;
    clearTimeout(this.meterTimer);
    if (this.meter) this.meter.close();
    this.meter = null;
    if (this.found) media.stop(this.found.audio, this.found.video);
    this.found = null;
    this.root.querySelector("video").srcObject = null;
  }

  close() {
    this.stop();
    this.root.hidden = true;
    this.onClose();
  }
}
