/** The interfaces of one input in the engine's table: what they are, and what was counted of each. */
import { LINK_LAYER, type LinkLayer } from '../capture-file/link-types.js';
import type { InterfaceDescription } from '../capture-file/pcapng.js';
import type { Core } from './core.js';
import { INTERFACE, INTERFACES, LANE, LINK, TIME_MODE } from './layout.js';
import { NOTHING_COUNTED, newTally, type Tally } from './tally.js';
import { earliest, latest } from './times.js';

const LINKS: Readonly<Record<LinkLayer, number>> = {
  ethernet: LINK.ethernet,
  ip: LINK.rawIp,
  loopback: LINK.loopback,
  cooked: LINK.cooked,
  cooked2: LINK.cooked2,
};

const COUNTED_32 = [INTERFACE.frames, INTERFACE.slowFrames, INTERFACE.backwards];
const COUNTED_64 = [INTERFACE.octets, INTERFACE.capturedOctets, INTERFACE.firstTime, INTERFACE.lastTime];

export class InterfaceTable {
  /** Of all interfaces of all sections, in the order in which they appeared. */
  readonly tallies: Tally[] = [];
  readonly #core: Core;
  readonly #lane: number; // of its Lane structure
  readonly #at: number;
  /** By number in the section; their counters are in the engine until it ends. */
  readonly #open = new Map<number, Tally>();
  #described = 0;
  #children = 0; // numbered downwards from the last entry

  constructor(core: Core, index: number) {
    this.#core = core;
    this.#lane = core.area('lanes') + index * LANE.stride;
    this.#at = core.area('interfaces') + index * INTERFACES * INTERFACE.stride;
  }

  /** How many the section has described so far: the number of the next one. */
  get described(): number {
    return this.#described;
  }

  get full(): boolean {
    return this.#described + this.#children >= INTERFACES;
  }

  tally(number: number): Tally | undefined {
    return number < this.#described ? this.#open.get(number) : undefined;
  }

  /** @param port null for a capture of all interfaces, whose frames say which one they are of */
  describe(description: InterfaceDescription, port: number | null, ignored: boolean): void {
    const number = this.#described++;
    const layer = LINK_LAYER.get(description.linkType);
    this.#add(number, newTally(port, description, layer !== undefined));
    const { view } = this.#core;
    const at = this.#entry(number);
    const { base, exponent } = description.resolution;
    const [mode, factor] =
      base === 2
        ? exponent <= 63
          ? [TIME_MODE.powerOfTwo, BigInt(exponent)]
          : [TIME_MODE.divide, bigMin(2n ** BigInt(exponent) / 1_000_000_000n, 2n ** 64n - 1n)]
        : exponent <= 9
          ? [TIME_MODE.multiply, 10n ** BigInt(9 - exponent)]
          : [TIME_MODE.divide, 10n ** BigInt(Math.min(exponent, 28) - 9)];
    view.setBigInt64(at + INTERFACE.offset, description.offsetSeconds * 1_000_000_000n, true);
    view.setBigUint64(at + INTERFACE.factor, factor, true);
    view.setUint32(at + INTERFACE.snapLength, description.snapLength, true);
    view.setUint8(at + INTERFACE.mode, mode);
    view.setUint8(at + INTERFACE.port, port ?? 0);
    view.setUint8(at + INTERFACE.skip, layer === undefined || port === null || ignored ? 1 : 0);
    view.setUint8(at + INTERFACE.link, layer === undefined ? 0 : LINKS[layer]);
    view.setUint8(at + INTERFACE.splits, port === null ? 1 : 0);
    view.setUint32(this.#lane + LANE.interfaceCount, this.#described, true);
  }

  /** One of the interfaces in a capture of all: what was described of the whole holds for it. */
  describeChild(parent: number, linkIndex: number, port: number, ignored: boolean): void {
    const { view, bytes } = this.#core;
    const whole = this.#open.get(parent)!;
    whole.port ??= port; // what is known of the whole alone (drops) is told with its first part
    const number = INTERFACES - ++this.#children;
    this.#add(number, { ...whole, port, ...NOTHING_COUNTED });
    const [from, to] = [this.#entry(parent), this.#entry(number)];
    bytes.copyWithin(to + INTERFACE.offset, from + INTERFACE.offset, from + INTERFACE.frames);
    view.setUint32(to + INTERFACE.snapLength, view.getUint32(from + INTERFACE.snapLength, true), true);
    view.setUint8(to + INTERFACE.mode, view.getUint8(from + INTERFACE.mode));
    view.setUint8(to + INTERFACE.link, view.getUint8(from + INTERFACE.link));
    view.setUint8(to + INTERFACE.port, port);
    view.setUint8(to + INTERFACE.skip, ignored ? 1 : 0);
    view.setUint32(to + INTERFACE.linkIndex, linkIndex, true);
    view.setUint16(to + INTERFACE.sibling, view.getUint16(from + INTERFACE.child, true), true);
    view.setUint16(from + INTERFACE.child, number, true);
  }

  /** Takes the counters out of the engine, where they have 32 bits. */
  count(): void {
    const { view } = this.#core;
    for (const [number, tally] of this.#open) {
      const at = this.#entry(number);
      const frames = view.getUint32(at + INTERFACE.frames, true);
      if (frames > 0) {
        tally.firstNs = earliest([tally.firstNs, view.getBigUint64(at + INTERFACE.firstTime, true)]);
        tally.lastNs = latest([tally.lastNs, view.getBigUint64(at + INTERFACE.lastTime, true)]);
      }
      tally.frames += frames;
      tally.octets += Number(view.getBigUint64(at + INTERFACE.octets, true));
      tally.capturedOctets += Number(view.getBigUint64(at + INTERFACE.capturedOctets, true));
      tally.slowFrames += view.getUint32(at + INTERFACE.slowFrames, true);
      tally.backwards += view.getUint32(at + INTERFACE.backwards, true);
      for (const offset of COUNTED_32) view.setUint32(at + offset, 0, true);
      for (const offset of COUNTED_64) view.setBigUint64(at + offset, 0n, true);
    }
  }

  /** And forgets what was described: a new section numbers its interfaces anew. */
  harvest(): void {
    this.count();
    const { view, bytes } = this.#core;
    for (const number of this.#open.keys()) {
      bytes.fill(0, this.#entry(number), this.#entry(number) + INTERFACE.stride);
    }
    this.#open.clear();
    this.#described = this.#children = 0;
    view.setUint32(this.#lane + LANE.interfaceCount, 0, true);
  }

  #entry(number: number): number {
    return this.#at + number * INTERFACE.stride;
  }

  #add(number: number, tally: Tally): void {
    this.tallies.push(tally);
    this.#open.set(number, tally);
  }
}

const bigMin = (a: bigint, b: bigint) => (a < b ? a : b);
