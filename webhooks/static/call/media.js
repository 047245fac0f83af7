// Opens camera and microphone, and says why one of them cannot be opened.

const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { max: 24 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const REASONS = {
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
const APP_BROWSER = /FBAN|FBAV|FB_IAB|Instagram|Messenger|Snapchat|TikTok|musical_ly|Line\/|MicroMessenger|; wv\)|GSA\//i;

const agent = navigator.userAgent;
const ios = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
export const platform = ios ? "ios" : /Android/.test(agent) ? "android" : "other";
export const inApp = APP_BROWSER.test(agent); // the browser inside another app, as Facebook's
export const supported = () => Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

// Why a device could not be opened, as the last part of a text's key.
export function reason(problem) {
  if (!supported()) return window.isSecureContext === false ? "insecure" : inApp ? "inapp" : "unable";
  const known = REASONS[problem.name] || "busy";
  return known === "refused" && inApp ? "inapp" : known;
}

async function getStream(constraints) {
  if (!supported()) throw new Error("no mediaDevices");
  return navigator.mediaDevices.getUserMedia(constraints);
}

const video = (constraints) => ({ ...VIDEO, facingMode: "user", ...constraints });

// Asks for both at once, so that the person is asked once; when that fails, for each alone.
// Returns {audio, video: a track or null; missing: {audio, video: reason}}.
export async function open() {
  const found = { audio: null, video: null, missing: {} };
  try {
    const both = await getStream({ audio: AUDIO, video: video() });
    [found.audio] = both.getAudioTracks();
    [found.video] = both.getVideoTracks();
    return found;
  } catch (problem) {
    if (!supported()) {
      found.missing = { audio: reason(problem), video: reason(problem) };
      return found;
    }
  }
  for (const [kind, constraints] of [["audio", { audio: AUDIO }], ["video", { video: video() }]]) {
    try {
      [found[kind]] = (await getStream(constraints)).getTracks();
    } catch (problem) {
      found.missing[kind] = reason(problem);
    }
  }
  return found;
}

export async function camera(constraints) {
  const stream = await getStream({ video: video(constraints) });
  return stream.getVideoTracks()[0];
}

export async function microphone() {
  const stream = await getStream({ audio: AUDIO });
  return stream.getAudioTracks()[0];
}

export async function cameras() {
  if (!supported() || !navigator.mediaDevices.enumerateDevices) return [];
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return all.filter((each) => each.kind === "videoinput");
}

// The constraints of a camera other than this track's.
export async function nextCamera(track) {
  const { facingMode, deviceId } = track.getSettings();
  if (facingMode) return { facingMode: { exact: facingMode === "environment" ? "user" : "environment" } };
  const all = await cameras();
  const next = all[(all.findIndex((each) => each.deviceId === deviceId) + 1) % all.length];
  return { facingMode: undefined, deviceId: { exact: next.deviceId } };
}

export function stop(...tracks) {
  for (const track of tracks) {
    if (!track) continue;
    track.onended = null;
    track.stop();
  }
}

// Measures how loud a track is: level() is 0 to 1. Call close() afterwards.
export function levelMeter(track) {
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
