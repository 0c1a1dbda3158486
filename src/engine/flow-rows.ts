/** The engine's flow rows, read where they are: a million of them must not exist twice. */
import { Clock } from './clock.js';
import type { Core } from './core.js';
import { ADDRESSES, COLD, COLD_FLAG, EXTRA, LOSS, NO_DATA_YET, RARE, ROW, STATE, STATIONS } from './layout.js';
import {
  type FlowTable,
  GAP_BINS,
  type Losses,
  NO_LOSSES,
  NO_VLAN,
  NONE,
  NOT_A_MOVER,
  NOT_FOLLOWED,
  NOT_SCALED,
  SYN_NOT_SEEN,
} from './pass.js';

/** Where a frame is: the input that a port of a lane is reported as. */
export type InputOf = (lane: number, port: number) => number;

/** By TagKind of link_layer.hpp. */
const TAG_TYPES = [0x8100, 0x88a8, 0x9100, 0x9200];
const PRESENT = 1 << 31;
const swap16 = (n: number) => ((n & 0xff) << 8) | (n >>> 8);
const swap32 = (n: number) => ((swap16(n & 0xffff) << 16) | swap16(n >>> 16)) >>> 0;

/** Offsets are octets, and memory is read by words: all of them are multiples of four. */
export class FlowRows implements FlowTable {
  readonly count: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #rows: number; // word of the first row
  readonly #colds: number;
  readonly #stations: number; // word
  readonly #addresses: number; // octet
  readonly #extras: number;
  readonly #rares: number; // word
  readonly #losses: number; // octet
  readonly #extraCount: number;
  readonly #clock: Clock;
  readonly #inputOf: InputOf;

  constructor(core: Core, originNs: bigint, inputOf: InputOf) {
    this.count = core.count('flows');
    this.#bytes = core.bytes;
    this.#words = new Uint32Array(core.bytes.buffer);
    this.#rows = (core.area('rows') + ROW.stride) >>> 2; // row 0 is no flow
    this.#colds = (core.area('colds') + COLD.stride) >>> 2;
    this.#stations = core.area('stations') >>> 2;
    this.#addresses = core.area('addresses');
    this.#extras = core.area('extras');
    this.#rares = core.area('rares') >>> 2;
    this.#losses = core.area('losses');
    this.#extraCount = core.count('extras');
    this.#clock = new Clock(originNs);
    this.#inputOf = inputOf;
  }

  #row(flow: number, offset: number): number {
    return this.#words[this.#rows + flow * (ROW.stride >>> 2) + (offset >>> 2)]!;
  }

  #cold(flow: number, offset: number): number {
    return this.#words[this.#colds + flow * (COLD.stride >>> 2) + (offset >>> 2)]!;
  }

  /** Most flows have none of these: then they are those of entry 0, which is all zeros. */
  #rare(flow: number, offset: number): number {
    const entry = this.#cold(flow, COLD.rare) & COLD.entryMask;
    return this.#words[this.#rares + entry * (RARE.stride >>> 2) + (offset >>> 2)]!;
  }

  /** Word of the address entry of an IPv6 flow. */
  #addressesAt(flow: number): number {
    return (this.#addresses >>> 2) + (ADDRESSES.stride >>> 2) * this.#cold(flow, COLD.addresses);
  }

  /** A word of the MAC addresses: numbers of more than an octet are as they were on the wire, in a little-endian word. */
  #macs(flow: number, word: number): number {
    const entry = this.#cold(flow, COLD.stations) & COLD.entryMask;
    return this.#words[this.#stations + entry * (STATIONS.stride >>> 2) + word]!;
  }

  srcMac(flow: number): number {
    return swap16(this.#macs(flow, 1) >>> 16) * 2 ** 32 + swap32(this.#macs(flow, 2));
  }

  dstMac(flow: number): number {
    const first = swap32(this.#macs(flow, 0));
    return first * 2 ** 16 + swap16(this.#macs(flow, 1) & 0xffff);
  }

  etherType(flow: number): number {
    return this.#cold(flow, COLD.type) & 0xffff;
  }

  vlan(flow: number): number {
    const tag = this.#cold(flow, COLD.type) >>> 16;
    return tag & 0x8000 ? tag & 0xfff : NO_VLAN;
  }

  tagType(flow: number): number {
    const tag = this.#cold(flow, COLD.type) >>> 16;
    return tag & 0x8000 ? TAG_TYPES[(tag >>> 12) & 3]! : 0;
  }

  kind(flow: number): number {
    return (this.#cold(flow, COLD.protocol) >>> 16) & 0xff;
  }

  ipVersion(flow: number): number {
    return (this.#cold(flow, COLD.protocol) >>> 8) & 0xff;
  }

  ipProto(flow: number): number {
    return this.#cold(flow, COLD.protocol) & 0xff;
  }

  srcPort(flow: number): number {
    return this.hasPorts(flow) === 1 ? swap16(this.#cold(flow, COLD.ports) & 0xffff) : 0;
  }

  dstPort(flow: number): number {
    return this.hasPorts(flow) === 1 ? swap16(this.#cold(flow, COLD.ports) >>> 16) : 0;
  }

  id(flow: number): number {
    if (this.hasPorts(flow) === 1) return 0;
    const protocol = this.ipProto(flow);
    const word = this.#cold(flow, COLD.ports);
    // The engine keeps an ICMP identifier as a number, an SPI as it was on the wire.
    return protocol === 1 || protocol === 58 ? word : swap32(word);
  }

  flowLabel(flow: number): number {
    if (this.ipVersion(flow) !== 6) return 0;
    return this.#cold(flow, COLD.flowLabel);
  }

  hasPorts(flow: number): number {
    return this.#flag(flow, COLD_FLAG.ports);
  }

  frames(flow: number): number {
    return this.wholeFrames(flow) + this.firstFragments(flow) + this.laterFragments(flow);
  }

  octets(flow: number): number {
    return this.#row(flow, ROW.octets) + this.#row(flow, ROW.octets + 4) * 2 ** 32;
  }

  wholeFrames(flow: number): number {
    return this.#row(flow, ROW.frames) + this.#rare(flow, RARE.framesHigh) * 2 ** 32;
  }

  firstFragments(flow: number): number {
    return this.#rare(flow, RARE.firstFragments);
  }

  laterFragments(flow: number): number {
    return this.#rare(flow, RARE.laterFragments);
  }

  firstNs(flow: number): number {
    return this.#clock.read(this.#words, this.#colds + flow * (COLD.stride >>> 2) + (COLD.firstTime >>> 2));
  }

  lastNs(flow: number): number {
    return this.#clock.read(this.#words, this.#rows + flow * (ROW.stride >>> 2) + (ROW.lastTime >>> 2));
  }

  port(flow: number): number {
    return this.#row(flow, ROW.state) & STATE.portMask;
  }

  direction(flow: number): number {
    return this.#row(flow, ROW.state) & STATE.egressBit ? 1 : 0;
  }

  input(flow: number): number {
    return this.#inputOf((this.#cold(flow, COLD.stations) >>> COLD.laneShift) & COLD.laneMask, this.port(flow));
  }

  firstFrame(flow: number): number {
    return this.#cold(flow, COLD.firstFrame);
  }

  gapBin(flow: number, bin: number): number {
    if (bin > 0) return this.#row(flow, ROW.gaps + 4 * (bin - 1));
    // The first bin is what the others leave of the gaps.
    let rest = this.wholeFrames(flow) - 1;
    for (let other = 1; other < GAP_BINS; other++) rest -= this.gapBin(flow, other);
    return Math.max(0, rest);
  }

  pairs(flow: number): number {
    const pairs = this.#row(flow, ROW.pairs);
    return pairs >= NO_DATA_YET ? 0 : pairs;
  }

  holes(flow: number): number {
    return this.#rare(flow, RARE.holes);
  }

  repeats(flow: number): number {
    return this.#rare(flow, RARE.repeats);
  }

  losses(flow: number): Losses {
    const entry = this.#rare(flow, RARE.loss);
    if (entry === 0) return NO_LOSSES;
    const word = (offset: number) => this.#words[(this.#losses + entry * LOSS.stride + offset) >>> 2]!;
    return { late: word(LOSS.late), filled: word(LOSS.filled), again: word(LOSS.again), missed: word(LOSS.missed) };
  }

  dupAckRuns(flow: number): number {
    return this.#rare(flow, RARE.dupAckRuns);
  }

  superFrames(flow: number): number {
    return this.#rare(flow, RARE.superFrames);
  }

  truncated(flow: number): number {
    return this.#rare(flow, RARE.truncated);
  }

  mover(flow: number): number {
    const mover = this.#row(flow, ROW.state) >>> STATE.moverShift;
    return mover === 0 ? NOT_A_MOVER : mover === STATE.noRoom ? NOT_FOLLOWED : mover - 1;
  }

  windowScale(flow: number): number {
    const scale = (this.#cold(flow, COLD.rare) >>> COLD.scaleShift) & COLD.scaleMask;
    return scale === 0 ? SYN_NOT_SEEN : scale === 1 ? NOT_SCALED : scale - 2;
  }

  toldDirection(flow: number): number {
    return (this.#cold(flow, COLD.rare) >>> COLD.toldShift) & COLD.toldMask;
  }

  isGroup(flow: number): number {
    return this.#flag(flow, COLD_FLAG.group);
  }

  mplsLabel(flow: number): number {
    return this.#present(flow, EXTRA.topLabel);
  }

  pppoeSession(flow: number): number {
    return this.#present(flow, EXTRA.session);
  }

  labelled(): number {
    if (this.#extraCount === 0) return 0;
    let labelled = 0;
    for (let flow = 0; flow < this.count; flow++) {
      if (this.mplsLabel(flow) !== NONE || this.pppoeSession(flow) !== NONE) labelled++;
    }
    return labelled;
  }

  tunnel(flow: number): number {
    return this.#extra(flow, EXTRA.innerProtocol) >>> 16;
  }

  tunnelId(flow: number): number {
    return this.#extra(flow, EXTRA.tunnelId);
  }

  hasInner(flow: number): number {
    return this.#flag(flow, COLD_FLAG.inner);
  }

  hasInnerPorts(flow: number): number {
    return this.#flag(flow, COLD_FLAG.innerPorts);
  }

  innerSrcMac(flow: number): number {
    return (
      swap16(this.#extra(flow, EXTRA.innerMacs + 4) >>> 16) * 2 ** 32 + swap32(this.#extra(flow, EXTRA.innerMacs + 8))
    );
  }

  innerDstMac(flow: number): number {
    return (
      swap32(this.#extra(flow, EXTRA.innerMacs)) * 2 ** 16 + swap16(this.#extra(flow, EXTRA.innerMacs + 4) & 0xffff)
    );
  }

  innerIpProto(flow: number): number {
    return this.#extra(flow, EXTRA.innerProtocol) & 0xff;
  }

  innerSrcPort(flow: number): number {
    return swap16(this.#extra(flow, EXTRA.innerPorts) & 0xffff);
  }

  innerDstPort(flow: number): number {
    return swap16(this.#extra(flow, EXTRA.innerPorts) >>> 16);
  }

  srcIp32(flow: number): number {
    const version = this.ipVersion(flow);
    if (version !== 6) return version === 4 ? swap32(this.#cold(flow, COLD.addresses)) : 0;
    const at = this.#addressesAt(flow);
    const words = this.#words;
    return swap32((words[at]! ^ words[at + 1]! ^ words[at + 2]! ^ words[at + 3]!) >>> 0);
  }

  srcIp(flow: number): Uint8Array {
    return this.#ip(flow, 0);
  }

  dstIp(flow: number): Uint8Array {
    return this.#ip(flow, 1);
  }

  innerSrcIp(flow: number): Uint8Array {
    return this.#innerIp(flow, 0);
  }

  innerDstIp(flow: number): Uint8Array {
    return this.#innerIp(flow, 1);
  }

  #ip(flow: number, second: number): Uint8Array {
    const version = this.ipVersion(flow);
    if (version === 4) {
      const at = 4 * this.#colds + flow * COLD.stride + COLD.addresses + 4 * second;
      return this.#bytes.subarray(at, at + 4);
    }
    if (version !== 6) return this.#bytes.subarray(0, 0);
    const at = 4 * this.#addressesAt(flow) + 16 * second;
    return this.#bytes.subarray(at, at + 16);
  }

  #flag(flow: number, mask: number): number {
    return this.#cold(flow, COLD.protocol) & mask ? 1 : 0;
  }

  /** A word of the key that few flows have; 0 of those that have none. */
  #extra(flow: number, offset: number): number {
    const entry = this.#rare(flow, RARE.extra);
    return entry === 0 ? 0 : this.#words[(this.#extras + entry * EXTRA.stride + offset) >>> 2]!;
  }

  /** A value that carries a bit of its own for being there. */
  #present(flow: number, offset: number): number {
    const value = this.#extra(flow, offset);
    return value & PRESENT ? value & ~PRESENT : NONE;
  }

  #innerIp(flow: number, second: number): Uint8Array {
    if (this.hasInner(flow) === 0) return this.#bytes.subarray(0, 0);
    const at = this.#extras + this.#rare(flow, RARE.extra) * EXTRA.stride;
    const from = at + EXTRA.innerAddresses + 16 * second;
    return this.#bytes.subarray(from, from + (this.#bytes[at + EXTRA.innerVersion] === 4 ? 4 : 16));
  }
}
