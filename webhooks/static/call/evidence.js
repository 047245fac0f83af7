// Whether pictures and sound of the other side arrive: for heartbeats, and for what the stage says.

export class Evidence {
  constructor() {
    const now = performance.now();
    this.lastAt = { seen: now, heard: now };
    this.sinceHeartbeat = { seen: false, heard: false };
  }

  // `links` are the measured links to the other side.
  observe(links) {
    for (const link of links) {
      for (const what of ["seen", "heard"]) {
        if (!link[what]) continue;
        this.sinceHeartbeat[what] = true;
        this.lastAt[what] = performance.now();
      }
    }
  }

  // What arrived since the last heartbeat.
  take() {
    const taken = this.sinceHeartbeat;
    this.sinceHeartbeat = { seen: false, heard: false };
    return taken;
  }

  // Seconds since it last arrived. `what` is "seen" or "heard".
  missingFor(what) {
    return (performance.now() - this.lastAt[what]) / 1000;
  }
}
