/** One compressed block of lz4. LZ4 block format description: sequences of a token, literals, and a match to repeat. */

export const HISTORY = 64 * 1024; // how far back a match may reach, into the block before where blocks are linked

const SHORTEST_MATCH = 4;

export interface Unpacked {
  readonly end: number;
  readonly problem: string | null;
}

/**
 * Unpacks `block` into `out` from `at` on; matches may reach back to `from`.
 *
 * @returns where the unpacked data ends in `out`, and what is wrong with the block, if anything is
 */
export function unpackBlock(block: Uint8Array, out: Uint8Array, from: number, at: number): Unpacked {
  const end = out.length;
  let read = 0;
  let write = at;
  const wrong = (problem: string) => ({ end: write, problem });
  while (read < block.length) {
    const token = block[read++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (read >= block.length) return wrong('a length goes beyond its block');
        more = block[read++]!;
        literals += more;
      }
    }
    if (literals > end - write) return wrong('a block unpacks to more than the frame allows');
    if (literals > block.length - read) {
      out.set(block.subarray(read), write);
      write += block.length - read;
      return wrong('literals go beyond their block');
    }
    if (literals < 32) for (let i = 0; i < literals; i++) out[write + i] = block[read + i]!;
    else out.set(block.subarray(read, read + literals), write);
    read += literals;
    write += literals;
    if (read === block.length) return { end: write, problem: null }; // the last sequence has no match
    if (read + 2 > block.length) return wrong('a match is cut off');
    const offset = block[read]! | (block[read + 1]! << 8);
    read += 2;
    if (offset === 0 || offset > write - from) return wrong(`a match reaches ${offset} bytes back, before the data`);
    let length = token & 15;
    if (length === 15) {
      let more = 255;
      while (more === 255) {
        if (read >= block.length) return wrong('a length goes beyond its block');
        more = block[read++]!;
        length += more;
      }
    }
    length += SHORTEST_MATCH;
    if (length > end - write) return wrong('a block unpacks to more than the frame allows');
    if (length >= 32 && offset >= length) out.copyWithin(write, write - offset, write - offset + length);
    else for (let i = 0; i < length; i++) out[write + i] = out[write - offset + i]!; // may repeat what it just wrote
    write += length;
  }
  return wrong('a block ends without its last literals');
}
