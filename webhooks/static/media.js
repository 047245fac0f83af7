"use strict";
// Camera and microphone: asked for once together, then each alone; and in plain words why one of them is missing.

(() => {
  const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { max: 24 } };
  const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const WHY = {
    NotAllowedError: "refused",
    SecurityError: "refused",
    PermissionDeniedError: "refused",
    NotFoundError: "none",
    DevicesNotFoundError: "none",
    OverconstrainedError: "none",
    NotReadableError: "busy",
    TrackStartError: "busy",
    AbortError: "busy",
  };
  const IN_APP = /FBAN|FBAV|FB_IAB|Instagram|Messenger|Snapchat|TikTok|musical_ly|Line\/|MicroMessenger|; wv\)|GSA\//i;

  const agent = navigator.userAgent;
  const ios = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
  const platform = ios ? "ios" : /Android/.test(agent) ? "android" : "other";
  const inApp = IN_APP.test(agent);
  const can = () => Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

  function why(problem) {
    if (!can()) return window.isSecureContext === false ? "insecure" : inApp ? "inapp" : "unable";
    const known = WHY[problem.name] || "busy";
    return known === "refused" && inApp ? "inapp" : known;
  }

  async function one(asked) {
    if (!can()) throw new Error("no mediaDevices");
    return navigator.mediaDevices.getUserMedia(asked);
  }

  const picture = (more) => ({ ...PICTURE, facingMode: "user", ...more });

  // {audio, video: a track or null; missing: {audio, video: why}}
  async function open() {
    const found = { audio: null, video: null, missing: {} };
    try {
      const both = await one({ audio: SOUND, video: picture() });
      [found.audio] = both.getAudioTracks();
      [found.video] = both.getVideoTracks();
      return found;
    } catch (problem) {
      if (!can()) {
        found.missing = { audio: why(problem), video: why(problem) };
        return found;
      }
    }
    for (const [kind, asked] of [["audio", { audio: SOUND }], ["video", { video: picture() }]]) {
      try {
        [found[kind]] = (await one(asked)).getTracks();
      } catch (problem) {
        found.missing[kind] = why(problem);
      }
    }
    return found;
  }

  async function camera(more) {
    const stream = await one({ video: picture(more) });
    return stream.getVideoTracks()[0];
  }

  async function microphone() {
    const stream = await one({ audio: SOUND });
    return stream.getAudioTracks()[0];
  }

  async function cameras() {
    if (!can() || !navigator.mediaDevices.enumerateDevices) return [];
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return all.filter((each) => each.kind === "videoinput");
  }

  // What to ask for to have another camera than this track's.
  async function another(track) {
    const { facingMode, deviceId } = track.getSettings();
    if (facingMode) return { facingMode: { exact: facingMode === "environment" ? "user" : "environment" } };
    const all = await cameras();
    const next = all[(all.findIndex((each) => each.deviceId === deviceId) + 1) % all.length];
    return { facingMode: undefined, deviceId: { exact: next.deviceId } };
  }

  function stop(...tracks) {
    for (const track of tracks) {
      if (!track) continue;
      track.onended = null;
      track.stop();
    }
  }

  // How loud a track is now, 0 to 1. `close()` when done.
  function meter(track) {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context || !track) return { level: () => 0, close: () => null };
    const context = new Context();
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    source.connect(analyser);
    if (context.state === "suspended") context.resume();
    const samples = new Uint8Array(analyser.fftSize);
    return {
      level() {
        analyser.getByteTimeDomainData(samples);
        let loudest = 0;
        for (const each of samples) loudest = Math.max(loudest, Math.abs(each - 128));
        return Math.min(1, loudest / 64);
      },
      close() {
        source.disconnect();
        context.close();
      },
    };
  }

  const media = { open, camera, microphone, cameras, another, stop, meter, platform, inApp, can, why };
  window.visitline = Object.assign(window.visitline || {}, { media });
})();
