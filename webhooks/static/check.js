"use strict";
// "Test my phone": camera, microphone and network, each with a plain sentence and how to mend it.

(() => {
  const { media, wait } = visitline;
  const SLOW = 1500; // ms for an answer of a few hundred bytes
  const DEAD = 8000;
  const RELAY = 6000;
  const LOUD = 0.08;

  // How long the house takes for a small answer, the middle one of three; null: it is out of reach.
  async function answers(url) {
    const times = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const began = performance.now();
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), DEAD);
      try {
        await fetch(url, { cache: "no-store", signal: stop.signal });
        times.push(performance.now() - began);
      } catch (problem) {
        if (tries > 0 && !times.length) return null;
      } finally {
        clearTimeout(timer);
      }
    }
    return times.length ? times.sort((a, b) => a - b)[Math.floor(times.length / 2)] : null;
  }

  // Whether one of these servers answers from here: true, false, or null where there is none to ask.
  async function reaches(ice) {
    const urls = [].concat(...((ice && ice.iceServers) || []).map((each) => each.urls));
    if (!urls.length || !window.RTCPeerConnection) return null;
    const wanted = urls.some((url) => url.startsWith("turn")) ? "relay" : "srflx";
    const pc = new RTCPeerConnection(ice);
    const found = new Promise((done) => {
      pc.onicecandidate = ({ candidate }) => {
        if (!candidate) done(false);
        else if (candidate.candidate.includes(` typ ${wanted}`)) done(true);
      };
    });
    try {
      if (pc.addTransceiver) pc.addTransceiver("audio");
      await pc.setLocalDescription(await pc.createOffer());
      return await Promise.race([found, wait(RELAY).then(() => false)]);
    } finally {
      pc.close();
    }
  }

  class Check {
    constructor(root, { say, ice, probe }) {
      Object.assign(this, { root, say, ice, probe });
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
      const turn = {};
      this.turn = turn;
      this.result("");
      const again = this.root.querySelector("[data-do=again]");
      again.disabled = true;
      for (const part of ["camera", "microphone", "network"]) this.put(part, "wait", "check.running");
      const parts = await Promise.all([this.devices(turn), this.network(turn)]);
      again.disabled = false;
      if (this.turn !== turn) return;
      const good = parts.every(Boolean);
      this.result(this.say(good ? "check.good" : "check.not_good"), good);
    }

    result(words, good) {
      const place = this.root.querySelector("[data-at=result]");
      place.textContent = words;
      place.hidden = !words;
      place.className = good ? "good" : "note";
    }

    async devices(turn) {
      const found = await media.open();
      if (this.turn !== turn) {
        media.stop(found.audio, found.video);
        return false;
      }
      this.found = found;
      this.see(found.video);
      this.hear(found.audio);
      this.mend(found.missing);
      return Boolean(found.audio && found.video);
    }

    see(track) {
      const video = this.root.querySelector("video");
      video.hidden = !track;
      video.srcObject = track ? new MediaStream([track]) : null;
      if (track) video.play().catch(() => null);
      this.put("camera", track ? "good" : "bad", track ? "check.camera.good" : `check.camera.${this.found.missing.video}`);
    }

    hear(track) {
      const bar = this.root.querySelector("meter");
      bar.hidden = !track;
      if (!track) {
        this.put("microphone", "bad", `check.microphone.${this.found.missing.audio}`);
        return;
      }
      this.put("microphone", "wait", "check.microphone.speak");
      this.meter = media.meter(track);
      let heard = false;
      const look = () => {
        if (!this.meter) return;
        const level = this.meter.level();
        bar.value = level;
        if (level > LOUD && !heard) {
          heard = true;
          this.put("microphone", "good", "check.microphone.good");
        }
        this.frame = setTimeout(look, 80);
      };
      look();
    }

    // How to allow what was refused, on this kind of phone.
    mend(missing) {
      const refused = [missing.audio, missing.video].includes("refused");
      const place = this.root.querySelector("[data-at=how]");
      place.hidden = !refused;
      place.textContent = refused ? this.say(`check.how.${media.platform}`) : "";
    }

    async network(turn) {
      const [time, reached] = await Promise.all([answers(this.probe), reaches(this.ice).catch(() => null)]);
      if (this.turn !== turn) return false;
      const seconds = time === null ? "" : Math.max(0.1, time / 1000).toFixed(1);
      if (time === null) this.put("network", "bad", "check.network.none");
      else if (reached === false) this.put("network", "bad", "check.network.blocked");
      else if (time > SLOW) this.put("network", "slow", "check.network.slow", { seconds });
      else this.put("network", "good", "check.network.good", { seconds });
      return time !== null && reached !== false;
    }

    stop() {
      this.turn = null;
      clearTimeout(this.frame);
      if (this.meter) this.meter.close();
      this.meter = null;
      if (this.found) media.stop(this.found.audio, this.found.video);
      this.found = null;
      this.root.querySelector("video").srcObject = null;
    }

    close() {
      this.stop();
      this.root.hidden = true;
      if (this.on_close) this.on_close();
    }
  }

  visitline.Check = Check;
})();
