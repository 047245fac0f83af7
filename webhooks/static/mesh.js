"use strict";
// The links between the devices of a call: one connection per peer. docs/calls.md says what they tell each other.

(() => {
  const PATIENCE = { disconnected: 3000, failed: 0, closed: 0 };
  const FIRST = 10000; // what a link that never stood gets before it is begun anew
  const AGAIN = 5000;
  const SOUND = 40; // kbps
  const LEAST = SOUND + 30; // with less than this no picture gets through
  const LOSS = 0.15;
  const LOOKS = 6;
  const POOR = 4; // so many poor seconds of the last LOOKS hold the picture back
  const HELD = 300;

  class Link {
    constructor(mesh, peer) {
      this.mesh = mesh;
      this.peer = peer;
      this.offers = mesh.me.device > peer.id;
      this.name = this.offers ? Math.random().toString(36).slice(2) : ""; // who offers names the link
      this.round = 0; // counts the offers
      this.settled = 0; // the round whose description of the other side is set
      this.early = []; // candidates that came before their description
      this.work = Promise.resolve();
      this.stream = new MediaStream();
      this.thin = false;
      this.poor = [];
      this.retry = { at: 0, wait: 15000 };
      this.stood = false;
      this.state = "new";
      this.since = performance.now();
      this.asked = this.since;
      this.last = null;
      this.figures = {};
      this.open();
    }

    open() {
      const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...this.mesh.ice });
      this.pc = pc;
      pc.onicecandidate = ({ candidate }) => {
        if (candidate && candidate.candidate) this.tell("candidate", { candidate: candidate.toJSON() });
      };
      pc.ontrack = ({ track }) => {
        this.stream.addTrack(track);
        this.mesh.on.stream(this.peer, this.stream);
      };
      pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => this.changed();
      if (!this.offers) {
        this.tell("restart", {}); // "I am new": who has an older link of ours begins anew
        return;
      }
      for (const kind of ["audio", "video"]) {
        const asked = { direction: this.direction(), streams: [this.mesh.own] };
        if (kind === "video") asked.sendEncodings = [{ maxBitrate: this.mesh.kbps * 1000 }];
        this.give(pc.addTransceiver(kind, asked));
      }
      this.offer(false);
    }

    direction() {
      if (this.mesh.me.side === "watcher") return "recvonly";
      return this.peer.side === "watcher" ? "sendonly" : "sendrecv";
    }

    tell(kind, body) {
      this.mesh.send(this.peer, kind, { link: this.name, round: this.round, ...body });
    }

    run(step) {
      this.work = this.work
        .then(() => (this.shut ? null : step()))
        .catch((problem) => console.info(`link ${this.peer.id}: ${problem.name} ${problem.message}`));
    }

    changed() {
      const said = this.pc.connectionState || this.pc.iceConnectionState; // Firefox before 113 has only the second
      const state = { checking: "connecting", completed: "connected" }[said] || said;
      if (state === this.state) return;
      if (state === "connected") this.stood = true;
      if (this.state === "connected" || state === "connected") this.since = performance.now();
      this.state = state;
      this.mend();
      this.mesh.on.change();
    }

    mend() {
      if (this.state === "connected" || this.shut) return;
      const now = performance.now();
      const patience = this.stood ? PATIENCE[this.state] : this.state === "failed" ? 0 : FIRST;
      const known = patience === undefined ? PATIENCE.disconnected : patience;
      const again = this.stood || this.state === "failed" ? AGAIN : FIRST;
      const first = this.asked < this.since;
      if (now - this.since < known || (!first && now - this.asked < again)) return;
      this.asked = now;
      if (this.offers) this.offer(true);
      else this.tell("restart", {});
    }

    offer(restart) {
      this.run(async () => {
        const offer = await this.pc.createOffer({ iceRestart: restart });
        this.round += 1;
        await this.pc.setLocalDescription(offer);
        this.tell("offer", { sdp: offer.sdp });
      });
    }

    // True when the message is for a link that is newer than this one.
    outdated(kind, body) {
      if (this.offers) return kind === "restart" && body.link === "" && this.settled > 0;
      return kind === "offer" && this.name !== "" && body.link !== this.name;
    }

    take(kind, body) {
      this.run(() => this[`on_${kind}`] && this[`on_${kind}`](body));
    }

    async on_offer(body) {
      if (this.offers || (this.name && body.round <= this.round)) return;
      await this.pc.setRemoteDescription({ type: "offer", sdp: body.sdp });
      this.name = body.link;
      this.round = this.settled = body.round;
      // Transceivers made by addTransceiver are never matched with an offer's: who answers uses those the offer made.
      for (const each of this.pc.getTransceivers()) {
        each.direction = this.direction();
        if (each.sender.setStreams) each.sender.setStreams(this.mesh.own); // pictures and sound in step
        this.give(each);
      }
      const answer = await this.pc.createAnswer();
      await this.pc.setLocalDescription(answer);
      this.tell("answer", { sdp: answer.sdp });
      await this.ready();
    }

    async on_answer(body) {
      if (!this.offers || body.link !== this.name || body.round !== this.round) return;
      if (this.pc.signalingState !== "have-local-offer") return;
      await this.pc.setRemoteDescription({ type: "answer", sdp: body.sdp });
      this.settled = body.round;
      await this.ready();
    }

    async on_candidate(body) {
      if (body.link !== this.name || body.round < this.settled) return;
      if (body.round > this.settled) this.early.push(body);
      else await this.pc.addIceCandidate(body.candidate).catch(() => null);
    }

    on_restart(body) {
      if (!this.offers || body.link !== this.name) return;
      if (performance.now() - this.asked < 2000) return;
      this.asked = performance.now();
      this.offer(true);
    }

    async ready() {
      const now = this.early.filter((each) => each.round === this.settled);
      this.early = this.early.filter((each) => each.round > this.settled);
      for (const each of now) await this.pc.addIceCandidate(each.candidate).catch(() => null);
      await this.limit();
    }

    give(transceiver) {
      if (this.direction() === "recvonly") return;
      const track = this.mesh.tracks[transceiver.receiver.track.kind];
      transceiver.sender.replaceTrack(track).catch(() => null);
    }

    tracks() {
      if (!this.shut) this.pc.getTransceivers().forEach((each) => this.give(each));
    }

    async limit() {
      if (this.shut || this.direction() === "recvonly") return;
      for (const { sender, receiver } of this.pc.getTransceivers()) {
        const asked = sender.getParameters();
        if (!asked.encodings || !asked.encodings.length) asked.encodings = [{}];
        const sound = receiver.track.kind === "audio";
        const wanted = sound
          ? { maxBitrate: SOUND * 1000, priority: "high", networkPriority: "high" }
          : { maxBitrate: this.mesh.kbps * 1000, active: !this.thin };
        Object.assign(asked.encodings[0], wanted);
        await sender.setParameters(asked).catch(() => null);
      }
    }

    async look() {
      if (this.shut) return;
      const now = read(await this.pc.getStats());
      const before = this.last;
      this.last = now;
      if (!before || this.shut) return;
      const seconds = Math.max(0.2, (now.at - before.at) / 1000);
      const arrived = now.packets - before.packets;
      const lost = Math.max(0, now.lost - before.lost);
      this.figures = {
        seen: now.frames > before.frames,
        heard: now.samples === null ? arrived > 0 : now.samples > before.samples,
        rtt: now.rtt,
        loss: arrived + lost > 0 ? lost / (arrived + lost) : 0,
        loss_there: now.lossThere,
        in: Math.round(((now.received - before.received) * 8) / 1000 / seconds),
        out: Math.round(((now.sent - before.sent) * 8) / 1000 / seconds),
        width: now.width,
        height: now.height,
        way: now.way,
      };
      this.judge(now);
    }

    // Too little room for pictures, for several seconds: the sound is kept, and the picture tried again later.
    judge(now) {
      if (this.state !== "connected" || !this.mesh.tracks.video || this.direction() === "recvonly") return;
      const moment = performance.now();
      if (this.thin) {
        if (moment < this.retry.at) return;
        this.thin = false;
        this.poor = [];
        this.trying = moment;
        this.limit();
        return;
      }
      const narrow = now.available !== null && now.available < LEAST * 1000;
      this.poor = [...this.poor, narrow || now.lossThere > LOSS].slice(-LOOKS);
      if (this.poor.filter(Boolean).length >= POOR) {
        this.thin = true;
        this.retry = { at: moment + this.retry.wait, wait: Math.min(30000, this.retry.wait * 2) };
        this.limit();
        this.mesh.on.change();
      } else if (this.trying && moment - this.trying > 30000) {
        this.trying = 0;
        this.retry.wait = 15000;
      }
    }

    close() {
      this.shut = true;
      const pc = this.pc;
      pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
      pc.close();
      this.stream.getTracks().forEach((track) => this.stream.removeTrack(track));
    }
  }

  // One moment of a connection's counters, whatever the browser calls them.
  function read(stats) {
    const all = [];
    stats.forEach((each) => all.push(each));
    const now = { at: performance.now(), frames: 0, samples: null, packets: 0, lost: 0, received: 0, sent: 0 };
    Object.assign(now, { rtt: null, lossThere: 0, available: null, width: 0, height: 0, way: "" });
    for (const each of all) {
      const kind = each.kind || each.mediaType;
      if (each.type === "inbound-rtp" && kind === "video") {
        now.frames = each.framesDecoded || 0;
        now.width = each.frameWidth || 0;
        now.height = each.frameHeight || 0;
        now.received += each.bytesReceived || 0;
      } else if (each.type === "inbound-rtp" && kind === "audio") {
        now.received += each.bytesReceived || 0;
        now.packets = each.packetsReceived || 0;
        now.lost = each.packetsLost || 0;
        if (each.totalSamplesReceived !== undefined) now.samples = each.totalSamplesReceived - (each.concealedSamples || 0);
      } else if (each.type === "outbound-rtp") {
        now.sent += each.bytesSent || 0;
      } else if (each.type === "remote-inbound-rtp" && kind === "audio") {
        now.lossThere = each.fractionLost || 0;
      }
    }
    route(all, now);
    return now;
  }

  function route(all, now) {
    const transport = all.find((each) => each.type === "transport" && each.selectedCandidatePairId);
    const pairs = all.filter((each) => each.type === "candidate-pair");
    const pair = transport
      ? pairs.find((each) => each.id === transport.selectedCandidatePairId)
      : pairs.find((each) => each.selected || (each.nominated && each.state === "succeeded"));
    if (!pair) return;
    const own = all.find((each) => each.id === pair.localCandidateId);
    now.way = own ? own.candidateType : "";
    now.rtt = pair.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime;
    now.available = pair.availableOutgoingBitrate === undefined ? null : pair.availableOutgoingBitrate;
  }

  class Mesh {
    // me: {device, epoch, side}; on: {stream(peer, stream), gone(peer), change()}; send(peer, kind, body)
    constructor({ me, ice, kbps, send, on }) {
      Object.assign(this, { me, ice, kbps, send, on });
      this.own = new MediaStream(); // only a name that the tracks of this device share
      this.tracks = { audio: null, video: null };
      this.links = new Map();
      this.held = []; // what came from a device before we were told that it is there
      this.timer = setInterval(() => this.each((link) => link.mend()), 500);
    }

    each(step) {
      this.links.forEach(step);
    }

    peers(list) {
      const now = new Map(list.map((peer) => [peer.id, peer]));
      this.each((link) => {
        const peer = now.get(link.peer.id);
        if (!peer || peer.epoch !== link.peer.epoch) this.drop(link);
      });
      for (const peer of list) if (!this.links.has(peer.id)) this.begin(peer);
      const held = this.held;
      this.held = [];
      held.forEach((message) => this.message(message));
    }

    begin(peer) {
      this.links.set(peer.id, new Link(this, peer));
    }

    drop(link) {
      link.close();
      this.links.delete(link.peer.id);
      this.on.gone(link.peer);
    }

    message(message) {
      if (message.to_epoch !== this.me.epoch) return;
      let link = this.links.get(message.from);
      if (!link || message.from_epoch > link.peer.epoch) {
        this.held = [...this.held, message].slice(-HELD);
        return;
      }
      if (message.from_epoch !== link.peer.epoch) return;
      if (link.outdated(message.kind, message.body)) {
        this.drop(link);
        this.begin(link.peer);
        link = this.links.get(message.from);
      }
      link.take(message.kind, message.body);
    }

    give(tracks) {
      Object.assign(this.tracks, tracks);
      this.each((link) => link.tracks());
    }

    async look() {
      await Promise.all([...this.links.values()].map((link) => link.look().catch(() => null)));
      return [...this.links.values()].map((link) => ({
        peer: link.peer,
        state: link.state,
        stood: link.stood,
        down: link.state === "connected" ? 0 : performance.now() - link.since,
        thin: link.thin,
        ...link.figures,
      }));
    }

    close() {
      clearInterval(this.timer);
      this.each((link) => this.drop(link));
    }
  }

  window.visitline = Object.assign(window.visitline || {}, { Mesh });
})();
