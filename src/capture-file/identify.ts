/** What a stream of bytes is, by its content and never by its name. */
import { CaptureError } from '../errors.js';

export type CaptureFormat = 'pcap' | 'pcapng';

const LEAST = 24; // a classic pcap header; the shortest pcapng section header has 28

interface Foreign {
  readonly starts: readonly number[];
  readonly what: string;
  readonly remedy: (name: string) => string;
}

const unpack = (tool: string) => (name: string) => `Unpack it first: ${tool} -dc '${name}' > unpacked.pcap`;
const convert = (name: string) => `Convert it first: editcap -F pcapng '${name}' converted.pcapng`;

const FOREIGN: readonly Foreign[] = [
  { starts: [0x1f, 0x8b], what: 'compressed with gzip (in a pipe, or twice)', remedy: unpack('gzip') },
  { starts: [0x28, 0xb5, 0x2f, 0xfd], what: 'compressed with zstd', remedy: unpack('zstd') },
  { starts: [0x04, 0x22, 0x4d, 0x18], what: 'compressed with lz4', remedy: unpack('lz4') },
  { starts: [0x42, 0x5a, 0x68], what: 'compressed with bzip2', remedy: unpack('bzip2') },
  { starts: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'compressed with xz', remedy: unpack('xz') },
  { starts: [...Buffer.from('snoop\0')], what: 'a snoop capture', remedy: convert },
  { starts: [...Buffer.from('GMBU')], what: 'a Microsoft Network Monitor capture', remedy: convert },
  { starts: [...Buffer.from('RTSS')], what: 'a Microsoft Network Monitor 1 capture', remedy: convert },
  {
    starts: [...Buffer.from('version https://git-lfs')],
    what: 'a Git LFS pointer, not the file it stands for',
    remedy: () => 'Fetch the file itself: git lfs pull',
  },
];

const PCAP_MAGICS: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]);

/** @param head the first bytes of the input, up to a block; `ended`: there are no more. */
export function identify(name: string, head: Uint8Array, ended: boolean): CaptureFormat {
  if (head.byteLength >= 4) {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const magic = view.getUint32(0);
    if (magic === 0x0a0d0d0a) return 'pcapng';
    if (PCAP_MAGICS.has(magic) || PCAP_MAGICS.has(view.getUint32(0, true))) return 'pcap';
  }
  for (const { starts, what, remedy } of FOREIGN) {
    if (starts.every((byte, i) => head[i] === byte)) {
      throw new CaptureError('input-foreign', { source: name, offset: 0 }, `is ${what}`, remedy(name));
    }
  }
  const text = looksLikeText(head);
  const start = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new CaptureError(
    'input-not-a-capture',
    { source: name, offset: 0 },
    text
      ? 'is text, not a capture'
      : ended && head.byteLength < LEAST
        ? `has ${head.byteLength} bytes, fewer than the header of a capture`
        : `is no pcap or pcapng file (it starts with ${start})`,
    text
      ? 'Give the file that tcpdump -w or dumpcap wrote, not what was printed.'
      : 'lacpscope reads what tcpdump -w, tshark -w and dumpcap write.',
  );
}

function looksLikeText(head: Uint8Array): boolean {
  const sample = head.subarray(0, 512);
  return (
    sample.length > 0 && sample.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))
  );
}
