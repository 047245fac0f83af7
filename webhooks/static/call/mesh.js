// The built-in provider: a mesh with one peer connection to every other device of the call.

import { Link } from "./link.js";

const CHECK_LINKS_MS = 500;
const MAX_HELD_MESSAGES = 300;

export class Mesh {
  // me: {device, epoch, side}; publish(peer, kind, body); on: {stream(peer, stream), gone(peer), change()}
  constructor({ me, ice, kbps, publish, on }) {
    Object.assign(this, { me, ice, kbps, publish, on });
    this.ownStream = new MediaStream(); // stays empty: a common id for the tracks of this device
    this.tracks = { audio: null, video: null };
    this.links = new Map();
    this.heldMessages = []; // from devices that the server has not announced to us yet
    this.timer = setInterval(() => this.links.forEach((link) => link.restartIfBroken()), CHECK_LINKS_MS);
  }

  setPeers(peers) {
    const present = new Map(peers.map((peer) => [peer.id, peer]));
    this.links.forEach((link) => {
      const peer = present.get(link.peer.id);
      if (!peer || peer.epoch !== link.peer.epoch) this.removeLink(link);
    });
    for (const peer of peers) if (!this.links.has(peer.id)) this.addLink(peer);
    const held = this.heldMessages;
    this.heldMessages = [];
    held.forEach((message) => this.receive(message));
  }

  addLink(peer) {
    this.links.set(peer.id, new Link(this, peer));
  }

  removeLink(link) {
    link.close();
    this.links.delete(link.peer.id);
    this.on.gone(link.peer);
  }

  receive(message) {
    if (message.to_epoch !== this.me.epoch) return;
    let link = this.links.get(message.from);
    if (!link || message.from_epoch > link.peer.epoch) {
      this.heldMessages = [...this.heldMessages, message].slice(-MAX_HELD_MESSAGES);
      return;
    }
    if (message.from_epoch !== link.peer.epoch) return;
    if (link.isOutdatedBy(message.kind, message.body)) {
      this.removeLink(link);
      this.addLink(link.peer);
      link = this.links.get(message.from);
    }
    link.receive(message.kind, message.body);
  }

  setTracks(tracks) {
    Object.assign(this.tracks, tracks);
    this.links.forEach((link) => link.replaceTracks());
  }

  async measure() {
    await Promise.all([...this.links.values()].map((link) => link.measure().catch(() => null)));
    return [...this.links.values()].map((link) => ({
      peer: link.peer,
      state: link.state,
      wasConnected: link.wasConnected,
      downMs: link.state === "connected" ? 0 : performance.now() - link.changedAt,
      videoPaused: link.videoPaused,
      ...link.figures,
    }));
  }

  close() {
    clearInterval(this.timer);
    this.links.forEach((link) => this.removeLink(link));
  }
}
