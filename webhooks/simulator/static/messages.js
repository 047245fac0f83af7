// All texts that the page knows, and which of them were on the screen.

export class Messages {
  constructor() {
    this.clear();
  }

  clear() {
    this.bySid = new Map();
    this.lastSeen = new Map(); // phone -> id of the newest text that was shown
  }

  // Returns false when this version of the text, or a later one, is known.
  add(message) {
    const known = this.bySid.get(message.sid);
    if (known && known.change >= message.change) return false;
    this.bySid.set(message.sid, message);
    return true;
  }

  of(phone) {
    return [...this.bySid.values()].filter((message) => message.phone === phone).sort((a, b) => a.id - b.id);
  }

  markSeen(phone, message) {
    this.lastSeen.set(phone, Math.max(this.lastSeen.get(phone) || 0, message.id));
  }

  markAllSeen() {
    for (const message of this.bySid.values()) this.markSeen(message.phone, message);
  }

  countUnseen(phone) {
    return this.of(phone).filter((message) => !message.mine && message.id > (this.lastSeen.get(phone) || 0)).length;
  }
}
