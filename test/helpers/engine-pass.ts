/** Runs the engine over captures in memory, in whatever portions a source may give them. */
import type { Pass } from '../../src/engine/pass.js';
import { type PassOptions, runPass } from '../../src/engine/run-pass.js';
import type { Source } from '../../src/sources/source.js';

export function memorySource(name: string, bytes: Uint8Array, portion = Number.POSITIVE_INFINITY): Source {
  let at = 0;
  return {
    name,
    size: bytes.length,
    read(into) {
      const n = Math.min(portion, into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + n));
      at += n;
      return n;
    },
    close() {},
  };
}

export interface PassOf
  extends Partial<
    Pick<
      PassOptions,
      'maxFlows' | 'skewSeconds' | 'scheduling' | 'localMacs' | 'localIps' | 'instantiate' | 'digestSeed'
    >
  > {
  readonly portion?: number;
  readonly partial?: boolean;
}

/** @param captures by file name, which gives the port its name */
export function passOf(captures: Readonly<Record<string, Uint8Array>>, options: PassOf = {}): Promise<Pass> {
  return runPass({
    inputs: Object.entries(captures).map(([name, bytes]) => ({
      portName: null,
      source: memorySource(name, bytes, options.portion),
      partial: options.partial ?? false,
    })),
    localMacs: options.localMacs ?? [],
    localIps: options.localIps ?? [],
    maxFlows: options.maxFlows ?? 4096,
    skewSeconds: options.skewSeconds ?? 0.001,
    digestSeed: options.digestSeed ?? 7,
    ...(options.scheduling === undefined ? {} : { scheduling: options.scheduling }),
    ...(options.instantiate === undefined ? {} : { instantiate: options.instantiate }),
  });
}

/** Everything a pass says, as plain data: for comparing two of them. */
export function plain(pass: Pass) {
  const { flows, movers } = pass;
  const rows = Array.from({ length: flows.count }, (_, flow) => ({
    src: flows.srcMac(flow),
    dst: flows.dstMac(flow),
    type: flows.etherType(flow),
    vlan: flows.vlan(flow),
    proto: flows.ipProto(flow),
    ports: [flows.srcPort(flow), flows.dstPort(flow)],
    id: flows.id(flow),
    ips: [[...flows.srcIp(flow)], [...flows.dstIp(flow)]],
    frames: flows.frames(flow),
    whole: flows.wholeFrames(flow),
    fragments: [flows.firstFragments(flow), flows.laterFragments(flow)],
    octets: flows.octets(flow),
    times: [flows.firstNs(flow), flows.lastNs(flow)],
    port: flows.port(flow),
    first: [flows.input(flow), flows.firstFrame(flow)],
    gaps: Array.from({ length: 7 }, (_, bin) => flows.gapBin(flow, bin)),
    // Of a flow on several ports its mover row counts these.
    sequence: flows.mover(flow) < 0 ? [flows.pairs(flow), flows.holes(flow), flows.repeats(flow)] : null,
    losses: flows.mover(flow) < 0 ? [flows.losses(flow), flows.dupAckRuns(flow)] : null,
    closures: pass.closures.filter((closure) => closure.flow === flow).map(({ flow: _, ...closure }) => closure),
    mover: flows.mover(flow) < 0 ? null : mover(flows.mover(flow)),
  }));
  function mover(m: number) {
    const per = (n: number, of: (i: number) => number) => Array.from({ length: n }, (_, i) => of(i));
    const P = movers.ports;
    return {
      whole: per(P, (port) => movers.wholeFrames(m, port)),
      duplicates: per(P, (port) => movers.duplicates(m, port)),
      fragments: [per(P, (port) => movers.firstFragments(m, port)), per(P, (port) => movers.laterFragments(m, port))],
      octets: per(P, (port) => movers.octets(m, port)),
      firstFrame: per(P, (port) => movers.firstFrame(m, port)),
      switches: movers.switches(m),
      transitions: per(P * P, (i) => movers.transitions(m, Math.floor(i / P), i % P)),
      longest: movers.longestRun(m),
      gaps: per(7, (bin) => movers.gapFrames(m, bin)),
      gapSwitches: per(7, (bin) => movers.gapSwitches(m, bin)),
      sequence: [movers.pairs(m), movers.holes(m), movers.freshOctets(m), movers.sequenceSpan(m)],
      acks: [movers.ackAdvances(m), movers.ackSwitches(m)],
      committed: movers.committedSwitches(m),
      mixed: movers.mixedFrames(m),
      reordered: [movers.reordered(m), movers.extentMax(m), movers.nReordered3(m)],
      runs: movers.runs(m),
    };
  }
  const key = (row: (typeof rows)[number]) =>
    JSON.stringify([row.src, row.dst, row.type, row.vlan, row.proto, row.ports, row.id, row.ips]);
  return {
    rows: rows.sort((a, b) => (key(a) < key(b) ? -1 : 1)),
    totals: pass.totals,
    series: pass.series,
    silences: pass.silences,
  };
}
