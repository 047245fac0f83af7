// A device's connection to the server during a call: receives the call's state and signaling messages by a stream or by
// polling, publishes signaling messages, and sends heartbeats. The server may be slow or unreachable for a while: every
// request has a time limit and is repeated, messages keep their order, and a number prevents that one counts twice.

import { request, wait } from "./request.js";

const HEARTBEAT_SECONDS = 10; // the server records evidence in slots of this length
const RETRY_MS = [1000, 2000, 3000, 5000];
const RETRY_STREAM_MS = 10000;
const POLL_MS = 1000; // between polls while there is no stream
const SETTLED_POLL_MS = 4000; // the same while every link is connected
const STALE_STREAM_MS = 20000; // after this silence a poll checks whether the stream still works
const MAX_REQUEST_BYTES = 12000;
const GONE = [401, 403, 404, 410];

export class Connection {
  // on: {state(state), message(message), heartbeat() -> body, settled() -> whether every link is connected}
  constructor(entry, on) {
    this.on = on;
    this.base = `/call/${entry.key}`;
    this.cursor = entry.cursor;
    this.number = 0;
    this.queue = [];
    this.answeredAt = performance.now(); // when the server last answered
    this.closed = false;
    this.firstState = entry.state;
    this.wake = () => document.visibilityState === "visible" && this.reopen();
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  start() {
    this.receiveState(this.firstState);
    this.openStream();
    this.sendHeartbeats();
  }

  receiveState(state) {
    this.answeredAt = performance.now();
    if (!state || this.closed) return;
    if (state.now) this.clockOffset = state.now - performance.now() / 1000;
    this.on.state(state);
  }

  // Receiving

  openStream() {
    if (this.closed) return;
    this.stream = null;
    if (!window.EventSource) {
      this.poll(() => true);
      return;
    }
    const stream = new EventSource(`${this.base}/stream?after=${this.cursor}`);
    this.stream = stream;
    this.streamedAt = performance.now();
    const active = () => {
      this.streamedAt = this.answeredAt = performance.now();
    };
    stream.addEventListener("open", active);
    stream.addEventListener("state", (event) => {
      active();
      this.receiveState(JSON.parse(event.data));
    });
    stream.addEventListener("message", (event) => {
      active();
      this.receiveMessage(JSON.parse(event.data));
    });
    stream.addEventListener("again", () => this.reopen());
    stream.addEventListener("error", () => {
      stream.close();
      if (this.stream !== stream) return;
      this.stream = null;
      const until = performance.now() + RETRY_STREAM_MS;
      this.poll(() => performance.now() < until);
    });
  }

  // Polls while `allowed()`, then opens a stream.
  async poll(allowed) {
    while (!this.closed && !this.stream && allowed()) {
      await this.fetchMessages();
      await wait(this.on.settled && this.on.settled() ? SETTLED_POLL_MS : POLL_MS);
    }
    if (!this.stream) this.openStream();
  }

  // Returns how many messages there were.
  async fetchMessages() {
    try {
      const answer = await request(`${this.base}/mail?after=${this.cursor}`);
      answer.messages.forEach((message) => this.receiveMessage(message));
      this.receiveState(answer.state);
      return answer.messages.length;
    } catch (problem) {
      this.endIfGone(problem);
      return 0;
    }
  }

  receiveMessage(message) {
    if (this.closed || message.id <= this.cursor) return;
    this.cursor = message.id;
    this.on.message(message);
  }

  reopen() {
    if (this.closed || !this.stream) return;
    this.stream.close();
    this.openStream();
  }

  // Publishing

  publish(to, to_epoch, kind, body) {
    if (this.closed) return;
    this.number += 1;
    this.queue.push({ number: this.number, to, to_epoch, kind, body });
    this.flush();
  }

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    await null; // messages that are published by the same task go into one request
    for (let failed = 0; this.queue.length && !this.closed; ) {
      const batch = this.nextBatch();
      try {
        await request(`${this.base}/send`, { messages: batch });
        this.queue.splice(0, batch.length);
        this.answeredAt = performance.now();
        failed = 0;
      } catch (problem) {
        this.endIfGone(problem);
        if ([400, 413, 422].includes(problem.status)) this.queue.splice(0, batch.length);
        else await wait(RETRY_MS[Math.min(failed++, RETRY_MS.length - 1)]);
      }
    }
    this.flushing = false;
  }

  // The first messages of the queue that fit into one request, at least one.
  nextBatch() {
    let size = 0;
    const fits = (message) => (size += JSON.stringify(message).length) < MAX_REQUEST_BYTES;
    let count = 1;
    fits(this.queue[0]);
    while (count < this.queue.length && fits(this.queue[count])) count += 1;
    return this.queue.slice(0, count);
  }

  // Heartbeats

  async sendHeartbeats() {
    const spread = 2 + Math.random() * 4.5; // devices send at different moments, well within the slot
    let last = null;
    while (!this.closed) {
      const now = performance.now() / 1000 + (this.clockOffset || 0);
      const left = HEARTBEAT_SECONDS - ((((now - spread) % HEARTBEAT_SECONDS) + HEARTBEAT_SECONDS) % HEARTBEAT_SECONDS);
      await wait(1000 * (left < HEARTBEAT_SECONDS / 2 && last !== null ? left + HEARTBEAT_SECONDS : left));
      last = now;
      if (this.closed) return;
      const body = this.on.heartbeat();
      for (let attempts = 0; attempts < 2 && !this.closed; attempts += 1) {
        try {
          this.receiveState(await request(`${this.base}/beat`, body));
          break;
        } catch (problem) {
          this.endIfGone(problem);
        }
      }
      if (this.stream && performance.now() - this.streamedAt > STALE_STREAM_MS) await this.checkStream();
    }
  }

  // A phone that changes from Wi-Fi to the mobile network keeps a stream on which nothing arrives any more.
  async checkStream() {
    this.streamedAt = performance.now();
    if (await this.fetchMessages()) this.reopen();
  }

  endIfGone(problem) {
    if (this.closed || !GONE.includes(problem.status)) return;
    this.on.state({ phase: "over", over: { why: problem.code || "gone", text: problem.text || "" }, peers: [] });
  }

  // Milliseconds since the server last answered.
  silence() {
    return performance.now() - this.answeredAt;
  }

  notThem() {
    return request(`${this.base}/not-them`, {}).then((state) => this.receiveState(state));
  }

  leave() {
    const url = `${this.base}/leave`;
    if (navigator.sendBeacon && navigator.sendBeacon(url)) return;
    fetch(url, { method: "POST", keepalive: true }).catch(() => null);
  }

  close() {
    this.closed = true;
    if (this.stream) this.stream.close();
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
  }
}
