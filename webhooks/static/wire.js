"use strict";
// What a device and the house say to each other during a call. The house may be slow, frozen or gone for a while:
// everything has a time-out, is brought again in its order, and has a number so that nothing counts twice.

(() => {
  const PATIENCE = 8000;
  const SLOT = 10; // seconds; a beat in the middle of each
  const AGAIN = [1000, 2000, 3000, 5000];
  const STREAM_AGAIN = 10000;
  const EAGER = 1000; // between two questions for letters, where there is no stream
  const CALM = 4000; // the same while every link stands
  const QUIET = 20000; // a stream that said nothing for so long is asked whether it is still one
  const FULL = 12000; // bytes of one request
  const GONE = [401, 403, 404, 410];

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // The answer's JSON; else an error with `status` (0: nobody answered), `code` and `text`.
  async function ask(url, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    const asked = { signal: stop.signal, cache: "no-store", headers: { Accept: "application/json" } };
    if (body !== undefined) {
      asked.method = "POST";
      asked.headers["Content-Type"] = "application/json";
      asked.body = JSON.stringify(body);
    }
    try {
      const answer = await fetch(url, asked);
      const said = await answer.json().catch(() => ({}));
      if (answer.ok) return said;
      throw Object.assign(new Error(said.error || "failed"), { status: answer.status, code: said.error || "", ...said });
    } catch (problem) {
      if (problem.status === undefined) problem.status = 0;
      throw problem;
    } finally {
      clearTimeout(timer);
    }
  }

  class Wire {
    // on: {state(state), message(message), beat() -> body, calm() -> whether every link stands}
    constructor(entry, on) {
      this.on = on;
      this.base = `/call/${entry.key}`;
      this.cursor = entry.cursor;
      this.number = 0;
      this.queue = [];
      this.heard = performance.now(); // when the house last answered
      this.shut = false;
      this.first = entry.state;
      this.wake = () => document.visibilityState === "visible" && this.again();
      window.addEventListener("online", this.wake);
      document.addEventListener("visibilitychange", this.wake);
    }

    start() {
      this.take(this.first);
      this.listen();
      this.beats();
    }

    take(state) {
      this.heard = performance.now();
      if (!state || this.shut) return;
      if (state.now) this.shift = state.now - performance.now() / 1000;
      this.on.state(state);
    }

    // Reading

    listen() {
      if (this.shut) return;
      this.source = null;
      if (!window.EventSource) {
        this.poll(() => true);
        return;
      }
      const source = new EventSource(`${this.base}/stream?after=${this.cursor}`);
      this.source = source;
      this.stirred = performance.now();
      const stir = () => {
        this.stirred = this.heard = performance.now();
      };
      source.addEventListener("open", stir);
      source.addEventListener("state", (event) => {
        stir();
        this.take(JSON.parse(event.data));
      });
      source.addEventListener("message", (event) => {
        stir();
        this.arrived(JSON.parse(event.data));
      });
      source.addEventListener("again", () => this.again());
      source.addEventListener("error", () => {
        source.close();
        if (this.source !== source) return;
        this.source = null;
        const until = performance.now() + STREAM_AGAIN;
        this.poll(() => performance.now() < until);
      });
    }

    async poll(still) {
      while (!this.shut && !this.source && still()) {
        await this.mail();
        await wait(this.on.calm && this.on.calm() ? CALM : EAGER);
      }
      if (!this.source) this.listen();
    }

    async mail() {
      try {
        const said = await ask(`${this.base}/mail?after=${this.cursor}`);
        said.messages.forEach((each) => this.arrived(each));
        this.take(said.state);
        return said.messages.length;
      } catch (problem) {
        this.refused(problem);
        return 0;
      }
    }

    arrived(message) {
      if (this.shut || message.id <= this.cursor) return;
      this.cursor = message.id;
      this.on.message(message);
    }

    again() {
      if (this.shut || !this.source) return;
      this.source.close();
      this.listen();
    }

    // Writing

    send(to, to_epoch, kind, body) {
      if (this.shut) return;
      this.number += 1;
      this.queue.push({ number: this.number, to, to_epoch, kind, body });
      this.flush();
    }

    async flush() {
      if (this.flushing) return;
      this.flushing = true;
      await null; // what is said in one breath goes in one request
      for (let failed = 0; this.queue.length && !this.shut; ) {
        const bundle = this.bundle();
        try {
          await ask(`${this.base}/send`, { messages: bundle });
          this.queue.splice(0, bundle.length);
          this.heard = performance.now();
          failed = 0;
        } catch (problem) {
          this.refused(problem);
          if ([400, 413, 422].includes(problem.status)) this.queue.splice(0, bundle.length);
          else await wait(AGAIN[Math.min(failed++, AGAIN.length - 1)]);
        }
      }
      this.flushing = false;
    }

    bundle() {
      let size = 0;
      const fits = (each) => (size += JSON.stringify(each).length) < FULL;
      let count = 1;
      fits(this.queue[0]);
      while (count < this.queue.length && fits(this.queue[count])) count += 1;
      return this.queue.slice(0, count);
    }

    // Beats

    async beats() {
      const spread = 2 + Math.random() * 4.5; // not all at once, and well within the slot
      let told = null;
      while (!this.shut) {
        const now = performance.now() / 1000 + (this.shift || 0);
        const left = SLOT - ((((now - spread) % SLOT) + SLOT) % SLOT);
        await wait(1000 * (left < SLOT / 2 && told !== null ? left + SLOT : left));
        told = now;
        if (this.shut) return;
        const body = this.on.beat();
        for (let tries = 0; tries < 2 && !this.shut; tries += 1) {
          try {
            this.take(await ask(`${this.base}/beat`, body));
            break;
          } catch (problem) {
            this.refused(problem);
          }
        }
        if (this.source && performance.now() - this.stirred > QUIET) await this.check();
      }
    }

    // Phones that change from Wi-Fi to the mobile network keep streams on which nothing arrives any more.
    async check() {
      this.stirred = performance.now();
      if (await this.mail()) this.again();
    }

    refused(problem) {
      if (this.shut || !GONE.includes(problem.status)) return;
      this.on.state({ phase: "over", over: { why: problem.code || "gone", text: problem.text || "" }, peers: [] });
    }

    silence() {
      return performance.now() - this.heard;
    }

    notThem() {
      return ask(`${this.base}/not-them`, {}).then((state) => this.take(state));
    }

    leave() {
      const url = `${this.base}/leave`;
      if (navigator.sendBeacon && navigator.sendBeacon(url)) return;
      fetch(url, { method: "POST", keepalive: true }).catch(() => null);
    }

    close() {
      this.shut = true;
      if (this.source) this.source.close();
      window.removeEventListener("online", this.wake);
      document.removeEventListener("visibilitychange", this.wake);
    }
  }

  window.visitline = Object.assign(window.visitline || {}, { Wire, ask, wait });
})();
