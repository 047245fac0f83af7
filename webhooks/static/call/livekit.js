// The provider for a LiveKit server: pictures and sound go through it. Same methods as the mesh.

import { loadScript } from "./script.js";

export class LiveKit {
  constructor({ me, kbps, join, on }) {
    Object.assign(this, { me, kbps, on });
    this.tracks = { audio: null, video: null };
    this.peers = new Map(); // by id, as the server lists them
    this.streams = new Map();
    this.received = new Map(); // "peer kind" -> {track, last}: the counter that was read last
    this.state = "connecting";
    this.changedAt = performance.now();
    this.join = join;
    this.ready = Promise.resolve();
  }

  async connect(join) {
    if (!window.LivekitClient) await loadScript(join.script);
    if (this.closed) return;
    const { Room, RoomEvent } = window.LivekitClient;
    this.room = new Room({ adaptiveStream: false, dynacast: true });
    this.room
      .on(RoomEvent.TrackSubscribed, (track, publication, participant) => this.addTrack(track, participant))
      .on(RoomEvent.TrackUnsubscribed, (track, publication, participant) => this.removeTrack(track, participant))
      .on(RoomEvent.ParticipantDisconnected, (participant) => this.removePeer(participant))
      .on(RoomEvent.Reconnecting, () => this.setState("disconnected"))
      .on(RoomEvent.Reconnected, () => this.setState("connected"))
      .on(RoomEvent.Disconnected, () => this.setState("failed"));
    await this.room.connect(join.url, join.token);
    this.setState("connected");
    await this.publishTracks();
  }

  setState(state) {
    if (this.closed) return;
    this.state = state;
    this.changedAt = performance.now();
    this.on.change();
  }

  // A participant's identity begins with the id of its device: "18" or "18-2".
  peerOf(participant) {
    const id = Number(String(participant.identity).split("-")[0]);
    return this.peers.get(id) || { id, epoch: 0, side: this.me.side === "kiosk" ? "family" : "kiosk" };
  }

  addTrack(track, participant) {
    const peer = this.peerOf(participant);
    const stream = this.streams.get(peer.id) || new MediaStream();
    this.streams.set(peer.id, stream);
    stream.addTrack(track.mediaStreamTrack);
    this.received.set(`${peer.id} ${track.kind}`, { track, last: 0 });
    this.on.stream(peer, stream);
  }

  removeTrack(track, participant) {
    const peer = this.peerOf(participant);
    const stream = this.streams.get(peer.id);
    if (stream) stream.removeTrack(track.mediaStreamTrack);
    this.received.delete(`${peer.id} ${track.kind}`);
  }

  removePeer(participant) {
    const peer = this.peerOf(participant);
    this.streams.delete(peer.id);
    this.on.gone(peer);
  }

  // Connects with the first peers: nobody is in the room before the server says that the call has begun.
  setPeers(peers) {
    if (peers.length && this.join) {
      const join = this.join;
      this.join = null;
      this.ready = this.connect(join).catch((problem) => console.info(`livekit: ${problem.message}`));
    }
    this.peers = new Map(peers.map((peer) => [peer.id, peer]));
  }

  receive() {
    return null; // LiveKit does the signaling
  }

  setTracks(tracks) {
    Object.assign(this.tracks, tracks);
    this.ready = this.ready.then(() => this.publishTracks()).catch((problem) => console.info(`livekit: ${problem.message}`));
  }

  async publishTracks() {
    if (!this.room || this.closed || this.me.side === "watcher") return;
    const local = this.room.localParticipant;
    for (const kind of ["audio", "video"]) {
      const published = [...local.trackPublications.values()].find((each) => each.kind === kind && each.track);
      const track = this.tracks[kind];
      if (published && published.track.mediaStreamTrack === track) continue;
      if (published) await local.unpublishTrack(published.track, false);
      const videoEncoding = { maxBitrate: this.kbps * 1000, maxFramerate: 24 };
      if (track) await local.publishTrack(track, { videoEncoding, simulcast: false });
    }
  }

  // Whether something arrived since this was last asked.
  async advanced(id, kind) {
    const received = this.received.get(`${id} ${kind}`);
    const receiver = received && received.track.receiver;
    if (!receiver) return false;
    let count = 0;
    (await receiver.getStats()).forEach((each) => {
      if (each.type === "inbound-rtp") count = kind === "video" ? each.framesDecoded : each.packetsReceived;
    });
    const more = count > received.last;
    received.last = count;
    return more;
  }

  async measure() {
    const downMs = this.state === "connected" ? 0 : performance.now() - this.changedAt;
    const all = [...this.peers.values()].map(async (peer) => ({
      peer,
      state: this.state,
      wasConnected: this.state !== "connecting",
      downMs,
      seen: await this.advanced(peer.id, "video").catch(() => false),
      heard: await this.advanced(peer.id, "audio").catch(() => false),
      candidateType: "livekit",
    }));
    return Promise.all(all);
  }

  close() {
    this.closed = true;
    if (this.room) this.room.disconnect(false);
    [...this.streams.keys()].forEach((id) => this.on.gone({ id }));
  }
}
