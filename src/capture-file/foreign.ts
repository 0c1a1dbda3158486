/** What is no pcap or pcapng, but has a name: by the first bytes, as file(1) and Wireshark's documentation give them. */
import type { Compression } from '../sources/compression.js';
import { STANDARD_INPUT } from '../sources/pipe.js';
import { quoted } from '../sources/quoted.js';
import { looksLikeErf } from './erf.js';

export interface Foreign {
  readonly problem: string;
  readonly remedy: string;
}

interface Known {
  readonly starts: string; // one character a byte
  readonly at?: number;
  readonly what: string;
}

interface Packed extends Known {
  /** Writes what is in it to standard output. */
  readonly unpack: (file: string) => string;
}

const by = (tool: string) => (file: string) => `${tool} -dc ${file}`;

const PACKED: readonly Packed[] = [
  { starts: '\x1f\x8b', what: 'gzip', unpack: by('gzip') },
  { starts: '\x28\xb5\x2f\xfd', what: 'zstd', unpack: by('zstd') },
  { starts: '\x04\x22\x4d\x18', what: 'lz4', unpack: by('lz4') },
  { starts: '\x02\x21\x4c\x18', what: 'lz4 in its legacy format', unpack: by('lz4') },
  { starts: 'BZh', what: 'bzip2', unpack: by('bzip2') },
  { starts: '\xfd7zXZ\0', what: 'xz', unpack: by('xz') },
  { starts: '\x5d\0\0', what: 'lzma', unpack: by('xz') },
  { starts: '\x1f\x9d', what: 'compress', unpack: by('gzip') },
  { starts: '\x1f\xa0', what: 'compress', unpack: by('gzip') },
  { starts: '\x1f\x1e', what: 'pack', unpack: by('gzip') },
  { starts: 'LZIP', what: 'lzip', unpack: by('lzip') },
  { starts: '\x89LZO\0', what: 'lzop', unpack: by('lzop') },
  { starts: '7z\xbc\xaf\x27\x1c', what: '7-Zip', unpack: (file) => `7z x -so ${file}` },
  { starts: 'PK\x03\x04', what: 'zip', unpack: (file) => `unzip -p ${file}` },
  { starts: 'Rar!\x1a\x07', what: 'RAR', unpack: (file) => `7z x -so ${file}` },
];

/** Wireshark reads these, so editcap converts them. */
const CAPTURES: readonly Known[] = [
  { starts: 'snoop\0', what: 'a snoop capture (Solaris)' },
  { starts: 'GMBU', what: 'a Microsoft Network Monitor 2 capture' },
  { starts: 'RTSS', what: 'a Microsoft Network Monitor 1 capture' },
  { starts: 'iptrace 1.0', what: 'an AIX iptrace capture' },
  { starts: 'iptrace 2.0', what: 'an AIX iptrace capture' },
  { starts: 'TRSNIFF data    \x1a', what: 'a Sniffer capture' },
  { starts: 'XCP\0', what: 'a NetXRay or Windows Sniffer capture' },
  { starts: 'VL\0\0', what: 'a NetXRay 1 capture' },
  { starts: '\x01\x10\x4c\0', what: 'a LANalyzer capture' },
  { starts: '\x07\x10\x4c\0', what: 'a LANalyzer capture' },
  { starts: '\x7fver\0', what: 'an EtherPeek or OmniPeek capture' },
  { starts: '\x05VNF', what: 'a Visual Networks capture' },
  { starts: 'ObserverPktBuffe', what: 'a Network Instruments Observer capture' },
  { starts: '\x00\x00\x02\x00\x12\x05\x00\x10', what: 'a K12 (rf5) capture' },
  { starts: '\x42\xd2\x00\x34\x12\x66\x22\x88', what: 'a RADCOM capture' },
  { starts: '\x54\x52\x00\x64\x00', what: 'an HP-UX nettl capture' },
  { starts: '\x00\x00\x00\x01\x00\x00\x00\x00\x00\x07\xd0\x00', what: 'an HP-UX 9 nettl capture' },
  { starts: 'EyeSDN', what: 'an EyeSDN capture' },
  { starts: 'btsnoop\0', what: 'a Bluetooth capture (btsnoop)' },
  { starts: 'LOGG', what: 'a Vector BLF capture' },
  { starts: '\xaa\xaa\xaa\xaa\x20\0\0\0', what: 'an Accellent 5Views capture' },
  ...['\x1c\0\x01\xac', '\xac\x01\0\x1c', '\x1c\0\x01\xab', '\xab\x01\0\x1c'].map((starts) => ({
    starts,
    what: 'a pcap file as Ixia writes it',
  })),
];

// The magic of pcapng holds both line ends, so that this shows: draft-ietf-opsawg-pcapng, section 4.1.
const TEXT_MODE: readonly Known[] = [
  '\x0a\x0d\x0a',
  '\x0d\x0a\x0d\x0d\x0d\x0a',
  '\x0a\x0a\x0a\x0a',
  '\x0d\x0d\x0d\x0d',
].map((starts) => ({ starts, what: 'a pcapng that was copied as text, which changed its bytes' }));

const OTHERS: readonly Known[] = [
  { starts: '\x7fELF', what: 'a program (ELF)' },
  { starts: 'MZ', what: 'a Windows program' },
  { starts: '%PDF-', what: 'a PDF document' },
  { starts: '\x89PNG\r\n', what: 'a picture (PNG)' },
  { starts: '\xff\xd8\xff', what: 'a picture (JPEG)' },
  { starts: 'GIF8', what: 'a picture (GIF)' },
  { starts: 'SQLite format 3\0', what: 'an SQLite database' },
  { starts: '\xd0\xcf\x11\xe0', what: 'an old Office document' },
  { starts: '\xa1\xb2\x34\xcd', what: 'a variant of pcap that no program reads (magic a1b234cd)' },
  { starts: '\xcd\x34\xb2\xa1', what: 'a variant of pcap that no program reads (magic a1b234cd)' },
  { starts: '\xa1\x2b\x3c\x4d', what: 'a variant of pcap that no program reads (magic a12b3c4d)' },
  { starts: '\x4d\x3c\x2b\xa1', what: 'a variant of pcap that no program reads (magic a12b3c4d)' },
];

const LFS_POINTER = 'version https://git-lfs';
const TAR_MAGIC = { starts: 'ustar', at: 257 };

/** @param unpackedFrom what the bytes were packed with themselves */
export function foreignFormat(name: string, head: Uint8Array, unpackedFrom: Compression | null): Foreign | null {
  const begins = ({ starts, at = 0 }: { starts: string; at?: number }) =>
    head.length >= at + starts.length &&
    Array.from(starts).every((character, i) => head[at + i] === character.charCodeAt(0));
  if (begins({ starts: LFS_POINTER })) {
    return {
      problem: 'is a Git LFS pointer, not the file it stands for',
      remedy: 'Fetch the file itself: git lfs pull',
    };
  }
  const packed = PACKED.find(begins);
  if (packed !== undefined) return packedForeign(name, packed, unpackedFrom);
  if (begins(TAR_MAGIC)) {
    return { problem: 'is a tar archive', remedy: `Take the captures out of it first: tar xf ${quoted(name)}` };
  }
  const convert =
    name === STANDARD_INPUT
      ? 'Convert it on its way: … | editcap -F pcapng - - | lacpscope analyze -'
      : `Convert it first: editcap -F pcapng ${quoted(name)} converted.pcapng`;
  const capture = CAPTURES.find(begins);
  if (capture !== undefined) return { problem: `is ${capture.what}`, remedy: convert };
  if (looksLikeErf(head)) return { problem: 'looks like an ERF capture (Endace)', remedy: convert };
  const copied = looksLikeSectionHeader(head) ? TEXT_MODE.find(begins) : undefined;
  if (copied !== undefined) return { problem: `is ${copied.what}`, remedy: 'Copy it again in binary mode.' };
  const other = OTHERS.find(begins);
  if (other === undefined) return null;
  return {
    problem: `is ${other.what}`,
    remedy: 'Give the captures: lacpscope reads what tcpdump -w, tshark -w and dumpcap write.',
  };
}

/** By the byte-order magic, which has no line end in it. */
function looksLikeSectionHeader(head: Uint8Array): boolean {
  const start = Buffer.from(head.subarray(0, 24)).toString('latin1');
  return start.includes('\x1a\x2b\x3c\x4d') || start.includes('\x4d\x3c\x2b\x1a');
}

function packedForeign(name: string, { what, unpack }: Packed, unpackedFrom: Compression | null): Foreign {
  const [problem, tool] =
    unpackedFrom === null
      ? [`is compressed with ${what}`, unpack]
      : [`is compressed twice: with ${what}, inside ${unpackedFrom}`, by(unpackedFrom)];
  const remedy =
    name === STANDARD_INPUT
      ? `Unpack it on its way: … | ${tool('').trimEnd()} | lacpscope analyze -`
      : `Unpack it first: ${tool(quoted(name))} > unpacked.pcap`;
  return { problem, remedy };
}
