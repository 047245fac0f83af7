// Reads the counters of an RTCPeerConnection, whatever a browser calls them.

export function readStats(stats) {
  const all = [];
  stats.forEach((each) => all.push(each));
  const sample = { at: performance.now(), frames: 0, samples: null, packets: 0, lost: 0, received: 0, sent: 0 };
  Object.assign(sample, { rtt: null, remoteLoss: 0, available: null, width: 0, height: 0, candidateType: "" });
  for (const each of all) {
    const kind = each.kind || each.mediaType;
    if (each.type === "inbound-rtp" && kind === "video") {
      sample.frames = each.framesDecoded || 0;
      sample.width = each.frameWidth || 0;
      sample.height = each.frameHeight || 0;
      sample.received += each.bytesReceived || 0;
    } else if (each.type === "inbound-rtp" && kind === "audio") {
      sample.received += each.bytesReceived || 0;
      sample.packets = each.packetsReceived || 0;
      sample.lost = each.packetsLost || 0;
      if (each.totalSamplesReceived !== undefined) sample.samples = each.totalSamplesReceived - (each.concealedSamples || 0);
    } else if (each.type === "outbound-rtp") {
      sample.sent += each.bytesSent || 0;
    } else if (each.type === "remote-inbound-rtp" && kind === "audio") {
      sample.remoteLoss = each.fractionLost || 0;
    }
  }
  readCandidatePair(all, sample);
  return sample;
}

function readCandidatePair(all, sample) {
  const transport = all.find((each) => each.type === "transport" && each.selectedCandidatePairId);
  const pairs = all.filter((each) => each.type === "candidate-pair");
  const pair = transport
    ? pairs.find((each) => each.id === transport.selectedCandidatePairId)
    : pairs.find((each) => each.selected || (each.nominated && each.state === "succeeded"));
  if (!pair) return;
  const local = all.find((each) => each.id === pair.localCandidateId);
  sample.candidateType = local ? local.candidateType : "";
  sample.rtt = pair.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime;
  sample.available = pair.availableOutgoingBitrate === undefined ? null : pair.availableOutgoingBitrate;
}

// What happened between two samples.
export function compareStats(before, now) {
  const seconds = Math.max(0.2, (now.at - before.at) / 1000);
  const arrived = now.packets - before.packets;
  const lost = Math.max(0, now.lost - before.lost);
  const kbps = (bytes) => Math.round((bytes * 8) / 1000 / seconds);
  return {
    seen: now.frames > before.frames,
    heard: now.samples === null ? arrived > 0 : now.samples > before.samples,
    rtt: now.rtt,
    loss: arrived + lost > 0 ? lost / (arrived + lost) : 0,
    in: kbps(now.received - before.received),
    out: kbps(now.sent - before.sent),
    width: now.width,
    height: now.height,
    candidateType: now.candidateType,
  };
}
