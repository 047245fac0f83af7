// One peer connection between two devices of a call: offer and answer, ICE restarts, and bitrates.
// docs/calls.md describes the signaling messages.

import { compareStats, readStats } from "./stats.js";

const RESTART_AFTER_MS = { disconnected: 3000, failed: 0, closed: 0 };
const FIRST_CONNECT_MS = 10000; // a link that was never connected is restarted after this time
const RESTART_EVERY_MS = 5000;
const MIN_BETWEEN_RESTARTS_MS = 2000;
const AUDIO_KBPS = 40;
const MIN_KBPS = AUDIO_KBPS + 30; // with less than this no video gets through
const MAX_LOSS = 0.15;
const SAMPLES = 6;
const POOR_SAMPLES = 4; // so many poor seconds of the last SAMPLES pause our video
const VIDEO_RETRY_MS = 15000;
const MAX_VIDEO_RETRY_MS = 30000;

export class Link {
  constructor(mesh, peer) {
    this.mesh = mesh;
    this.peer = peer;
    this.offers = mesh.me.device > peer.id; // the higher id always offers, so offers never cross
    this.id = this.offers ? Math.random().toString(36).slice(2) : ""; // chosen by the device that offers
    this.round = 0; // counts the offers
    this.settledRound = 0; // the round whose remote description is set
    this.earlyCandidates = []; // received before the remote description of their round
    this.tasks = Promise.resolve();
    this.stream = new MediaStream();
    this.videoPaused = false;
    this.poorSamples = [];
    this.videoRetry = { at: 0, wait: VIDEO_RETRY_MS };
    this.wasConnected = false;
    this.state = "new";
    this.changedAt = performance.now();
    this.restartedAt = this.changedAt;
    this.lastSample = null;
    this.figures = {};
    this.open();
  }

  open() {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...this.mesh.ice });
    this.pc = pc;
    pc.onicecandidate = ({ candidate }) => {
      if (candidate && candidate.candidate) this.publish("candidate", { candidate: candidate.toJSON() });
    };
    pc.ontrack = ({ track }) => {
      this.stream.addTrack(track);
      this.mesh.on.stream(this.peer, this.stream);
    };
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => this.updateState();
    if (!this.offers) {
      this.publish("restart", {}); // without a link id: a peer that has an older link to us replaces it
      return;
    }
    for (const kind of ["audio", "video"]) {
      const options = { direction: this.direction(), streams: [this.mesh.ownStream] };
      if (kind === "video") options.sendEncodings = [{ maxBitrate: this.mesh.kbps * 1000 }];
      this.replaceTrack(pc.addTransceiver(kind, options));
    }
    this.sendOffer(false);
  }

  direction() {
    if (this.mesh.me.side === "watcher") return "recvonly";
    return this.peer.side === "watcher" ? "sendonly" : "sendrecv";
  }

  publish(kind, body) {
    this.mesh.publish(this.peer, kind, { link: this.id, round: this.round, ...body });
  }

  // Runs negotiation steps one after the other.
  enqueue(step) {
    this.tasks = this.tasks
      .then(() => (this.closed ? null : step()))
      .catch((problem) => console.info(`link ${this.peer.id}: ${problem.name} ${problem.message}`));
  }

  updateState() {
    const reported = this.pc.connectionState || this.pc.iceConnectionState; // Firefox before 113 has only the second
    const state = { checking: "connecting", completed: "connected" }[reported] || reported;
    if (state === this.state) return;
    if (state === "connected") this.wasConnected = true;
    if (this.state === "connected" || state === "connected") this.changedAt = performance.now();
    this.state = state;
    this.restartIfBroken();
    this.mesh.on.change();
  }

  restartIfBroken() {
    if (this.state === "connected" || this.closed) return;
    const now = performance.now();
    const failed = this.state === "failed";
    const afterDrop = RESTART_AFTER_MS[this.state];
    const wanted = this.wasConnected ? afterDrop : failed ? 0 : FIRST_CONNECT_MS;
    const delay = wanted === undefined ? RESTART_AFTER_MS.disconnected : wanted;
    const interval = this.wasConnected || failed ? RESTART_EVERY_MS : FIRST_CONNECT_MS;
    const first = this.restartedAt < this.changedAt;
    if (now - this.changedAt < delay || (!first && now - this.restartedAt < interval)) return;
    this.restartedAt = now;
    if (this.offers) this.sendOffer(true);
    else this.publish("restart", {});
  }

  sendOffer(iceRestart) {
    this.enqueue(async () => {
      const offer = await this.pc.createOffer({ iceRestart });
      this.round += 1;
      await this.pc.setLocalDescription(offer);
      this.publish("offer", { sdp: offer.sdp });
    });
  }

  // True when the message belongs to a link that is newer than this one.
  isOutdatedBy(kind, body) {
    if (this.offers) return kind === "restart" && body.link === "" && this.settledRound > 0;
    return kind === "offer" && this.id !== "" && body.link !== this.id;
  }

  receive(kind, body) {
    this.enqueue(() => this[`on_${kind}`] && this[`on_${kind}`](body));
  }

  async on_offer(body) {
    if (this.offers || (this.id && body.round <= this.round)) return;
    await this.pc.setRemoteDescription({ type: "offer", sdp: body.sdp });
    this.id = body.link;
    this.round = this.settledRound = body.round;
    // A transceiver made by addTransceiver is never matched with the offer's: who answers uses those that the offer made.
    for (const transceiver of this.pc.getTransceivers()) {
      transceiver.direction = this.direction();
      if (transceiver.sender.setStreams) transceiver.sender.setStreams(this.mesh.ownStream); // synchronizes audio and video
      this.replaceTrack(transceiver);
    }
    const answer = await this.pc.createAnswer();
    await this.pc.setLocalDescription(answer);
    this.publish("answer", { sdp: answer.sdp });
    await this.settle();
  }

  async on_answer(body) {
    if (!this.offers || body.link !== this.id || body.round !== this.round) return;
    if (this.pc.signalingState !== "have-local-offer") return;
    await this.pc.setRemoteDescription({ type: "answer", sdp: body.sdp });
    this.settledRound = body.round;
    await this.settle();
  }

  async on_candidate(body) {
    if (body.link !== this.id || body.round < this.settledRound) return;
    if (body.round > this.settledRound) this.earlyCandidates.push(body);
    else await this.pc.addIceCandidate(body.candidate).catch(() => null);
  }

  on_restart(body) {
    if (!this.offers || body.link !== this.id) return;
    if (performance.now() - this.restartedAt < MIN_BETWEEN_RESTARTS_MS) return;
    this.restartedAt = performance.now();
    this.sendOffer(true);
  }

  // Both descriptions of a round are set.
  async settle() {
    const usable = this.earlyCandidates.filter((each) => each.round === this.settledRound);
    this.earlyCandidates = this.earlyCandidates.filter((each) => each.round > this.settledRound);
    for (const each of usable) await this.pc.addIceCandidate(each.candidate).catch(() => null);
    await this.limitBitrates();
  }

  replaceTrack(transceiver) {
    if (this.direction() === "recvonly") return;
    const track = this.mesh.tracks[transceiver.receiver.track.kind];
    transceiver.sender.replaceTrack(track).catch(() => null);
  }

  replaceTracks() {
    if (!this.closed) this.pc.getTransceivers().forEach((transceiver) => this.replaceTrack(transceiver));
  }

  async limitBitrates() {
    if (this.closed || this.direction() === "recvonly") return;
    for (const { sender, receiver } of this.pc.getTransceivers()) {
      const parameters = sender.getParameters();
      if (!parameters.encodings || !parameters.encodings.length) parameters.encodings = [{}];
      const limits = receiver.track.kind === "audio"
        ? { maxBitrate: AUDIO_KBPS * 1000, priority: "high", networkPriority: "high" }
        : { maxBitrate: this.mesh.kbps * 1000, active: !this.videoPaused };
      Object.assign(parameters.encodings[0], limits);
      await sender.setParameters(parameters).catch(() => null);
    }
  }

  async measure() {
    if (this.closed) return;
    const sample = readStats(await this.pc.getStats());
    const before = this.lastSample;
    this.lastSample = sample;
    if (!before || this.closed) return;
    this.figures = compareStats(before, sample);
    this.adaptVideo(sample);
  }

  // When there is too little bandwidth for several seconds, pauses our video so that the sound gets through, and tries
  // the video again later.
  adaptVideo(sample) {
    if (this.state !== "connected" || !this.mesh.tracks.video || this.direction() === "recvonly") return;
    const now = performance.now();
    if (this.videoPaused) {
      if (now < this.videoRetry.at) return;
      this.videoPaused = false;
      this.poorSamples = [];
      this.retriedAt = now;
      this.limitBitrates();
      return;
    }
    const narrow = sample.available !== null && sample.available < MIN_KBPS * 1000;
    this.poorSamples = [...this.poorSamples, narrow || sample.remoteLoss > MAX_LOSS].slice(-SAMPLES);
    if (this.poorSamples.filter(Boolean).length >= POOR_SAMPLES) {
      const { wait } = this.videoRetry;
      this.videoPaused = true;
      this.videoRetry = { at: now + wait, wait: Math.min(MAX_VIDEO_RETRY_MS, wait * 2) };
      this.limitBitrates();
      this.mesh.on.change();
    } else if (this.retriedAt && now - this.retriedAt > MAX_VIDEO_RETRY_MS) {
      this.retriedAt = 0;
      this.videoRetry.wait = VIDEO_RETRY_MS;
    }
  }

  close() {
    this.closed = true;
    const pc = this.pc;
    pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    pc.close();
    this.stream.getTracks().forEach((track) => this.stream.removeTrack(track));
  }
}
