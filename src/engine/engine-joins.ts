/** The engine's answers to questions about all flows; what they are is in native/engine/joins.hpp. */
import type { Core } from './core.js';
import {
  type Connections,
  FIELD_ORDER,
  type FlowSums,
  type Groups,
  type Joins,
  type LabelLoad,
  type Marking,
  type Order,
  type PairsOfFlows,
} from './joins.js';
import { ANSWER, GROUP, LOAD, MARK_OPEN, MARKING, ORDER, PAIRS, PORTS, RANKED, ROW, SUMS } from './layout.js';
import { EGRESS, INGRESS } from './pass.js';

/** Of the largest flows, as many as any question of an analysis begins with. */
const USUALLY_LISTED = 1000;

export class EngineJoins implements Joins {
  readonly #core: Core;
  readonly #words: Uint32Array;
  readonly #ports: number;
  readonly #rows: number; // where they are, in words
  #sums: readonly FlowSums[] | null = null;
  readonly marks: Uint8Array;
  readonly #ofMovers: Uint8Array;
  #markedAs: object | null = null;
  readonly #largest: { readonly asked: number; readonly flows: readonly number[] }[] = []; // by direction, most octets first

  /** After the pass: what all flows have in common questions is looked at here, once. */
  constructor(core: Core, ports: number) {
    this.#core = core;
    this.#ports = ports;
    core.exports.join_survey();
    this.#words = new Uint32Array(core.bytes.buffer);
    this.#rows = core.area('rows') >>> 2;
    const at = core.area('marks') + 1; // row 0 is no flow
    this.marks = core.bytes.subarray(at, at + core.count('flows'));
    const of = core.area('ofMovers') + 1; // row 0 is no mover
    this.#ofMovers = core.bytes.subarray(of, of + core.count('movers'));
  }

  mark(write: (marks: Uint8Array) => void, as?: object): void {
    if (as !== undefined && as === this.#markedAs) return;
    write(this.marks);
    this.#markedAs = as ?? null;
  }

  markFlows(which: Marking, markOf: (flow: number) => number, as?: object): void {
    if (as !== undefined && as === this.#markedAs) return;
    if ('onlyPort' in which) this.#ofMovers.set(which.onlyPort);
    if ('mayBe' in which) this.#ofMovers.set(which.mayBe);
    const open = which.of === 'rows' && which.portOf === null;
    if (which.of === 'sender') {
      const mac = new DataView(new ArrayBuffer(8));
      mac.setBigUint64(0, BigInt(which.mac));
      this.#words[this.#labelsAt()] = mac.getUint16(2, true);
      this.#words[this.#labelsAt() + 1] = mac.getUint32(4, true);
    }
    if (which.of === 'rows') {
      which.portOf?.forEach((mark, port) => {
        this.#words[this.#labelsAt() + port] = mark;
      });
    }
    this.#core.exports.join_mark(MARKING[open ? 'open-rows' : which.of], 'direction' in which ? which.direction : 0);
    const { marks } = this;
    for (let flow = marks.indexOf(MARK_OPEN); flow >= 0; flow = marks.indexOf(MARK_OPEN, flow + 1)) {
      marks[flow] = markOf(flow);
    }
    this.#markedAs = as ?? null;
  }

  tally(): Uint32Array {
    this.#core.exports.join_tally();
    const at = this.#core.area('tally') >>> 2;
    return this.#words.slice(at, at + 256);
  }

  groups(fields: number): Groups {
    const count = this.#core.exports.join_groups(fields) >>> 0;
    const words = this.#words;
    const stride = GROUP.stride >>> 2;
    const firstAt = (this.#core.area('groups') + GROUP.stride + GROUP.first) >>> 2; // group 0 is none
    const flowsAt = firstAt + (GROUP.flows >>> 2);
    const portsAt = firstAt + (GROUP.ports >>> 2);
    const sumAt = firstAt + (GROUP.sum >>> 2);
    return {
      count,
      first: (group) => (words[firstAt + group * stride]! & GROUP.flowMask) - 1, // row 0 is no flow
      flows: (group) => words[flowsAt + group * stride]!,
      ports: (group) => words[portsAt + group * stride]! & GROUP.portMask,
      sum: (group) => words[sumAt + group * stride]! + words[sumAt + 1 + group * stride]! * 2 ** 32,
    };
  }

  label(groups: readonly number[]): (label: number, port: number) => LabelLoad {
    const at = this.#labelsAt();
    groups.forEach((group, i) => {
      this.#words[at + i] = group + 1;
    });
    this.#core.exports.join_label(groups.length);
    this.#markedAs = null;
    const loads = this.#core.area('loads') >>> 2;
    return (label, port) => {
      const load = loads + (((label * PORTS + port) * LOAD.stride) >>> 2);
      return {
        isUsed: this.#words[load + (LOAD.used >>> 2)] === 1,
        flows: this.#words[load + (LOAD.flows >>> 2)]!,
        frames: this.#number(load + (LOAD.frames >>> 2)),
        octets: this.#number(load + (LOAD.octets >>> 2)),
      };
    };
  }

  #labelsAt(): number {
    return (this.#core.area('answer') + ANSWER.labels) >>> 2;
  }

  #number(at: number): number {
    return this.#words[at]! + this.#words[at + 1]! * 2 ** 32;
  }

  pairs(fields: number): PairsOfFlows[] {
    this.#core.exports.join_pairs(fields);
    const area = this.#core.area('pairs');
    return FIELD_ORDER.map((_, field) => {
      const at = (area + field * PAIRS.stride) >>> 2;
      const word = (offset: number) => this.#words[at + (offset >>> 2)]!;
      const moved = word(PAIRS.moved);
      const examples = Array.from({ length: Math.min(moved, PAIRS.listed) }, (_, i) => ({
        a: word(PAIRS.examples + 8 * i) - 1,
        b: word(PAIRS.examples + 8 * i + 4) - 1,
      }));
      return { differing: word(PAIRS.differing), moved, examples };
    });
  }

  connections(): Connections {
    this.#core.exports.join_connections();
    const { answered, oneSided, biflows, split, tcp, udp, examples } = this.#answer();
    return {
      answered,
      oneSided,
      biflows,
      split,
      conversations: { tcp, udp },
      examples: examples.map(([row, out]) => ({ flow: row - 1, out: out - 1 })),
    };
  }

  #answer() {
    const at = this.#core.area('answer') >>> 2;
    const [answered, oneSided, biflows, split, tcp, udp, count] = this.#words.subarray(at, at + 7);
    const pairs = this.#words.subarray(at + (ANSWER.examples >>> 2), at + (ANSWER.labels >>> 2));
    const examples = Array.from({ length: count! }, (_, i): [number, number] => [pairs[2 * i]!, pairs[2 * i + 1]!]);
    return {
      answered: answered!,
      oneSided: oneSided!,
      biflows: biflows!,
      split: split!,
      tcp: tcp!,
      udp: udp!,
      examples,
    };
  }

  first(order: Order, most: number): number[] {
    if (order.by !== 'octets') return this.#first(order, most);
    // Several questions begin with the largest flows: those are looked for once.
    let known = this.#largest[order.direction];
    if (known === undefined || (most > known.asked && known.flows.length === known.asked)) {
      const asked = Math.max(most, USUALLY_LISTED);
      const octets = (flow: number) => this.#number(this.#rows + (((flow + 1) * ROW.stride + ROW.octets) >>> 2));
      known = { asked, flows: this.#first(order, asked).sort((a, b) => octets(b) - octets(a) || a - b) };
      this.#largest[order.direction] = known;
    }
    return known.flows.slice(0, most);
  }

  #first(order: Order, most: number): number[] {
    const direction = 'direction' in order ? order.direction : 0;
    const count = this.#core.exports.join_first(ORDER[order.by], direction, most) >>> 0;
    const at = (this.#core.area('groups') + RANKED.row) >>> 2;
    return Array.from({ length: count }, (_, i) => this.#words[at + i * (RANKED.stride >>> 2)]! - 1); // row 0 is no flow
  }

  sums(): readonly FlowSums[] {
    this.#sums ??= [INGRESS, EGRESS].map((direction) => this.#sumsOf(direction));
    return this.#sums;
  }

  #sumsOf(direction: number): FlowSums {
    const area = (this.#core.area('sums') + direction * SUMS.stride) >>> 2;
    const number = (at: number) => this.#number(area + 2 * at);
    const byPort = (column: number) => Array.from({ length: this.#ports }, (_, port) => number(PORTS * column + port));
    const columns = Array.from({ length: SUMS.byPort }, (_, column) => byPort(column));
    const [framesOn, counted, carries, segments, repeats, late, filled, again, missed] = columns;
    const [steady, lostBefore, lostBehind] = columns.slice(9);
    const single = Array.from({ length: SUMS.single }, (_, i) => number(SUMS.byPort * PORTS + i));
    const [unicast, unicastIp, short, long, anyIp, superFrames, notFollowed, withoutMain, cut, told, ...frames] =
      single;
    const [ipv4, ipv6, tcp, udp, fragments, noIp, undecodable, truncated] = frames;
    return {
      framesOn: framesOn!,
      counted: counted!,
      carries: carries!.map((flows) => flows > 0),
      tcp: segments!.map((n, port) => ({
        segments: n,
        retransmissions: repeats![port]!,
        late: late![port]!,
        filled: filled![port]!,
        again: again![port]!,
        missed: missed![port]!,
        steady: steady![port]!,
        lostBefore: lostBefore![port]!,
        lostBehind: lostBehind![port]!,
      })),
      unicast: unicast!,
      unicastIp: unicastIp!,
      short: short!,
      long: long!,
      hasUnicastIp: anyIp! > 0,
      superFrames: superFrames!,
      notFollowed: notFollowed!,
      withoutMainProtocol: withoutMain!,
      cut: cut!,
      told: told!,
      frames: {
        ipv4: ipv4!,
        ipv6: ipv6!,
        tcp: tcp!,
        udp: udp!,
        fragments: fragments!,
        noIp: noIp!,
        undecodable: undecodable!,
        truncated: truncated!,
      },
    };
  }
}
