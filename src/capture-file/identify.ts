/** What a stream of bytes is, by its content and never by its name. */
import { CaptureError } from '../errors.js';
import type { Compression } from '../sources/compression.js';
import { quoted } from '../sources/quoted.js';
import { foreignFormat } from './foreign.js';
import { SECTION_HEADER } from './pcapng.js';
import { textKind } from './text.js';

export type CaptureFormat = 'pcap' | 'pcapng';

const LEAST = 24; // a classic pcap header; the shortest pcapng section header has 28

const BYTE_ORDER: ReadonlySet<number> = new Set([0x1a2b3c4d, 0x4d3c2b1a]);
const PCAP_MAGICS: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]);

/**
 * @param head the first bytes of the input, up to a block; `ended`: there are no more
 * @param unpackedFrom what they were packed with
 * @throws CaptureError for everything else, with what it is and what to do, as far as that is known
 */
export function identify(
  name: string,
  head: Uint8Array,
  ended: boolean,
  unpackedFrom: Compression | null = null,
): CaptureFormat {
  if (head.byteLength >= 4) {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const magic = view.getUint32(0);
    if (magic === SECTION_HEADER && (head.byteLength < 12 || BYTE_ORDER.has(view.getUint32(8)))) return 'pcapng';
    if (PCAP_MAGICS.has(magic) || PCAP_MAGICS.has(view.getUint32(0, true))) return 'pcap';
  }
  const foreign = foreignFormat(name, head, unpackedFrom);
  const text = foreign === null ? textKind(head) : null;
  const start = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const [code, problem, remedy] =
    foreign !== null
      ? ['input-foreign', foreign.problem, foreign.remedy]
      : text !== null
        ? ['input-not-a-capture', `is ${text.what}, not a capture`, text.remedy]
        : ended && head.byteLength < LEAST
          ? [
              'input-not-a-capture',
              `has ${head.byteLength} bytes, fewer than the header of a capture`,
              'Run the program that was to write it by itself: tcpdump and dumpcap write a header before the first frame.',
            ]
          : [
              'input-not-a-capture',
              `is no pcap or pcapng file (it starts with ${start})`,
              'lacpscope reads what tcpdump -w, tshark -w and dumpcap write. ' +
                `If Wireshark opens it: editcap -F pcapng ${quoted(name)} converted.pcapng`,
            ];
  throw new CaptureError(code, { source: name, offset: 0 }, problem, remedy);
}
