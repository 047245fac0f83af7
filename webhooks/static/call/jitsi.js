// The provider for a Jitsi server: its frame shows the call and opens camera and microphone. Same methods as the mesh.

import { loadScript } from "./script.js";

export class Jitsi {
  constructor({ join, place, on }) {
    Object.assign(this, { join, place, on });
    this.opensDevices = true;
    this.peers = [];
    this.othersInRoom = 0;
    this.state = "connecting";
    this.changedAt = performance.now();
  }

  async connect(join) {
    try {
      if (!window.JitsiMeetExternalAPI) await loadScript(join.script);
    } catch (problem) {
      this.setState("failed");
      return;
    }
    if (!this.closed) this.mount(join);
  }

  mount(join) {
    const silent = Boolean(join.receive);
    const api = new window.JitsiMeetExternalAPI(join.domain, {
      roomName: join.room,
      jwt: join.token,
      parentNode: this.place,
      width: "100%",
      height: "100%",
      configOverwrite: {
        prejoinConfig: { enabled: false },
        disableDeepLinking: true,
        startSilent: false,
        startWithAudioMuted: silent,
        startWithVideoMuted: silent,
        toolbarButtons: [],
      },
    });
    this.api = api;
    const count = () => {
      this.othersInRoom = Math.max(0, api.getNumberOfParticipants() - 1);
      this.on.change();
    };
    api.addListener("videoConferenceJoined", () => {
      this.setState("connected");
      count();
    });
    api.addListener("videoConferenceLeft", () => this.setState("disconnected"));
    api.addListener("participantJoined", count);
    api.addListener("participantLeft", count);
  }

  setState(state) {
    this.state = state;
    this.changedAt = performance.now();
    this.on.change();
  }

  // Connects with the first peers: nobody is in the room before the server says that the call has begun.
  setPeers(peers) {
    if (peers.length && this.join) {
      const join = this.join;
      this.join = null;
      this.connect(join);
    }
    this.peers = peers;
  }

  receive() {
    return null; // Jitsi does the signaling
  }

  setTracks() {
    return null; // Jitsi opens its own
  }

  toggleMicrophone() {
    if (this.api) this.api.executeCommand("toggleAudio");
  }

  // The frame tells who is in the room, not what arrives: whoever is in the room counts as seen and heard.
  async measure() {
    const here = this.state === "connected" && this.othersInRoom > 0;
    const downMs = this.state === "connected" ? 0 : performance.now() - this.changedAt;
    const figures = { state: this.state, wasConnected: here, downMs, seen: here, heard: here, candidateType: "jitsi" };
    return this.peers.map((peer) => ({ peer, ...figures }));
  }

  close() {
    this.closed = true;
    if (this.api) this.api.dispose();
    this.api = null;
  }
}
