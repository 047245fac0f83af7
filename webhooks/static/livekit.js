"use strict";
// Pictures and sound through a LiveKit server. One of the ways a call can be carried; the same shape as the mesh.

(() => {
  const script = (url) =>
    new Promise((done, failed) => {
      const element = document.createElement("script");
      Object.assign(element, { src: url, onload: done, onerror: failed });
      document.head.append(element);
    });

  class LiveKit {
    constructor({ me, kbps, join, on }) {
      Object.assign(this, { me, kbps, on });
      this.tracks = { audio: null, video: null };
      this.known = new Map(); // peers by id, as the house names them
      this.streams = new Map();
      this.counts = new Map();
      this.state = "connecting";
      this.since = performance.now();
      this.join = join;
      this.ready = Promise.resolve();
    }

    async connect(join) {
      if (!window.LivekitClient) await script(join.script);
      if (this.shut) return;
      const { Room, RoomEvent } = window.LivekitClient;
      this.room = new Room({ adaptiveStream: false, dynacast: true });
      const turned = (state) => this.turned(state);
      this.room
        .on(RoomEvent.TrackSubscribed, (track, publication, from) => this.came(track, from))
        .on(RoomEvent.TrackUnsubscribed, (track, publication, from) => this.went(track, from))
        .on(RoomEvent.ParticipantDisconnected, (from) => this.gone(from))
        .on(RoomEvent.Reconnecting, () => turned("disconnected"))
        .on(RoomEvent.Reconnected, () => turned("connected"))
        .on(RoomEvent.Disconnected, () => turned("failed"));
      await this.room.connect(join.url, join.token);
      turned("connected");
      await this.publish();
    }

    turned(state) {
      if (this.shut) return;
      this.state = state;
      this.since = performance.now();
      this.on.change();
    }

    // A participant's identity begins with the id of its device: "18" or "18-2".
    peer(from) {
      const id = Number(String(from.identity).split("-")[0]);
      return this.known.get(id) || { id, epoch: 0, side: this.me.side === "kiosk" ? "family" : "kiosk" };
    }

    came(track, from) {
      const peer = this.peer(from);
      const stream = this.streams.get(peer.id) || new MediaStream();
      this.streams.set(peer.id, stream);
      stream.addTrack(track.mediaStreamTrack);
      this.counts.set(`${peer.id} ${track.kind}`, { track, last: 0 });
      this.on.stream(peer, stream);
    }

    went(track, from) {
      const peer = this.peer(from);
      const stream = this.streams.get(peer.id);
      if (stream) stream.removeTrack(track.mediaStreamTrack);
      this.counts.delete(`${peer.id} ${track.kind}`);
    }

    gone(from) {
      const peer = this.peer(from);
      this.streams.delete(peer.id);
      this.on.gone(peer);
    }

    // Nobody is in the room before the house says that the call has begun.
    peers(list) {
      if (list.length && this.join) {
        const join = this.join;
        this.join = null;
        this.ready = this.connect(join).catch((problem) => console.info(`livekit: ${problem.message}`));
      }
      this.known = new Map(list.map((each) => [each.id, each]));
    }

    message() {
      return null; // the server does the signalling
    }

    give(tracks) {
      Object.assign(this.tracks, tracks);
      this.ready = this.ready.then(() => this.publish()).catch((problem) => console.info(`livekit: ${problem.message}`));
    }

    async publish() {
      if (!this.room || this.shut || this.me.side === "watcher") return;
      const sent = this.room.localParticipant;
      for (const kind of ["audio", "video"]) {
        const now = [...sent.trackPublications.values()].find((each) => each.kind === kind && each.track);
        const track = this.tracks[kind];
        if (now && now.track.mediaStreamTrack === track) continue;
        if (now) await sent.unpublishTrack(now.track, false);
        if (track) await sent.publishTrack(track, { videoEncoding: { maxBitrate: this.kbps * 1000, maxFramerate: 24 }, simulcast: false });
      }
    }

    async advanced(id, kind) {
      const count = this.counts.get(`${id} ${kind}`);
      const receiver = count && count.track.receiver;
      if (!receiver) return false;
      let now = 0;
      (await receiver.getStats()).forEach((each) => {
        if (each.type === "inbound-rtp") now = kind === "video" ? each.framesDecoded : each.packetsReceived;
      });
      const more = now > count.last;
      count.last = now;
      return more;
    }

    async look() {
      const down = this.state === "connected" ? 0 : performance.now() - this.since;
      const all = [...this.known.values()].map(async (peer) => ({
        peer,
        state: this.state,
        stood: this.state !== "connecting",
        down,
        seen: await this.advanced(peer.id, "video").catch(() => false),
        heard: await this.advanced(peer.id, "audio").catch(() => false),
        way: "livekit",
      }));
      return Promise.all(all);
    }

    close() {
      this.shut = true;
      if (this.room) this.room.disconnect(false);
      [...this.streams.keys()].forEach((id) => this.on.gone({ id }));
    }
  }

  visitline.LiveKit = LiveKit;
})();
