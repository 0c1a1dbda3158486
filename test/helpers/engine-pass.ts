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
    Pick<PassOptions, 'maxFlows' | 'skewSeconds' | 'scheduling' | 'localMacs' | 'localIps' | 'instantiate'>
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
    digestSeed: 7,
    ...(options.scheduling === undefined ? {} : { scheduling: options.scheduling }),
    ...(options.instantiate === undefined ? {} : { instantiate: options.instantiate }),
  });
}

/** Everything a pass says, as plain data: for comparing two of them. */
export function plain(pass: Pass) {
  const { flows, movers } = pass;
  const rows = Array.from({ length: flows.count }, (_, flow) => ({
    src: flows.srcMac[flow],
    dst: flows.dstMac[flow],
    type: flows.etherType[flow],
    vlan: flows.vlan[flow],
    proto: flows.ipProto[flow],
    ports: [flows.srcPort[flow], flows.dstPort[flow]],
    id: flows.id[flow],
    ips: [[...flows.srcIp(flow)], [...flows.dstIp(flow)]],
    frames: flows.frames[flow],
    whole: flows.wholeFrames[flow],
    fragments: [flows.firstFragments[flow], flows.laterFragments[flow]],
    octets: flows.octets[flow],
    times: [flows.firstNs[flow], flows.lastNs[flow]],
    port: flows.port[flow],
    first: [flows.input[flow], flows.firstFrame[flow]],
    gaps: [...flows.gapBins.subarray(flow * 7, flow * 7 + 7)],
    // Of a flow on several ports its mover row counts these.
    sequence: flows.mover[flow]! < 0 ? [flows.pairs[flow], flows.holes[flow], flows.repeats[flow]] : null,
    mover: flows.mover[flow]! < 0 ? null : mover(flows.mover[flow]!),
  }));
  function mover(m: number) {
    const per = (column: ArrayLike<number>, n: number) => Array.from({ length: n }, (_, i) => column[m * n + i]);
    const P = movers.ports;
    return {
      whole: per(movers.wholeFrames, P),
      duplicates: per(movers.duplicates, P),
      fragments: [per(movers.firstFragments, P), per(movers.laterFragments, P)],
      octets: per(movers.octets, P),
      firstFrame: per(movers.firstFrame, P),
      switches: movers.switches[m],
      transitions: per(movers.transitions, P * P),
      longest: movers.longestRun[m],
      gaps: per(movers.gapFrames, 7),
      gapSwitches: per(movers.gapSwitches, 7),
      sequence: [movers.pairs[m], movers.holes[m], movers.distinctOctets[m], movers.sequenceSpan[m]],
      acks: [movers.ackAdvances[m], movers.ackSwitches[m]],
      committed: movers.committedSwitches[m],
      mixed: movers.mixedFrames[m],
      reordered: [movers.reordered[m], movers.extentMax[m], movers.nReordered3[m]],
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
