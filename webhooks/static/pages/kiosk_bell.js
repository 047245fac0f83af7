// The kiosk's bell: two soft tones every three seconds. Browsers allow sound only after somebody has touched the screen.

const REPEAT_MS = 3000;
const TONES = [[660, 0], [880, 0.35]]; // hertz, and seconds after the first

export class Bell {
  constructor() {
    this.context = null;
    this.timer = null;
  }

  get silent() {
    return !this.context || this.context.state !== "running";
  }

  // Called on every touch.
  unlock() {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return;
    this.context = this.context || new Context();
    if (this.context.state === "suspended") this.context.resume().catch(() => null);
  }

  ring(on) {
    if (!on) {
      clearInterval(this.timer);
      this.timer = null;
    } else if (!this.timer) {
      this.playTones();
      this.timer = setInterval(() => this.playTones(), REPEAT_MS);
    }
  }

  playTones() {
    if (this.silent) return;
    TONES.forEach(([pitch, delay]) => this.playTone(pitch, this.context.currentTime + delay));
  }

  playTone(pitch, at) {
    const oscillator = this.context.createOscillator();
    const volume = this.context.createGain();
    oscillator.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.03);
    volume.gain.linearRampToValueAtTime(0, at + 0.3);
    oscillator.connect(volume);
    volume.connect(this.context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.32);
  }
}
