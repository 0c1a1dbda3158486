import { describe, expect, it } from 'vitest';
import { identify } from '../../../src/capture-file/identify.js';
import { CaptureError } from '../../../src/errors.js';
import type { Compression } from '../../../src/sources/compression.js';
import { frame, pcap, pcapng } from '../../helpers/frames.js';

const text = (words: string) => new TextEncoder().encode(words);
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const wide = (words: string) => Buffer.concat([hex('fffe'), Buffer.from(words, 'utf16le')]);

function refusal(bytes: Uint8Array, unpackedFrom: Compression | null = null, name = 'a.pcap'): CaptureError {
  try {
    throw new Error(`taken for ${identify(name, bytes, false, unpackedFrom)}`);
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}

/** Records of ERF: Ethernet, one a millisecond, two bytes of padding before each frame. */
function erf(records: number, type = 2): Uint8Array {
  const length = 16 + 2 + 64;
  const bytes = new Uint8Array(records * length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < records; i++) {
    view.setUint32(i * length, i * 4_294_967, true);
    view.setUint32(i * length + 4, 1_700_000_000, true);
    view.setUint8(i * length + 8, type);
    view.setUint16(i * length + 10, length);
    view.setUint16(i * length + 14, 64);
  }
  return bytes;
}

it('does not have nothing at all converted', () => {
  for (const bytes of [hex(''), hex('d4c3b2')])
    expect(() => identify('standard input', bytes, true)).toThrow(
      /fewer than the header of a capture\n {2}Run the program/,
    );
});

describe('what is no capture is named, with what to do', () => {
  it.each([
    ['gzip', hex('1f8b0800'), /is compressed with gzip\n.*gzip -dc 'a\.pcap' > unpacked\.pcap/],
    ['bzip2', text('BZh91AY&SY'), /bzip2 -dc 'a\.pcap'/],
    ['xz', hex('fd377a585a000004'), /xz -dc/],
    ['compress', hex('1f9d9000'), /is compressed with compress\n.*gzip -dc/],
    ['7-Zip', hex('377abcaf271c0004'), /7z x -so/],
    ['zip', hex('504b030414000000'), /unzip -p/],
    ['old lz4', hex('02214c1800000000'), /lz4 in its legacy format\n.*lz4 -dc/],
    ['snoop', text('snoop\0\0\0'), /snoop.*\n.*editcap -F pcapng 'a\.pcap' converted\.pcapng/],
    ['Network Monitor', text('GMBU'), /Microsoft Network Monitor 2.*\n.*editcap/],
    ['Sniffer', text('TRSNIFF data    \x1a'), /Sniffer.*\n.*editcap/],
    ['iptrace', text('iptrace 2.0'), /AIX iptrace.*\n.*editcap/],
    ['EtherPeek', hex('7f76657200'), /EtherPeek.*\n.*editcap/],
    ['Ixia', hex('ac01001c'), /Ixia.*\n.*editcap/],
    ['ERF', erf(3), /looks like an ERF.*\n.*editcap/],
    ['ERF of one record', erf(1), /looks like an ERF/],
    ['ERF with colours', erf(9, 11), /looks like an ERF/],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:12'), /git lfs pull/],
    ['a program', hex('7f454c4602010100'), /program \(ELF\)/],
    ['a PDF', text('%PDF-1.7'), /PDF/],
    ['tar', Buffer.concat([Buffer.alloc(257), text('ustar  \0')]), /tar archive\n.*tar xf 'a\.pcap'/],
    ['a pcap of nobody', hex('cd34b2a1'), /a1b234cd/],
    ['words', text('igb0 seems to be slow since Monday\n'), /is text, not a capture/],
    ['UTF-8', text('Messung vom Prüfstand: träge\n'), /is text/],
    ['UTF-16', wide('igb0 is slow\r\n'), /is text/],
    [
      'tcpdump on the terminal',
      text('12:01:02.123456 IP 192.0.2.1.5001 > 192.0.2.9: tcp 0\n'),
      /tcpdump or tshark printed.*\n.*-w/,
    ],
    ['the first line of tcpdump', text('tcpdump: listening on igb0, link-type EN10MB\n'), /tcpdump or tshark printed/],
    ['tshark on the terminal', text('    1   0.000000    192.0.2.1 → 192.0.2.9    TCP 74\n'), /tshark printed/],
    ['a hexdump', text('00000000  d4 c3 b2 a1 02 00 04 00  00 00 00 00 00 00 00 00  |..|\n'), /hexdump.*\n.*text2pcap/],
    ['a hexdump of xxd', text('00000000: d4c3 b2a1 0200 0400 0000 0000 0000 0000  ....\n'), /hexdump/],
    ['JSON of tshark', text('[\n  {\n    "_index": "packets-2026"\n'), /JSON.*\n.*tshark -w/],
    ['fields of tshark', text('frame.number,ip.src\n1,192.0.2.1\n'), /table of packets/],
    ['PDML', text('<?xml version="1.0"?>\n<pdml version="0">'), /XML/],
    ['a page', text('<!DOCTYPE html>\n<html><title>404'), /HTML page, not a capture\n.*download/],
    ['K12 text', text('+---------+---------------+----------+\n'), /K12/],
    ['pcapng over FTP as text', hex('0d0a0d0d0d0a 1c000000 4d3c2b1a 0100'), /copied as text.*\n.*binary/],
    ['pcapng with its line ends lost', hex('0a0d0a 1c000000 4d3c2b1a 0100'), /copied as text.*\n.*binary/],
    ['half a pcapng', hex('0a0d0d0a 1c000000 00112233'), /no pcap or pcapng file/],
    ['noise', Buffer.alloc(64, 0xa5), /no pcap or pcapng file \(it starts with a5 a5 a5 a5\)\n.*editcap/],
    ['zeros', Buffer.alloc(4096), /no pcap or pcapng file/],
  ])('%s', (_, bytes, says) => expect(refusal(bytes).message).toMatch(says));

  it('packed twice, with the command for the outer one', () => {
    expect(refusal(hex('28b52ffd04000000'), 'gzip').message).toMatch(
      /is compressed twice: with zstd, inside gzip\n.*gzip -dc 'a\.pcap' > unpacked\.pcap/,
    );
  });

  it('with commands for a pipe where it came through one', () => {
    const remedyOf = (bytes: Uint8Array, inside: Compression | null = null) =>
      refusal(bytes, inside, 'standard input').remedy;
    expect(remedyOf(text('BZh9'))).toBe('Unpack it on its way: … | bzip2 -dc | lacpscope analyze -');
    expect(remedyOf(text('BZh9'), 'lz4')).toBe('Unpack it on its way: … | lz4 -dc | lacpscope analyze -');
    expect(remedyOf(text('snoop\0'))).toBe('Convert it on its way: … | editcap -F pcapng - - | lacpscope analyze -');
  });

  it('in a command that a shell takes as it is meant', () => {
    expect(refusal(text('snoop\0'), null, "it's; rm -rf.pcap").remedy).toContain(String.raw`'it'\''s; rm -rf.pcap'`);
  });

  it('is no ERF where its records do not go on', () => {
    const bytes = erf(3);
    new DataView(bytes.buffer).setUint32(86, 5, true);
    expect(refusal(bytes).code).toBe('input-not-a-capture');
    expect(refusal(erf(3).subarray(0, 90)).code).toBe('input-not-a-capture');
  });
});

describe('what is a capture', () => {
  it('goes by its content', () => {
    expect(identify('a.txt', pcap([{ ns: 0n, bytes: frame({}) }]), true)).toBe('pcap');
    expect(identify('a.gz', pcap([], { big: true, nanoseconds: false }), true)).toBe('pcap');
    expect(identify('a.pcap', pcapng([{ kind: 'section' }]), true, 'zstd')).toBe('pcapng');
  });
});
