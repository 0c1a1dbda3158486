/**
 * What a port gives, as enhanced packet blocks of pcapng: the form in which frames are put in order and written. Ports of this
 * machine give such blocks; a classic pcap, as tcpdump writes it, is turned into them.
 */
import { PCAP_HEADER_OCTETS, type PcapHeader, readPcapHeader } from '../capture-file/pcap.js';
import { readBlockHead, readInterfaceDescription, SECTION_HEADER } from '../capture-file/pcapng.js';
import { packetOctets, putPacket } from '../capture-file/pcapng-writer.js';
import { CaptureError } from '../errors.js';

export const PACKET_BLOCK = 6;
const RECORD_HEADER = 16;
const LARGEST_FRAME = 262_144; // the largest snap length
const ROOM = 256 * 1024;
const GROWTH = 2.25; // a record of one octet, 17 in all, becomes a block of 36
const MEMORY = 1536 * 1024; // a cut record of the largest frame, and what is read behind it, after they have grown
const MOST_HEADER = 4096;

/** Memory of blocks that wait to be written. It is used again when nobody waits in it any more. */
export class Memory {
  readonly bytes = new Uint8Array(MEMORY);
  readonly view = new DataView(this.bytes.buffer);
  readonly words = new Int32Array(this.bytes.buffer); // blocks begin at multiples of four octets
  waiting = 0;
}

/** Whole blocks, one behind the other. */
export interface Packets {
  readonly memory: Memory;
  readonly from: number;
  readonly end: number;
  readonly last: number; // where the last of them begins
  readonly frames: number;
}

export interface PacketHeader {
  readonly linkType: number;
  readonly snapLength: number;
  readonly nanoseconds: boolean;
}

export class PacketStream {
  header: PacketHeader | null = null;
  readonly #name: string;
  readonly #memories: Memory[] = [];
  #memory: Memory;
  #pcap: PcapHeader | null = null; // of what is turned into blocks
  readonly #raw = new Memory(); // of that, and of headers
  /** What has come and was not given yet, in the memory that is read into. */
  #from = 0;
  #end = 0;
  #filled = 0; // of the memory of blocks, where those are made

  constructor(name: string) {
    this.#name = name;
    this.#memory = this.#unused();
  }

  /** Where the next octets are to be put, as many as it has room for. */
  get room(): Uint8Array {
    if (this.#readsBlocks) {
      // From the beginning again: what is used stays small, and in the processor's cache.
      if (this.#memory.waiting === 0) this.#move(this.#memory, this.#memory);
      else if (MEMORY - this.#end < ROOM) this.#move(this.#memory, this.#unused());
      return this.#memory.bytes.subarray(this.#end, Math.min(this.#end + ROOM, MEMORY));
    }
    if (this.#from > 0) this.#raw.bytes.copyWithin(0, this.#from, this.#end);
    this.#end -= this.#from;
    this.#from = 0;
    return this.#raw.bytes.subarray(this.#end, this.#end + ROOM);
  }

  /**
   * So many octets were put there.
   *
   * @returns the whole blocks among what has come so far; what is cut waits for the rest of it
   * @throws CaptureError where it is no capture of one port, or damaged
   */
  took(octets: number): Packets | null {
    this.#end += octets;
    if (this.header === null && !this.#readHeader()) return null;
    const packets = this.#readsBlocks ? this.#given() : this.#made();
    if (packets !== null) packets.memory.waiting++;
    return packets;
  }

  get #readsBlocks(): boolean {
    return this.header !== null && this.#pcap === null;
  }

  #unused(): Memory {
    let found = this.#memories.find((memory) => memory.waiting === 0 && memory !== this.#memory);
    if (found === undefined) {
      found = new Memory();
      this.#memories.push(found);
    }
    return found;
  }

  /** What has come of blocks goes on in another memory. */
  #move(from: Memory, to: Memory): void {
    if (this.#from < this.#end) to.bytes.set(from.bytes.subarray(this.#from, this.#end));
    this.#memory = to;
    this.#end -= this.#from;
    this.#from = 0;
  }

  #readHeader(): boolean {
    const { view, bytes } = this.#raw;
    if (this.#end < PCAP_HEADER_OCTETS) return false;
    if (view.getUint32(0) === SECTION_HEADER) return this.#readSection();
    if (![0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1].includes(view.getUint32(0))) {
      throw this.#damaged('it is no classic pcap');
    }
    this.#pcap = readPcapHeader(this.#name, bytes.subarray(0, PCAP_HEADER_OCTETS));
    this.header = this.#pcap;
    this.#from = PCAP_HEADER_OCTETS;
    return true;
  }

  /** A section of one interface, as a port of this machine writes it. */
  #readSection(): boolean {
    const { view, bytes } = this.#raw;
    const section = readBlockHead(view, 0, false);
    if (section === null || section.swapped || section.length > MOST_HEADER) throw this.#damaged('it is no capture');
    const at = section.length;
    if (this.#end < at + 8) return false;
    const length = view.getUint32(at + 4, true);
    if (length > MOST_HEADER) throw this.#damaged(`a block claims ${length} bytes`);
    if (this.#end < at + length) return false;
    const about = readInterfaceDescription(new DataView(bytes.buffer, at, length), false);
    if (about === null) throw this.#damaged('it describes no interface');
    const { linkType, snapLength, resolution } = about;
    this.#from = at + length;
    this.#move(this.#raw, this.#memory);
    this.header = { linkType, snapLength, nanoseconds: resolution.exponent === 9 };
    return true;
  }

  /** Blocks that came as such. */
  #given(): Packets | null {
    const memory = this.#memory;
    const { view } = memory;
    const from = this.#from;
    let [end, last, frames] = [from, from, 0];
    while (end + 8 <= this.#end) {
      const octets = view.getUint32(end + 4, true);
      const isPacket = view.getUint32(end, true) === PACKET_BLOCK && octets % 4 === 0 && octets >= packetOctets(0);
      if (!isPacket || octets > packetOctets(LARGEST_FRAME)) throw this.#damaged(`a block claims ${octets} bytes`);
      if (end + octets > this.#end) break;
      last = end;
      end += octets;
      frames++;
    }
    this.#from = end;
    return frames === 0 ? null : { memory, from, end, last, frames };
  }

  /** Blocks made of records of classic pcap. */
  #made(): Packets | null {
    const { view, bytes } = this.#raw;
    const little = !this.#pcap!.swapped;
    const ticksPerSecond = this.#pcap!.nanoseconds ? 1e9 : 1e6;
    if (MEMORY - this.#filled < GROWTH * (this.#end - this.#from)) {
      this.#memory = this.#unused();
      this.#filled = 0;
    }
    const memory = this.#memory;
    const from = this.#filled;
    let [last, frames] = [from, 0];
    while (this.#from + RECORD_HEADER <= this.#end) {
      const at = this.#from;
      const captured = view.getUint32(at + 8, little);
      if (captured > LARGEST_FRAME) throw this.#damaged(`a record claims ${captured} bytes`);
      const next = at + RECORD_HEADER + captured;
      if (next > this.#end) break;
      last = this.#filled;
      this.#filled = putPacket(memory.bytes, memory.view, last, {
        index: 0,
        seconds: view.getUint32(at, little),
        part: view.getUint32(at + 4, little),
        ticksPerSecond,
        wire: view.getUint32(at + 12, little),
        data: bytes.subarray(at + RECORD_HEADER, next),
      });
      this.#from = next;
      frames++;
    }
    return frames === 0 ? null : { memory, from, end: this.#filled, last, frames };
  }

  /** Octets of a record that has not come whole. */
  get cut(): number {
    return this.#end - this.#from;
  }

  #damaged(problem: string): CaptureError {
    return new CaptureError('capture-stream', { source: this.#name }, problem, 'Capture again.');
  }
}
