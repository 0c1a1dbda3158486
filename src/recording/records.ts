/** A classic pcap as it comes, cut into whole records. */
import { PCAP_HEADER_OCTETS, type PcapHeader, readPcapHeader } from '../capture-file/pcap.js';
import { CaptureError } from '../errors.js';

export const RECORD_HEADER = 16;
const LARGEST_RECORD = 262_144; // the largest snap length

/** Whole records, one behind the other, and the time of the first and the last. */
export interface Records {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export class RecordStream {
  header: PcapHeader | null = null;
  readonly #name: string;
  #rest = new Uint8Array();

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * @returns the whole records among what has come so far; what is cut waits for the rest of it
   * @throws CaptureError where it is no classic pcap, or damaged
   */
  feed(octets: Uint8Array): Records | null {
    const bytes = new Uint8Array(this.#rest.length + octets.length);
    bytes.set(this.#rest);
    bytes.set(octets, this.#rest.length);
    const view = new DataView(bytes.buffer);
    let from = 0;
    if (this.header === null) {
      if (bytes.length < PCAP_HEADER_OCTETS) {
        this.#rest = bytes;
        return null;
      }
      this.header = this.#readHeader(bytes);
      from = PCAP_HEADER_OCTETS;
    }
    const little = !this.header.swapped;
    let end = from;
    while (end + RECORD_HEADER <= bytes.length) {
      const captured = view.getUint32(end + 8, little);
      if (captured > LARGEST_RECORD) throw this.#damaged(`a record claims ${captured} bytes`);
      if (end + RECORD_HEADER + captured > bytes.length) break;
      end += RECORD_HEADER + captured;
    }
    this.#rest = bytes.slice(end);
    return end === from
      ? null
      : { bytes: bytes.subarray(from, end), view: new DataView(bytes.buffer, from, end - from) };
  }

  /** Octets of a record that has not come whole. */
  get cut(): number {
    return this.#rest.length;
  }

  #readHeader(bytes: Uint8Array): PcapHeader {
    const magic = new DataView(bytes.buffer).getUint32(0);
    if (![0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1].includes(magic)) throw this.#damaged('it is no classic pcap');
    return readPcapHeader(this.#name, bytes.subarray(0, PCAP_HEADER_OCTETS));
  }

  #damaged(problem: string): CaptureError {
    return new CaptureError('capture-stream', { source: this.#name }, problem, 'Capture again.');
  }
}
