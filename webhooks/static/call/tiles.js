// The pictures of the others: one tile for each device.

const LOST_MS = 5000; // without a picture for so long, a tile is dark
const CAMERA_OFF_MS = 1500; // the same over a link that is connected: there the other camera is off

export class Tiles {
  // label(side) is the caption of a tile
  constructor(stage, label) {
    Object.assign(this, { stage, label });
    this.tiles = new Map();
    stage.onPress("tap", () => this.playAll());
  }

  get count() {
    return this.tiles.size;
  }

  show(peer, stream) {
    const tile = this.tiles.get(peer.id) || this.add(peer);
    const video = tile.querySelector("video");
    if (video.srcObject !== stream) video.srcObject = stream;
    this.play(video);
  }

  add(peer) {
    const tile = this.stage.at("tile").content.firstElementChild.cloneNode(true);
    tile.dataset.side = peer.side;
    tile.querySelector("figcaption").textContent = this.label(peer.side);
    tile.classList.add("dark");
    this.tiles.set(peer.id, tile);
    this.stage.at("pictures").append(tile);
    return tile;
  }

  // Browsers that play sound only after a touch get a button.
  play(video) {
    const playing = video.play();
    if (!playing) return;
    playing.catch((problem) => {
      if (problem.name === "NotAllowedError" && !this.closed) this.stage.button("tap").hidden = false;
    });
  }

  playAll() {
    this.stage.button("tap").hidden = true;
    this.tiles.forEach((tile) => this.play(tile.querySelector("video")));
  }

  // Darkens tiles without a picture. `links` is what the provider measured.
  update(links) {
    const now = performance.now();
    for (const link of links) {
      const tile = this.tiles.get(link.peer.id);
      if (!tile) continue;
      if (link.seen) tile.dataset.seen = now;
      const timeout = link.state === "connected" ? CAMERA_OFF_MS : LOST_MS;
      tile.classList.toggle("dark", !(now - Number(tile.dataset.seen || -Infinity) < timeout));
    }
  }

  remove(id) {
    const tile = this.tiles.get(id);
    if (!tile) return;
    tile.querySelector("video").srcObject = null;
    tile.remove();
    this.tiles.delete(id);
  }

  close() {
    this.closed = true;
    [...this.tiles.keys()].forEach((id) => this.remove(id));
  }
}
