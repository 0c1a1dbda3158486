/** The header of a classic pcap file. draft-ietf-opsawg-pcap; the modified variant is that of patched Linux 2.x libpcaps. */
import { CaptureError } from '../errors.js';

export const PCAP_HEADER_OCTETS = 24;

export interface PcapHeader {
  readonly swapped: boolean; // numbers are big-endian
  readonly nanoseconds: boolean;
  readonly recordHeader: 16 | 24;
  readonly snapLength: number;
  readonly linkType: number;
}

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
  const swapped = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34].includes(view.getUint32(0));
  const little = !swapped;
  const magic = view.getUint32(0, little);
  const major = view.getUint16(4, little);
  const minor = view.getUint16(6, little);
  if (major !== 2) {
    throw new CaptureError(
      'pcap-version',
      { source: name, offset: 4 },
      `pcap version ${major}.${minor}; versions 2.0 to 2.4 are known`,
      `Convert it first: editcap '${name}' converted.pcapng`,
    );
  }
  return {
    swapped,
    nanoseconds: magic === 0xa1b23c4d,
    recordHeader: magic === 0xa1b2cd34 ? 24 : 16,
    snapLength: view.getUint32(16, little),
    linkType: view.getUint32(20, little) & 0xffff, // the upper bits hold FCS length and flags
  };
}
