/** The header of a classic pcap file: draft-ietf-opsawg-pcap, and what older and patched libpcaps wrote instead of it. */
import { CaptureError } from '../errors.js';
import { quoted } from '../sources/quoted.js';
import { guessRecordHeader, type LengthOrder, type RecordHeaderOctets } from './record-header.js';

export const PCAP_HEADER_OCTETS = 24;

/** With the records in so many octets the header is read the same way however the octets come. */
export const PCAP_BEGINNING_OCTETS = 8192;

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34; // by the patches of Linux 2.x

export interface PcapHeader {
  readonly swapped: boolean; // numbers are big-endian
  readonly nanoseconds: boolean;
  /** 16; more where patched libpcaps wrote the file, see record-header.ts. */
  readonly recordHeader: RecordHeaderOctets;
  readonly lengths: LengthOrder;
  readonly snapLength: number; // 0: no limit
  readonly linkType: number;
}

/** @param head the file header, and the records behind it: all that is there of PCAP_BEGINNING_OCTETS, which show their variant */
export function readPcapHeader(name: string, head: Uint8Array): PcapHeader {
  if (head.byteLength < PCAP_HEADER_OCTETS) {
    throw new CaptureError(
      'pcap-header-cut',
      { source: name, offset: head.byteLength },
      `the file ends inside its header, after ${head.byteLength} of ${PCAP_HEADER_OCTETS} bytes`,
      'Copy the capture again.',
    );
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const swapped = [MICROSECONDS, NANOSECONDS, MODIFIED].includes(view.getUint32(0));
  const little = !swapped;
  const magic = view.getUint32(0, little);
  const major = view.getUint16(4, little);
  const minor = view.getUint16(6, little);
  const lengths = lengthOrder(major, minor);
  if (lengths === null) {
    throw new CaptureError(
      'pcap-version',
      { source: name, offset: 4 },
      `pcap version ${major}.${minor}; versions 2.0 to 2.4 are known`,
      `Convert it first: editcap -F pcapng ${quoted(name)} converted.pcapng`,
    );
  }
  const snapLength = view.getUint32(16, little);
  // The draft: 16 bits. Above them stand FCS length and flags, and bits that readers have to ignore.
  const linkType = view.getUint32(20, little) & 0xffff;
  const aix = magic === MICROSECONDS && isAix(major, minor, linkType);
  const beginning = new DataView(head.buffer, head.byteOffset, Math.min(head.byteLength, PCAP_BEGINNING_OCTETS));
  const records = { view: beginning, from: PCAP_HEADER_OCTETS, little, lengths, snapLength };
  return {
    swapped,
    nanoseconds: magic === NANOSECONDS || aix,
    recordHeader:
      magic === NANOSECONDS || aix ? 16 : guessRecordHeader(records, magic === MODIFIED ? [24, 28] : [16, 24, 20]),
    lengths,
    snapLength,
    linkType: aix ? 1 : linkType,
  };
}

/**
 * Before 2.3 the length on the wire came first. Some programs said 2.3 and went on in the old order: there the record tells.
 * Later minor versions are read as 2.4, as Wireshark does. 543.0 is DG/UX.
 *
 * @returns null for a version that nobody knows
 */
function lengthOrder(major: number, minor: number): LengthOrder | null {
  if (major === 543 && minor === 0) return 'swapped';
  if (major !== 2) return null;
  return minor < 3 ? 'swapped' : minor === 3 ? 'swapped-if-longer' : 'usual';
}

/**
 * The tcpdump of AIX writes version 2.2, nanoseconds under the magic of microseconds, and the interface type of RFC 1573 for
 * a link type: 6 is Ethernet there, and was token ring in a pcap 2.2 that nobody has.
 */
const isAix = (major: number, minor: number, linkType: number) => major === 2 && minor === 2 && linkType === 6;
