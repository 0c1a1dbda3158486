/** lz4 frames, any number of them. LZ4 frame format description, version 1.6; one block in memory at a time, at most 4 MiB. */
import { CaptureError } from '../errors.js';
import { isSkippable } from './compression.js';
import { HISTORY, type Unpacked, unpackBlock } from './lz4-block.js';
import { Damage, type PackedBytes } from './packed-bytes.js';
import { quoted } from './quoted.js';
import { Xxh32 } from './xxh32.js';

const MAGIC = 0x184d2204;
const STORED = 0x80000000; // in the size of a block that could not be made smaller

interface Frame {
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly checksum: boolean;
  readonly largestBlock: number;
  readonly contentSize: bigint | null;
}

export async function* unpackLz4(packed: PackedBytes): AsyncGenerator<Uint8Array> {
  for (let frames = 0; ; ) {
    const at = packed.position;
    if (frames > 0 && (await packed.ahead(1)).length === 0) return;
    const magic = await word(packed);
    if (isSkippable(magic)) await packed.skip(await word(packed));
    else if (magic !== MAGIC) throw new Damage('what follows the lz4 data is no lz4 frame', at);
    else {
      yield* unpackFrame(packed, await readHeader(packed));
      frames++;
    }
  }
}

async function word(packed: PackedBytes): Promise<number> {
  const bytes = await packed.take(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

async function readHeader(packed: PackedBytes): Promise<Frame> {
  const at = packed.position;
  const ahead = await packed.ahead(2);
  if (ahead.length < 2) throw packed.cut();
  const [flags, sizes] = [ahead[0]!, ahead[1]!];
  if (flags >>> 6 !== 1) throw new Damage(`version ${flags >>> 6} of the frame format; 1 is known`, at);
  const sizeCode = (sizes >>> 4) & 7;
  if (sizeCode < 4 || (sizes & 0x8f) !== 0 || (flags & 2) !== 0) {
    throw new Damage('the frame header sets reserved bits', at);
  }
  const [hasSize, hasDictionary] = [(flags & 8) !== 0, (flags & 1) !== 0];
  const length = 2 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  const bytes = await packed.take(length + 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const expected = (new Xxh32().update(bytes.subarray(0, length)).digest() >>> 8) & 0xff;
  if (bytes[length] !== expected) throw new Damage('the checksum of the frame header does not fit', at + length);
  if (hasDictionary) {
    throw new CaptureError(
      'packed-dictionary',
      { source: packed.name, offset: at },
      'is compressed with lz4 and a dictionary, which is not in the file',
      `Unpack it first, with that dictionary: lz4 -dc -D DICTIONARY ${quoted(packed.name)} > unpacked.pcap`,
    );
  }
  return {
    linked: (flags & 0x20) === 0,
    blockChecksums: (flags & 0x10) !== 0,
    checksum: (flags & 4) !== 0,
    largestBlock: 1 << (8 + 2 * sizeCode), // codes 4 to 7: 64 KiB to 4 MiB
    contentSize: hasSize ? view.getBigUint64(2, true) : null,
  };
}

async function* unpackFrame(packed: PackedBytes, frame: Frame): AsyncGenerator<Uint8Array> {
  const out = new Uint8Array(HISTORY + frame.largestBlock);
  const hash = new Xxh32();
  let octets = 0n;
  let history = 0; // octets of it that are there, just before HISTORY
  for (;;) {
    const at = packed.position;
    const size = await word(packed);
    if (size === 0) break;
    const [stored, length] = [(size & STORED) !== 0, size & ~STORED];
    if (length > frame.largestBlock) throw new Damage(`a block claims ${length} bytes`, at);
    const needed = length + (frame.blockChecksums ? 4 : 0);
    const block = await packed.ahead(needed);
    const data = block.subarray(0, length);
    if (block.length < needed) {
      // Blocks have 4 MiB as a rule: what is there of one is worth having.
      const { end } = unpacked(data, stored, out, history);
      if (end > HISTORY) yield out.subarray(HISTORY, end);
      throw packed.cut();
    }
    await packed.skip(needed);
    if (frame.blockChecksums) {
      const checksum = new DataView(block.buffer, block.byteOffset + length, 4).getUint32(0, true);
      if (checksum !== new Xxh32().update(data).digest()) {
        throw new Damage('the checksum of a block does not fit', at);
      }
    }
    const { end, problem } = unpacked(data, stored, out, history);
    if (problem !== null) throw new Damage(problem, at);
    const plain = out.subarray(HISTORY, end);
    if (frame.checksum) hash.update(plain);
    octets += BigInt(plain.length);
    yield plain;
    if (frame.linked) {
      out.copyWithin(0, end - HISTORY, end);
      history = Math.min(HISTORY, history + plain.length);
    }
  }
  const at = packed.position;
  if (frame.checksum && (await word(packed)) !== hash.digest()) throw new Damage('its checksum does not fit', at);
  if (frame.contentSize !== null && frame.contentSize !== octets) {
    throw new Damage(`it unpacked to ${octets} bytes and should have given ${frame.contentSize}`, at);
  }
}

/** Behind the history. */
function unpacked(data: Uint8Array, stored: boolean, out: Uint8Array, history: number): Unpacked {
  if (!stored) return unpackBlock(data, out, HISTORY - history, HISTORY);
  out.set(data, HISTORY);
  return { end: HISTORY + data.length, problem: null };
}
