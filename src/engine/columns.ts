/** Columns over the engine's rows: read when first asked for, so that a million rows do not exist twice. */
import type { Core } from './core.js';
import { COLD, COLD_FLAG, EXTRA, MOVER, MOVER_PORT, NO_DATA_YET, ROW, RUN, STATE } from './layout.js';
import {
  type FlowTable,
  GAP_BINS,
  type MoverTable,
  NO_VLAN,
  NONE,
  NOT_A_MOVER,
  NOT_FOLLOWED,
  type Run,
} from './pass.js';

const PRESENT = 1 << 31;

type Column = { length: number; [row: number]: number };

/** A getter that computes its column once. */
function lazy<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= make());
}

/** Nanoseconds since `originNs`: exact, for the difference of both halves stays below 2^53. */
class Clock {
  readonly #high: number;
  readonly #low: number;

  constructor(originNs: bigint) {
    this.#high = Number(originNs >> 32n);
    this.#low = Number(originNs & 0xffff_ffffn);
  }

  read(view: DataView, at: number): number {
    return (view.getUint32(at + 4, true) - this.#high) * 2 ** 32 + (view.getUint32(at, true) - this.#low);
  }
}

const u64 = (view: DataView, at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
const u32 = (view: DataView, at: number) => view.getUint32(at, true);

/** Where a frame is: the input that a port of a lane is reported as. */
export type InputOf = (lane: number, port: number) => number;

export function flowColumns(core: Core, originNs: bigint, inputOf: InputOf): FlowTable {
  const { view, bytes } = core;
  const count = core.count('flows');
  const rows = core.area('rows') + ROW.stride;
  const colds = core.area('colds') + COLD.stride;
  const addresses = core.area('addresses');
  const extras = core.area('extras');
  const clock = new Clock(originNs);
  const key = COLD.key;

  const fill = <T extends Column>(column: T, read: (row: number, cold: number) => number): T => {
    for (let flow = 0; flow < count; flow++) {
      column[flow] = read(rows + flow * ROW.stride, colds + flow * COLD.stride);
    }
    return column;
  };
  const bytesU8 = (read: (row: number, cold: number) => number) => lazy(() => fill(new Uint8Array(count), read));
  const bytesU16 = (read: (row: number, cold: number) => number) => lazy(() => fill(new Uint16Array(count), read));
  const wordsU32 = (read: (row: number, cold: number) => number) => lazy(() => fill(new Uint32Array(count), read));
  const numbers = (read: (row: number, cold: number) => number) => lazy(() => fill(new Float64Array(count), read));
  const mac = (at: number) => view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
  const fragments = (cold: number) => u32(view, cold + COLD.firstFragments) + u32(view, cold + COLD.laterFragments);
  const whole = (row: number, cold: number) =>
    u32(view, row + ROW.frames) + u32(view, cold + COLD.framesHigh) * 2 ** 32;
  const version = (cold: number) => view.getUint8(cold + key + 21);
  const extraAt = (flow: number) => extras + EXTRA.stride * u32(view, colds + flow * COLD.stride + COLD.extra);
  const flag = (cold: number, mask: number) => (u32(view, cold + COLD.flags) & mask ? 1 : 0);
  const hasPorts = (cold: number) => flag(cold, COLD_FLAG.ports);

  const columns = {
    srcMac: numbers((_, cold) => mac(cold + key + 6)),
    dstMac: numbers((_, cold) => mac(cold + key)),
    etherType: bytesU16((_, cold) => view.getUint16(cold + key + 12, true)),
    vlan: lazy(() =>
      fill(new Int16Array(count), (_, cold) => {
        const tag = view.getUint16(cold + key + 14, true);
        return tag & 0x8000 ? tag & 0xfff : NO_VLAN;
      }),
    ),
    ipVersion: bytesU8((_, cold) => version(cold)),
    ipProto: bytesU8((_, cold) => view.getUint8(cold + key + 20)),
    kind: bytesU8((_, cold) => view.getUint8(cold + key + 22)),
    srcPort: bytesU16((_, cold) => (hasPorts(cold) ? view.getUint16(cold + key + 16) : 0)),
    dstPort: bytesU16((_, cold) => (hasPorts(cold) ? view.getUint16(cold + key + 18) : 0)),
    id: wordsU32((_, cold) => {
      if (hasPorts(cold)) return 0;
      const proto = view.getUint8(cold + key + 20);
      // The engine keeps an ICMP identifier as a number, an SPI as it was on the wire.
      return view.getUint32(cold + key + 16, proto === 1 || proto === 58);
    }),
    flowLabel: wordsU32((_, cold) => u32(view, cold + COLD.flowLabel)),
    hasPorts: bytesU8((_, cold) => hasPorts(cold)),
    frames: numbers((row, cold) => whole(row, cold) + fragments(cold)),
    octets: numbers((row) => u64(view, row + ROW.octets)),
    wholeFrames: numbers(whole),
    firstFragments: wordsU32((_, cold) => u32(view, cold + COLD.firstFragments)),
    laterFragments: wordsU32((_, cold) => u32(view, cold + COLD.laterFragments)),
    firstNs: numbers((_, cold) => clock.read(view, cold + COLD.firstTime)),
    lastNs: numbers((row) => clock.read(view, row + ROW.lastTime)),
    port: bytesU8((row) => u32(view, row + ROW.state) & STATE.portMask),
    direction: bytesU8((row) => (u32(view, row + ROW.state) & STATE.egressBit ? 1 : 0)),
    input: bytesU16((row, cold) => inputOf(u32(view, cold + COLD.lane), u32(view, row + ROW.state) & STATE.portMask)),
    firstFrame: wordsU32((_, cold) => u32(view, cold + COLD.firstFrame)),
    pairs: wordsU32((row) => (u32(view, row + ROW.pairs) >= NO_DATA_YET ? 0 : u32(view, row + ROW.pairs))),
    holes: wordsU32((_, cold) => u32(view, cold + COLD.holes)),
    repeats: wordsU32((_, cold) => u32(view, cold + COLD.repeats)),
    superFrames: wordsU32((_, cold) => u32(view, cold + COLD.superFrames)),
    truncated: wordsU32((_, cold) => u32(view, cold + COLD.truncated)),
    gapBins: lazy(() => {
      const bins = new Uint32Array(count * GAP_BINS);
      for (let flow = 0; flow < count; flow++) {
        const row = rows + flow * ROW.stride;
        let rest = Math.max(0, whole(row, colds + flow * COLD.stride) - 1);
        for (let bin = 1; bin < GAP_BINS; bin++) {
          const n = u32(view, row + ROW.gaps + 4 * (bin - 1));
          bins[flow * GAP_BINS + bin] = n;
          rest -= n;
        }
        bins[flow * GAP_BINS] = Math.max(0, rest);
      }
      return bins;
    }),
    mover: lazy(() =>
      fill(new Int32Array(count), (row) => {
        const mover = u32(view, row + ROW.state) >>> STATE.moverShift;
        return mover === 0 ? NOT_A_MOVER : mover === STATE.noRoom ? NOT_FOLLOWED : mover - 1;
      }),
    ),
    toldDirection: bytesU8((_, cold) => (u32(view, cold + COLD.flags) >> COLD_FLAG.toldShift) & COLD_FLAG.toldMask),
    isGroup: bytesU8((_, cold) => flag(cold, COLD_FLAG.group)),
    hasInner: bytesU8((_, cold) => flag(cold, COLD_FLAG.inner)),
    hasInnerPorts: bytesU8((_, cold) => flag(cold, COLD_FLAG.innerPorts)),
    tunnel: lazy(() => extraColumn(new Uint8Array(count), (at) => view.getUint8(at + EXTRA.tunnel))),
    tunnelId: lazy(() => extraColumn(new Uint32Array(count), (at) => u32(view, at + EXTRA.tunnelId))),
    mplsLabel: lazy(() => present(EXTRA.topLabel)),
    pppoeSession: lazy(() => present(EXTRA.session)),
    innerSrcMac: lazy(() => extraColumn(new Float64Array(count), (at) => mac(at + EXTRA.innerMacs + 6))),
    innerDstMac: lazy(() => extraColumn(new Float64Array(count), (at) => mac(at + EXTRA.innerMacs))),
    innerIpProto: lazy(() => extraColumn(new Uint8Array(count), (at) => view.getUint8(at + EXTRA.innerProtocol))),
    innerSrcPort: lazy(() => extraColumn(new Uint16Array(count), (at) => view.getUint16(at + EXTRA.innerPorts))),
    innerDstPort: lazy(() => extraColumn(new Uint16Array(count), (at) => view.getUint16(at + EXTRA.innerPorts + 2))),
  };

  function extraColumn<T extends Column>(column: T, read: (at: number) => number): T {
    for (let flow = 0; flow < count; flow++) {
      const at = extraAt(flow);
      column[flow] = at === extras ? 0 : read(at);
    }
    return column;
  }

  /** Values that carry a bit of their own for being there; NONE where it is not. */
  function present(offset: number): Int32Array {
    return fill(new Int32Array(count), (_, cold) => {
      const value = u32(view, extras + EXTRA.stride * u32(view, cold + COLD.extra) + offset);
      return value & PRESENT ? value & ~PRESENT : NONE;
    });
  }

  const ip = (flow: number, second: number): Uint8Array => {
    const cold = colds + flow * COLD.stride;
    if (version(cold) === 4)
      return bytes.subarray(cold + COLD.addresses + 4 * second, cold + COLD.addresses + 4 * second + 4);
    if (version(cold) !== 6) return bytes.subarray(0, 0);
    const at = addresses + 32 * u32(view, cold + COLD.addresses) + 16 * second;
    return bytes.subarray(at, at + 16);
  };
  const innerIp = (flow: number, second: number): Uint8Array => {
    const at = extraAt(flow);
    const innerVersion = at === extras ? 0 : view.getUint8(at + EXTRA.innerVersion);
    const from = at + EXTRA.innerAddresses + 16 * second;
    return bytes.subarray(from, from + (innerVersion === 4 ? 4 : innerVersion === 6 ? 16 : 0));
  };

  return withGetters(
    {
      count,
      srcIp: (flow: number) => ip(flow, 0),
      dstIp: (flow: number) => ip(flow, 1),
      innerSrcIp: (flow: number) => innerIp(flow, 0),
      innerDstIp: (flow: number) => innerIp(flow, 1),
    },
    columns,
  );
}

export function moverColumns(core: Core, originNs: bigint, ports: number, inputOf: InputOf): MoverTable {
  const { view } = core;
  const count = core.count('movers');
  const stride = core.count('moverStride');
  const enginePorts = core.count('moverPorts');
  const area = core.area('movers') + stride;
  const pool = core.area('runs');
  const clock = new Clock(originNs);

  const words = (offset: number, per = 1) =>
    lazy(() => {
      const column = new Uint32Array(count * per);
      for (let mover = 0; mover < count; mover++) {
        for (let i = 0; i < per; i++) column[mover * per + i] = u32(view, area + mover * stride + offset + 4 * i);
      }
      return column;
    });
  const perPort = <T extends Column>(make: (n: number) => T, read: (at: number, port: number) => number) =>
    lazy(() => {
      const column = make(count * ports);
      for (let mover = 0; mover < count; mover++) {
        for (let port = 0; port < ports; port++) {
          const at = area + mover * stride + MOVER.fixed + port * MOVER_PORT.stride;
          column[mover * ports + port] = read(at, port);
        }
      }
      return column;
    });
  const portWords = (offset: number) =>
    perPort(
      (n) => new Uint32Array(n),
      (at) => u32(view, at + offset),
    );
  const time = (offset: number) =>
    perPort(
      (n) => new Float64Array(n),
      (at) => (u32(view, at + MOVER_PORT.firstFrame) === 0 ? Number.NaN : clock.read(view, at + offset)),
    );
  const numbers = (offset: number) =>
    lazy(() => Float64Array.from({ length: count }, (_, mover) => u64(view, area + mover * stride + offset)));

  return withGetters(
    {
      count,
      ports,
      runs: (mover: number): Run[] => {
        const runs: Run[] = [];
        for (let entry = u32(view, area + mover * stride + MOVER.firstRun); entry !== 0; ) {
          const at = pool + entry * RUN.stride;
          runs.push({
            port: u32(view, at + RUN.port),
            frames: u32(view, at + RUN.frames),
            firstNs: clock.read(view, at + RUN.first),
            lastNs: clock.read(view, at + RUN.last),
          });
          entry = u32(view, at + RUN.next);
        }
        return runs;
      },
    },
    {
      flow: lazy(() => Uint32Array.from({ length: count }, (_, m) => u32(view, area + m * stride + MOVER.flow) - 1)),
      wholeFrames: portWords(MOVER_PORT.wholeFrames),
      firstFragments: portWords(MOVER_PORT.firstFragments),
      laterFragments: portWords(MOVER_PORT.laterFragments),
      octets: perPort(
        (n) => new Float64Array(n),
        (at) => u64(view, at + MOVER_PORT.octets),
      ),
      duplicates: portWords(MOVER_PORT.duplicates),
      duplicateOctets: perPort(
        (n) => new Float64Array(n),
        (at) => u64(view, at + MOVER_PORT.duplicateOctets),
      ),
      firstNs: time(MOVER_PORT.firstTime),
      lastNs: time(MOVER_PORT.lastTime),
      input: perPort(
        (n) => new Uint16Array(n),
        (at, port) => inputOf(u32(view, at + MOVER_PORT.lane), port),
      ),
      firstFrame: portWords(MOVER_PORT.firstFrame),
      switches: words(MOVER.switches),
      transitions: lazy(() => {
        const column = new Uint32Array(count * ports * ports);
        for (let mover = 0; mover < count; mover++) {
          const at = area + mover * stride + MOVER.fixed + enginePorts * MOVER_PORT.stride;
          for (let p = 0; p < ports; p++) {
            for (let q = 0; q < ports; q++) {
              column[(mover * ports + p) * ports + q] = u32(view, at + 4 * (p * enginePorts + q));
            }
          }
          fillDiagonal(column, mover, at);
        }
        return column;
      }),
      longestRun: words(MOVER.longestRun),
      gapFrames: words(MOVER.gapFrames, GAP_BINS),
      gapSwitches: words(MOVER.gapSwitches, GAP_BINS),
      pairs: words(MOVER.pairs),
      holes: words(MOVER.holes),
      distinctOctets: numbers(MOVER.distinctOctets),
      sequenceSpan: numbers(MOVER.sequenceSpan),
      ackAdvances: words(MOVER.ackAdvances),
      ackSwitches: words(MOVER.ackSwitches),
      committedSwitches: words(MOVER.committedSwitches),
      mixedFrames: words(MOVER.mixedFrames),
      reordered: words(MOVER.reordered),
      extentMax: words(MOVER.extentMax),
      nReordered3: words(MOVER.nReordered3),
      truncatedRuns: lazy(() =>
        Uint8Array.from({ length: count }, (_, m) => view.getUint16(area + m * stride + MOVER.truncatedRuns, true)),
      ),
    },
  );

  /** Staying is not counted frame by frame: it is what remains of a port's frames when those that came there are taken off. */
  function fillDiagonal(transitions: Uint32Array, mover: number, transitionsAt: number): void {
    const first = u32(view, area + mover * stride + MOVER.firstRun);
    const firstPort = first === 0 ? -1 : u32(view, pool + first * RUN.stride + RUN.port);
    for (let port = 0; port < ports; port++) {
      const perPort = transitionsAt - (enginePorts - port) * MOVER_PORT.stride;
      let stays = u32(view, perPort + MOVER_PORT.wholeFrames) - (port === firstPort ? 1 : 0);
      for (let from = 0; from < ports; from++) {
        if (from !== port) stays -= transitions[(mover * ports + from) * ports + port]!;
      }
      transitions[(mover * ports + port) * ports + port] = Math.max(0, stays);
    }
  }
}

/** Getters on a prototype of their own: defined on the object itself they would make it slow to read. */
function withGetters<B extends object, G extends Record<string, () => unknown>>(
  base: B,
  getters: G,
): B & { readonly [K in keyof G]: ReturnType<G[K]> } {
  const prototype = {};
  for (const [name, get] of Object.entries(getters)) Object.defineProperty(prototype, name, { get, enumerable: true });
  return Object.assign(Object.create(prototype), base);
}
