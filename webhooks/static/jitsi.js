"use strict";
// Pictures and sound in the frame of a Jitsi server, which also opens camera and microphone. Same shape as the mesh.

(() => {
  class Jitsi {
    constructor({ me, join, place, on }) {
      Object.assign(this, { me, on, place });
      this.opens = true; // camera and microphone are its own business
      this.known = [];
      this.others = 0;
      this.state = "connecting";
      this.since = performance.now();
      this.join = join;
    }

    begin(join) {
      if (window.JitsiMeetExternalAPI) {
        this.mount(join);
        return;
      }
      const element = document.createElement("script");
      element.src = join.script;
      element.onload = () => this.shut || this.mount(join);
      element.onerror = () => this.turned("failed");
      document.head.append(element);
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
        this.others = Math.max(0, api.getNumberOfParticipants() - 1);
        this.on.change();
      };
      api.addListener("videoConferenceJoined", () => {
        this.turned("connected");
        count();
      });
      api.addListener("videoConferenceLeft", () => this.turned("disconnected"));
      api.addListener("participantJoined", count);
      api.addListener("participantLeft", count);
    }

    turned(state) {
      this.state = state;
      this.since = performance.now();
      this.on.change();
    }

    // Nobody is in the room before the house says that the call has begun.
    peers(list) {
      if (list.length && this.join) {
        const join = this.join;
        this.join = null;
        this.begin(join);
      }
      this.known = list;
    }

    message() {
      return null; // the server does the signalling
    }

    give() {
      return null;
    }

    mute() {
      if (this.api) this.api.executeCommand("toggleAudio");
    }

    // Its frame tells who is in, not what arrives: somebody who is in counts as seen and heard.
    async look() {
      const here = this.state === "connected" && this.others > 0;
      const down = this.state === "connected" ? 0 : performance.now() - this.since;
      return this.known.map((peer) => ({ peer, state: this.state, stood: here, down, seen: here, heard: here, way: "jitsi" }));
    }

    close() {
      this.shut = true;
      if (this.api) this.api.dispose();
      this.api = null;
    }
  }

  visitline.Jitsi = Jitsi;
})();
