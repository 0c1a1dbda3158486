/** The engine's rows of flows on several ports, read where they are. */
import { Clock } from './clock.js';
import type { Core } from './core.js';
import type { InputOf } from './flow-rows.js';
import { MOVER, MOVER_PORT, RUN, SAMPLE } from './layout.js';
import {
  type ChangingField,
  type FrameSample,
  type FramesByPort,
  GAP_BINS,
  type MoverTable,
  type OrderCounters,
  type Run,
} from './pass.js';

const NOT_KNOWN = -1;
const swap16 = (n: number) => ((n & 0xff) << 8) | ((n >>> 8) & 0xff);

/** Words of Changing, octets as they were on the wire in little-endian words. */
interface Words {
  readonly head: number;
  readonly more: number; // of the head
  readonly rest: number;
}

const CHANGING: Readonly<Record<ChangingField, (words: Words, isSix: boolean) => number>> = {
  'ip.len': ({ head, more }, isSix) => swap16(isSix ? more : head >>> 8),
  'ip.id': ({ head, more }, isSix) => (isSix ? 0 : swap16((head >>> 24) | (more << 8))),
  'ip.dsfield': ({ head }, isSix) => (isSix ? ((head & 0xf) << 4) | ((head >>> 12) & 0xf) : head & 0xff),
  'ip.ttl': ({ more }) => more >>> 24,
  'l4.checksum': ({ rest }) => swap16(rest & 0xffff),
  'ipv6.flow': ({ head }, isSix) => (isSix ? (((head >>> 8) & 0xf) << 16) | swap16(head >>> 16) : 0),
  'vlan.priority': ({ rest }) => rest >>> 16,
};

/** Offsets are octets, and memory is read by words: all of them are multiples of four. */
export class MoverRows implements MoverTable {
  readonly count: number;
  readonly ports: number;
  readonly #words: Uint32Array;
  readonly #stride: number; // octets
  readonly #enginePorts: number;
  readonly #portsAt: number; // octets of a row in front of its ports
  readonly #movers: number; // word of the first mover
  readonly #runs: number;
  readonly #samples: number;
  readonly #clock: Clock;
  readonly #inputOf: InputOf;

  constructor(core: Core, originNs: bigint, ports: number, inputOf: InputOf) {
    this.count = core.count('movers');
    this.ports = ports;
    this.#words = new Uint32Array(core.bytes.buffer);
    this.#stride = core.count('moverStride');
    this.#enginePorts = core.count('moverPorts');
    this.#portsAt = core.count('moverPortsAt');
    this.#movers = (core.area('movers') + this.#stride) >>> 2; // row 0 is no mover
    this.#runs = core.area('runs') >>> 2;
    this.#samples = core.area('samples');
    this.#clock = new Clock(originNs);
    this.#inputOf = inputOf;
  }

  #at(mover: number, offset: number): number {
    return this.#movers + ((mover * this.#stride + offset) >>> 2);
  }

  #portAt(mover: number, port: number, offset: number): number {
    return this.#at(mover, this.#portsAt + port * MOVER_PORT.stride + offset);
  }

  #word(mover: number, offset: number): number {
    return this.#words[this.#at(mover, offset)]!;
  }

  #number(at: number): number {
    return this.#words[at]! + this.#words[at + 1]! * 2 ** 32;
  }

  #ofPort(mover: number, port: number, offset: number): number {
    return this.#words[this.#portAt(mover, port, offset)]!;
  }

  flow(mover: number): number {
    return this.#word(mover, MOVER.flow) - 1;
  }

  readFrames(mover: number, into: FramesByPort): void {
    const words = this.#words;
    let at = this.#portAt(mover, 0, 0);
    for (let port = 0; port < this.ports; port++, at += MOVER_PORT.stride >>> 2) {
      into.whole[port] = words[at + (MOVER_PORT.wholeFrames >>> 2)]!;
      into.firstFragments[port] = words[at + (MOVER_PORT.firstFragments >>> 2)]!;
      into.laterFragments[port] = words[at + (MOVER_PORT.laterFragments >>> 2)]!;
      into.copies[port] = words[at + (MOVER_PORT.duplicates >>> 2)]!;
    }
  }

  readOrder(mover: number, into: OrderCounters): void {
    const words = this.#words;
    const transitions = this.#at(mover, MOVER.transitions);
    for (let port = 0; port < this.ports; port++) {
      into.firstNs[port] = this.firstNs(mover, port);
      into.lastNs[port] = this.lastNs(mover, port);
      const row = into.transitions[port]!;
      const from = transitions + port * this.#enginePorts;
      for (let to = 0; to < this.ports; to++) if (to !== port) row[to] = words[from + to]!;
    }
    const frames = this.#at(mover, MOVER.gapFrames);
    const switches = this.#at(mover, MOVER.gapSwitches);
    for (let bin = 0; bin < GAP_BINS; bin++) {
      into.gapFrames[bin] = words[frames + bin]!;
      into.gapSwitches[bin] = words[switches + bin]!;
    }
  }

  wholeFrames(mover: number, port: number): number {
    return this.#ofPort(mover, port, MOVER_PORT.wholeFrames);
  }

  firstFragments(mover: number, port: number): number {
    return this.#ofPort(mover, port, MOVER_PORT.firstFragments);
  }

  laterFragments(mover: number, port: number): number {
    return this.#ofPort(mover, port, MOVER_PORT.laterFragments);
  }

  octets(mover: number, port: number): number {
    return this.#number(this.#portAt(mover, port, MOVER_PORT.octets));
  }

  duplicates(mover: number, port: number): number {
    return this.#ofPort(mover, port, MOVER_PORT.duplicates);
  }

  duplicateOctets(mover: number, port: number): number {
    return this.#number(this.#portAt(mover, port, MOVER_PORT.duplicateOctets));
  }

  firstNs(mover: number, port: number): number {
    return this.#time(mover, port, MOVER_PORT.firstTime);
  }

  lastNs(mover: number, port: number): number {
    return this.#time(mover, port, MOVER_PORT.lastTime);
  }

  #time(mover: number, port: number, offset: number): number {
    if (this.firstFrame(mover, port) === 0) return Number.NaN;
    return this.#clock.read(this.#words, this.#portAt(mover, port, offset));
  }

  input(mover: number, port: number): number {
    return this.#inputOf(this.#ofPort(mover, port, MOVER_PORT.lane), port);
  }

  firstFrame(mover: number, port: number): number {
    return this.#ofPort(mover, port, MOVER_PORT.firstFrame);
  }

  switches(mover: number): number {
    return this.#word(mover, MOVER.switches);
  }

  transitions(mover: number, from: number, to: number): number {
    if (from !== to) return this.#changes(mover, from, to);
    // Staying is not counted frame by frame: it is what remains of a port's frames when those that came there are taken off.
    const first = this.#word(mover, MOVER.firstRun);
    const begunHere = first !== 0 && this.#runWord(first, RUN.next) >>> RUN.portShift === to;
    let stays = this.wholeFrames(mover, to) - (begunHere ? 1 : 0);
    for (let port = 0; port < this.ports; port++) if (port !== to) stays -= this.#changes(mover, port, to);
    return Math.max(0, stays);
  }

  #runWord(entry: number, offset: number): number {
    return this.#words[this.#runs + ((entry * RUN.stride + offset) >>> 2)]!;
  }

  #changes(mover: number, from: number, to: number): number {
    return this.#word(mover, MOVER.transitions + 4 * (from * this.#enginePorts + to));
  }

  longestRun(mover: number): number {
    return this.#word(mover, MOVER.longestRun);
  }

  gapFrames(mover: number, bin: number): number {
    return this.#word(mover, MOVER.gapFrames + 4 * bin);
  }

  gapSwitches(mover: number, bin: number): number {
    return this.#word(mover, MOVER.gapSwitches + 4 * bin);
  }

  pairs(mover: number): number {
    return this.#word(mover, MOVER.pairs);
  }

  holes(mover: number): number {
    return this.#word(mover, MOVER.holes);
  }

  filledHoles(mover: number): number {
    return this.#word(mover, MOVER.filledHoles);
  }

  freshOctets(mover: number): number {
    return this.#number(this.#at(mover, MOVER.freshOctets));
  }

  sequenceSpan(mover: number): number {
    return this.#number(this.#at(mover, MOVER.sequenceSpan));
  }

  ackAdvances(mover: number): number {
    return this.#word(mover, MOVER.ackAdvances);
  }

  ackSwitches(mover: number): number {
    return this.#word(mover, MOVER.ackSwitches);
  }

  ackOwnAdvances(mover: number): number {
    return this.#word(mover, MOVER.ackOwnAdvances);
  }

  committedSwitches(mover: number): number {
    return this.#word(mover, MOVER.committedSwitches);
  }

  mixedFrames(mover: number): number {
    return this.#word(mover, MOVER.mixedFrames);
  }

  reordered(mover: number): number {
    return this.#word(mover, MOVER.reordered);
  }

  extentMax(mover: number): number {
    return this.#word(mover, MOVER.extentMax);
  }

  nReordered3(mover: number): number {
    return this.#word(mover, MOVER.nReordered3);
  }

  repeated(mover: number): number {
    return this.#word(mover, MOVER.forgot) >>> 16 === 0 ? this.#word(mover, MOVER.repeated) : NOT_KNOWN;
  }

  alikeOnPort(mover: number): number {
    return this.#word(mover, MOVER.alikeOnPort);
  }

  alikeElsewhere(mover: number): number {
    return this.#word(mover, MOVER.alikeElsewhere);
  }

  answeredBy(mover: number): number {
    return this.#word(mover, MOVER.answeredBy) - 1; // row 0 is no flow
  }

  sample(mover: number, isSix: boolean): FrameSample {
    const block = this.#word(mover, MOVER.samples);
    const count = block === 0 ? 0 : this.#word(mover, MOVER.sampled);
    const at = (this.#samples + block * SAMPLE.block * SAMPLE.stride) >>> 2;
    const word = (frame: number, offset: number) => this.#words[at + ((frame * SAMPLE.stride + offset) >>> 2)]!;
    return {
      count,
      port: Uint8Array.from({ length: count }, (_, frame) => word(frame, SAMPLE.port)),
      isFull: count === SAMPLE.block,
      numbers: () => Uint32Array.from({ length: count }, (_, frame) => word(frame, SAMPLE.number)),
      values: (field) =>
        Uint32Array.from({ length: count }, (_, frame) => {
          const [head, more] = [word(frame, SAMPLE.head), word(frame, SAMPLE.head + 4)];
          return CHANGING[field]({ head, more, rest: word(frame, SAMPLE.sumAndPriority) }, isSix);
        }),
    };
  }

  truncatedRuns(mover: number): number {
    return (this.#word(mover, MOVER.truncatedRuns) & 0xffff) === 0 ? 0 : 1;
  }

  runs(mover: number): Run[] {
    const runs: Run[] = [];
    for (let entry = this.#word(mover, MOVER.firstRun); entry !== 0; ) {
      const at = this.#runs + ((entry * RUN.stride) >>> 2);
      const word = (offset: number) => this.#words[at + (offset >>> 2)]!;
      runs.push({
        port: word(RUN.next) >>> RUN.portShift,
        frames: word(RUN.frames),
        firstNs: this.#clock.read(this.#words, at + (RUN.first >>> 2)),
        lastNs: this.#clock.read(this.#words, at + (RUN.last >>> 2)),
      });
      entry = word(RUN.next) & RUN.nextMask;
    }
    return runs;
  }
}
