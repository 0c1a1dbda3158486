/**
 * A Pass from capture files the slow and plain way: one frame at a time in exact order of time, Maps and strings.
 * It is written from the definitions (inference.md 0.1 and E.2) and shares no code with the engine.
 */

import { readMac } from '../../src/control/addresses.js';
import {
  type ControlFrame,
  EGRESS,
  GAP_BOUNDS,
  INGRESS,
  type Pass,
  type Run,
  type Silence,
} from '../../src/engine/pass.js';
import { buildPass, type FlowSpec, type MoverSpec, SECOND } from './pass-builder.js';
import { type CapturedFrame, readFrames } from './pcap-frames.js';

export interface PortFile {
  readonly port: string;
  readonly path: string;
}

interface Inner {
  srcIp: string;
  dstIp: string;
  ipProto: number;
  srcPort: number;
  dstPort: number;
}

interface Dissected {
  key: string;
  dstMac: number;
  flow: FlowSpec;
  fragment: 'whole' | 'first' | 'later';
  tcp: { seq: number; ack: number; payload: number; flags: number } | null;
  ipId?: number;
  digest: string;
  numbered: boolean;
  control: { kind: ControlFrame['kind']; payloadAt: number } | null;
  unicast: boolean;
}

export interface CountedPacket {
  readonly port: number;
  readonly timeNs: number;
  readonly octets: number;
  readonly frame: number;
  readonly at: Pick<Dissected, 'fragment' | 'tcp' | 'digest' | 'numbered'> & { readonly ipId?: number };
}

type Packet = CountedPacket & { readonly at: Dissected };

export function referencePass(files: readonly PortFile[], isLocal: (mac: number) => boolean, skewBound = 0.001): Pass {
  const captured = files.flatMap(({ path }, port) =>
    readFrames(path).map((frame, position) => ({ frame, port, position })),
  );
  captured.sort((a, b) => Number(a.frame.timeNs - b.frame.timeNs) || a.port - b.port || a.position - b.position);
  const originNs = captured[0].frame.timeNs;
  const durationNs = Number(captured.at(-1)!.frame.timeNs - originNs);

  const flows = new Map<string, Packet[]>();
  const control: ControlFrame[] = [];
  const fragments = new Map<string, Dissected>();
  const lastUnicast = new Map<string, number>();
  const silences: Silence[] = [];
  const buckets = Math.max(1, Math.ceil(durationNs / SECOND));
  const seriesOctets = [0, 1].map(() => files.map(() => new Array<number>(buckets).fill(0)));
  const seriesFrames = [0, 1].map(() => files.map(() => new Array<number>(buckets).fill(0)));
  for (const { frame, port, position } of captured) {
    const timeNs = Number(frame.timeNs - originNs);
    const at = dissect(frame, fragments);
    if (at.control) {
      control.push({ ...at.control, port, input: port, frame: position + 1, timeNs, bytes: frame.bytes });
      if (at.control.kind === 'slow') continue;
    }
    const direction = isLocal(at.flow.srcMac!) ? EGRESS : INGRESS;
    const bucket = Math.min(buckets - 1, Math.floor(timeNs / SECOND));
    seriesOctets[direction][port][bucket] += frame.wireLength;
    seriesFrames[direction][port][bucket]++;
    if (at.unicast) noteSilence(silences, lastUnicast, port, direction, timeNs);
    const packets = flows.get(at.key) ?? [];
    packets.push({ port, timeNs, octets: frame.wireLength, frame: position + 1, at });
    flows.set(at.key, packets);
  }
  for (const direction of [INGRESS, EGRESS] as const) {
    for (const port of files.keys()) noteSilence(silences, lastUnicast, port, direction, durationNs);
  }
  return buildPass({
    ports: files.map(({ port }) => port),
    flows: [...flows.values()].map((packets) => flowSpec(packets, isLocal, files.length, skewBound * SECOND)),
    control,
    silences,
    originNs,
    durationNs,
    skewBound,
    seriesOctets,
    seriesFrames,
  });
}

function noteSilence(
  silences: Silence[],
  last: Map<string, number>,
  port: number,
  direction: typeof INGRESS | typeof EGRESS,
  timeNs: number,
): void {
  const key = `${port} ${direction}`;
  const fromNs = last.get(key) ?? 0;
  if (timeNs - fromNs >= SECOND) silences.push({ port, direction, fromNs, toNs: timeNs });
  last.set(key, timeNs);
}

const gapBin = (gapNs: number) => {
  const bin = GAP_BOUNDS.findIndex((bound) => gapNs <= bound * SECOND);
  return bin < 0 ? GAP_BOUNDS.length : bin;
};

const signed = (difference: number) => difference | 0;
const octetsOf = (from: number, count: number) => Array.from({ length: count }, (_, i) => (from + i) >>> 0);

function flowSpec(packets: Packet[], isLocal: (mac: number) => boolean, ports: number, deltaNs: number): FlowSpec {
  const [first] = packets;
  const spec: { -readonly [k in keyof FlowSpec]: FlowSpec[k] } = {
    ...first.at.flow,
    direction: isLocal(first.at.flow.srcMac!) ? EGRESS : INGRESS,
    frames: packets.length,
    octets: packets.reduce((sum, p) => sum + p.octets, 0),
    wholeFrames: packets.filter((p) => p.at.fragment === 'whole').length,
    firstFragments: packets.filter((p) => p.at.fragment === 'first').length,
    laterFragments: packets.filter((p) => p.at.fragment === 'later').length,
    firstNs: first.timeNs,
    lastNs: packets.at(-1)!.timeNs,
    port: first.port,
    input: first.port,
    firstFrame: first.frame,
    flowLabel: packets.find((p) => p.at.flow.flowLabel)?.at.flow.flowLabel ?? 0,
    gapBins: new Array<number>(GAP_BOUNDS.length + 1).fill(0),
  };
  const bins = spec.gapBins as number[];
  for (const [i, p] of packets.entries()) if (i > 0) bins[gapBin(p.timeNs - packets[i - 1].timeNs)]++;
  if (new Set(packets.map((p) => p.port)).size > 1) spec.mover = moverSpec(packets, ports, deltaNs);
  return spec;
}

export function moverSpec(packets: readonly CountedPacket[], ports: number, deltaNs: number): MoverSpec {
  const zeros = () => new Array<number>(ports).fill(0);
  const m = {
    wholeFrames: zeros(),
    firstFragments: zeros(),
    laterFragments: zeros(),
    octets: zeros(),
    duplicates: zeros(),
    duplicateOctets: zeros(),
    firstNs: zeros().fill(Number.NaN),
    lastNs: zeros().fill(Number.NaN),
    firstFrame: zeros(),
    input: zeros().map((_, port) => port),
    transitions: Array.from({ length: ports }, zeros),
    gapFrames: new Array<number>(GAP_BOUNDS.length + 1).fill(0),
    gapSwitches: new Array<number>(GAP_BOUNDS.length + 1).fill(0),
    switches: 0,
    pairs: 0,
    holes: 0,
    ackAdvances: 0,
    ackSwitches: 0,
    filledHoles: 0,
    ackOwnAdvances: 0,
    committedSwitches: 0,
    mixedFrames: 0,
    reordered: 0,
  };
  const runs: { port: number; frames: number; firstNs: number; lastNs: number }[] = [];
  const seen: { digest: string; port: number; timeNs: number }[] = [];
  const expected = new Map<number, number>();
  const covered = new Set<number>();
  let freshOctets = 0;
  let low = Number.NaN;
  let high = Number.NaN;
  const missing = new Map<number, Set<number>[]>(); // octets of the six latest holes of a port
  const forgotten = new Map<number, number>();
  const ownAck = new Map<number, number>();
  const sampled: { port: number; ipId: number }[] = [];
  let crossed = false;
  let highestAck: number | null = null;
  let ackPort = -1;
  let committed = -1;
  const lastOn = new Map<number, number>();
  let episode: CountedPacket[] = [];
  let nextSeq: number | null = null;
  const closeEpisode = () => {
    const mixed = new Set(episode.map((p) => p.port)).size > 1;
    if (mixed && episode.at(-1)!.timeNs - episode[0].timeNs > 2 * deltaNs) m.mixedFrames += episode.length;
    episode = [];
  };

  for (const p of packets) {
    const { port, timeNs, at } = p;
    crossed ||= port !== packets[0].port;
    if (m.firstFrame[port] === 0) m.firstFrame[port] = p.frame;
    const limitNs = at.numbered ? 0.05 * SECOND : 0.001 * SECOND;
    const copy = seen.some((s) => s.digest === at.digest && s.port !== port && timeNs - s.timeNs < limitNs);
    if (copy) {
      m.duplicates[port]++;
      m.duplicateOctets[port] += p.octets;
      continue;
    }
    seen.push({ digest: at.digest, port, timeNs });
    if (seen.length > 256) seen.shift();
    m.octets[port] += p.octets;
    if (Number.isNaN(m.firstNs[port])) m.firstNs[port] = timeNs;
    m.lastNs[port] = timeNs;
    if (at.fragment !== 'whole') {
      m[at.fragment === 'first' ? 'firstFragments' : 'laterFragments'][port]++;
      continue;
    }
    m.wholeFrames[port]++;
    if (crossed && sampled.length < 512) sampled.push({ port, ipId: at.ipId ?? 0 });
    const run = runs.at(-1);
    if (run) {
      m.transitions[run.port][port]++;
      const bin = gapBin(timeNs - run.lastNs);
      m.gapFrames[bin]++;
      if (run.port !== port) m.gapSwitches[bin]++;
      if (run.port !== port) m.switches++;
    }
    if (run?.port === port) {
      run.frames++;
      run.lastNs = timeNs;
    } else runs.push({ port, frames: 1, firstNs: timeNs, lastNs: timeNs });

    if (committed < 0) committed = port;
    if (port !== committed && timeNs - lastOn.get(committed)! > 2 * deltaNs) {
      committed = port;
      m.committedSwitches++;
    }
    lastOn.set(port, timeNs);
    // An episode goes on while another port's frame is within two clock differences.
    const otherNear = [...lastOn].some(([q, t]) => q !== port && timeNs - t <= 2 * deltaNs);
    if (!otherNear) closeEpisode();
    episode.push(p);

    if (at.tcp && at.tcp.payload > 0) {
      const { seq, payload } = at.tcp;
      const next = expected.get(port);
      freshOctets += next === undefined ? payload : Math.min(payload, Math.max(0, signed(seq + payload - next)));
      if (next === undefined) expected.set(port, (seq + payload) >>> 0);
      else if (signed(seq - next) >= 0) {
        m.pairs++;
        if (seq !== next) {
          m.holes++;
          const holes = [...(missing.get(port) ?? []), new Set(octetsOf(next, signed(seq - next)))];
          missing.set(port, holes.slice(-6));
          if (holes.length > 6) forgotten.set(port, (forgotten.get(port) ?? 0) + 1);
        }
        expected.set(port, (seq + payload) >>> 0);
      } else {
        const holes = missing.get(port) ?? [];
        const come = octetsOf(seq, payload);
        const hit = holes.filter((hole) => come.some((octet) => hole.has(octet)));
        for (const hole of hit) for (const octet of come) if (hole.delete(octet)) freshOctets++;
        missing.set(
          port,
          holes.filter((hole) => hole.size > 0),
        );
        m.filledHoles += hit.filter((hole) => hole.size === 0).length;
        if (hit.length === 0 && (forgotten.get(port) ?? 0) > 0) {
          m.filledHoles++;
          forgotten.set(port, forgotten.get(port)! - 1);
        }
      }
      const base: number = Number.isNaN(low) ? seq : low;
      const offset = signed(seq - base);
      low = Number.isNaN(low) || offset < 0 ? seq : low;
      high = Number.isNaN(high) || signed(seq + payload - high) > 0 ? (seq + payload) >>> 0 : high;
      if (nextSeq !== null && signed(seq - nextSeq) < 0 && !covered.has(seq)) m.reordered++;
      if (nextSeq === null || signed(seq - nextSeq) >= 0) nextSeq = (seq + payload) >>> 0;
      for (let i = 0; i < payload; i++) covered.add((seq + i) >>> 0);
    } else if (at.tcp && at.tcp.flags & 0x10) {
      const { ack } = at.tcp;
      const own = ownAck.get(port);
      if (own === undefined || signed(ack - own) > 0) {
        m.ackOwnAdvances++;
        ownAck.set(port, ack);
      }
      if (highestAck === null || signed(ack - highestAck) > 0) {
        m.ackAdvances++;
        if (ackPort >= 0 && ackPort !== port) m.ackSwitches++;
        ackPort = port;
        highestAck = ack;
      }
    }
  }
  closeEpisode();
  return {
    ...m,
    runs: runs.slice(0, 256) as Run[],
    truncatedRuns: runs.length > 256,
    sample: {
      count: sampled.length,
      isFull: sampled.length === 512,
      port: Uint8Array.from(sampled, (frame) => frame.port),
      numbers: () => new Uint32Array(sampled.length),
      values: (field) => Uint32Array.from(sampled, ({ ipId }) => (field === 'ip.id' ? ipId : 0)),
    },
    freshOctets,
    sequenceSpan: Number.isNaN(low) ? 0 : (high - low) >>> 0,
  };
}

function dissect(frame: CapturedFrame, fragments: Map<string, Dissected>): Dissected {
  const { bytes } = frame;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [dstMac, srcMac] = [readMac(view, 0), readMac(view, 6)];
  let at = 12;
  let etherType = view.getUint16(at);
  let vlan = -1;
  while ([0x8100, 0x88a8].includes(etherType)) {
    if (vlan < 0) vlan = view.getUint16(at + 2) & 0xfff;
    at += 4;
    etherType = view.getUint16(at);
  }
  at += 2;
  const isCdp = etherType <= 1500 && view.getUint32(at + 4) === 0x000c2000;
  const control =
    etherType === 0x8809
      ? ({ kind: 'slow', payloadAt: at } as const)
      : etherType === 0x88cc
        ? ({ kind: 'lldp', payloadAt: at } as const)
        : isCdp
          ? ({ kind: 'cdp', payloadAt: at + 8 } as const)
          : null;
  const base = { srcMac, dstMac, etherType: etherType <= 1500 ? 0 : etherType, vlan };
  const unicast = (bytes[0] & 1) === 0;
  const digest = Buffer.from(bytes.subarray(at)).toString('latin1');
  // Broadcast and multicast that comes back does so within 50 ms, numbered or not (echoes of analysis-json.md).
  const none = { dstMac, tcp: null, digest, numbered: !unicast, control, unicast, fragment: 'whole' as const };
  if (etherType !== 0x0800 && etherType !== 0x86dd) {
    const flow: FlowSpec = { ...base, srcIp: null, dstIp: null, ipProto: 0 };
    return { ...none, flow, key: keyOf(flow) };
  }

  const ip = readIp(view, at);
  const l4 = transport(view, ip.next, ip.ipProto, ip.fragment === 'later');
  const isTunnel = [4, 41, 47].includes(ip.ipProto) && ip.fragment === 'whole';
  const inner = isTunnel ? readInner(view, ip.next, ip.ipProto) : null;
  const flow: FlowSpec = {
    ...base,
    srcIp: ip.src,
    dstIp: ip.dst,
    ipProto: ip.ipProto,
    srcPort: l4.srcPort,
    dstPort: l4.dstPort,
    id: l4.id,
    hasPorts: l4.hasPorts,
    flowLabel: ip.flowLabel,
    ...(inner ? { inner } : {}),
  };
  const header = Buffer.from(bytes.subarray(at));
  if (etherType === 0x0800) header.fill(0, 8, 9).fill(0, 10, 12);
  else header.fill(0, 7, 8);
  const tcp =
    ip.ipProto === 6 && l4.hasPorts && ip.next + 14 <= view.byteLength
      ? {
          seq: view.getUint32(ip.next + 4),
          ack: view.getUint32(ip.next + 8),
          payload: Math.max(0, at + ip.total - ip.next - (view.getUint8(ip.next + 12) >> 4) * 4),
          flags: view.getUint8(ip.next + 13),
        }
      : null;
  const result: Dissected = {
    ...none,
    flow,
    key: keyOf(flow),
    fragment: ip.fragment,
    ipId: ip.id,
    tcp,
    digest: header.toString('latin1'),
    numbered: !unicast || (tcp !== null && tcp.payload > 0) || ip.id !== 0,
  };
  const fragmentKey = `${ip.src} ${ip.dst} ${ip.ipProto} ${ip.id}`;
  if (ip.fragment === 'first') fragments.set(fragmentKey, result);
  const owner = ip.fragment === 'later' ? fragments.get(fragmentKey) : undefined;
  return owner ? { ...result, key: owner.key } : result;
}

function keyOf(f: FlowSpec): string {
  return JSON.stringify([
    f.srcMac,
    f.dstMac,
    f.etherType,
    f.vlan,
    f.srcIp,
    f.dstIp,
    f.ipProto,
    f.srcPort,
    f.dstPort,
    f.id,
    f.inner,
  ]);
}

function readIp(view: DataView, at: number) {
  if (view.getUint8(at) >> 4 === 4) {
    const flags = view.getUint16(at + 6);
    const fragment = (flags & 0x1fff) > 0 ? 'later' : (flags & 0x2000) > 0 ? 'first' : 'whole';
    return {
      src: v4(view, at + 12),
      dst: v4(view, at + 16),
      ipProto: view.getUint8(at + 9),
      next: at + (view.getUint8(at) & 15) * 4,
      total: view.getUint16(at + 2),
      id: view.getUint16(at + 4),
      flowLabel: 0,
      fragment: fragment as Dissected['fragment'],
    };
  }
  let next = at + 40;
  let ipProto = view.getUint8(at + 6);
  let fragment: Dissected['fragment'] = 'whole';
  let id = 0;
  while ([0, 43, 44, 60].includes(ipProto) && next + 8 <= view.byteLength) {
    if (ipProto === 44) {
      fragment = view.getUint16(next + 2) >> 3 > 0 ? 'later' : (view.getUint16(next + 2) & 1) > 0 ? 'first' : 'whole';
      id = view.getUint32(next + 4);
    }
    const length = ipProto === 44 ? 8 : 8 + view.getUint8(next + 1) * 8;
    ipProto = view.getUint8(next);
    next += length;
    if (fragment === 'later') break;
  }
  return {
    src: v6(view, at + 8),
    dst: v6(view, at + 24),
    ipProto,
    next,
    total: 40 + view.getUint16(at + 4),
    id,
    flowLabel: view.getUint32(at) & 0xfffff,
    fragment,
  };
}

const v4 = (view: DataView, at: number) => [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.');
const v6 = (view: DataView, at: number) =>
  [0, 2, 4, 6, 8, 10, 12, 14].map((i) => view.getUint16(at + i).toString(16)).join(':');

function transport(view: DataView, at: number, ipProto: number, later: boolean) {
  const none = { srcPort: 0, dstPort: 0, id: 0, hasPorts: false };
  if (later || at + 8 > view.byteLength) return none;
  if ([6, 17, 132].includes(ipProto)) {
    return { srcPort: view.getUint16(at), dstPort: view.getUint16(at + 2), id: 0, hasPorts: true };
  }
  const type = view.getUint8(at);
  if (ipProto !== 1 && ipProto !== 58) return none;
  const query = ipProto === 1 ? [0, 8, 13, 14, 15, 16, 17, 18] : [128, 129];
  return { ...none, id: type * 65536 + (query.includes(type) ? view.getUint16(at + 4) : 0) };
}

function readInner(view: DataView, at: number, ipProto: number): Inner | null {
  let ip = at;
  if (ipProto === 47) {
    const flags = view.getUint16(at);
    if (![0x0800, 0x86dd].includes(view.getUint16(at + 2))) return null;
    ip = at + 4 + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
  }
  if (ip + 40 > view.byteLength) return null;
  const header = readIp(view, ip);
  const l4 = transport(view, header.next, header.ipProto, header.fragment === 'later');
  return { srcIp: header.src, dstIp: header.dst, ipProto: header.ipProto, srcPort: l4.srcPort, dstPort: l4.dstPort };
}
