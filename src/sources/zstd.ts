/**
 * zstd, by its own decoder, as the package zstddec has it as WebAssembly: hostile data is confined there, windows are bounded
 * to 128 MiB by zstd itself, checksums are verified. Node.js before 22.15 has no zstd, and the one it has since ends silently
 * after the first of several frames, which `cat a.zst b.zst` and pzstd write.
 */
import { ZSTDDecoder } from 'zstddec/stream';
import { CaptureError } from '../errors.js';
import { Damage, type PackedBytes } from './packed-bytes.js';
import { quoted } from './quoted.js';

const PIECE = 128 * 1024; // a block of zstd unpacks to no more
const INPUT = 256 * 1024;
const FRAME_HEAD = 5; // octets from which zstd says how many it wants next

/** What of the library is called: zstd.h, "Streaming decompression". Pointers are offsets in its memory. */
interface Library {
  readonly memory: WebAssembly.Memory;
  malloc(octets: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): void;
  /** @returns 0 after the last octet of a frame, within one how many it wants next, or an error code below 0 */
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

// zstd_errors.h
const ERROR = { noFrame: 10, window: 16, dictionary: 32, memory: 64 } as const;
const REASONS: ReadonlyMap<number, string> = new Map([
  [ERROR.noFrame, 'no zstd frame starts here'],
  [14, 'the frame header sets reserved bits'],
  [20, 'a block is corrupt'],
  [22, 'its checksum does not fit'],
  [30, 'the dictionary in it is corrupt'],
  [ERROR.memory, 'there is no memory left for its window'],
]);

/** The package unpacks what is in memory as a whole. Its module can do it in pieces, and comes through here. */
let library: Library | null = null;

class Loader extends ZSTDDecoder {
  // Called without an object: what it leaves behind is outside of one.
  override _init(result: { readonly instance: WebAssembly.Instance }): void {
    super._init(result);
    library = result.instance.exports as unknown as Library;
  }
}

async function load(): Promise<Library> {
  if (library === null) await new Loader().init();
  if (library === null) throw new Error('zstddec did not hand out its module');
  return library;
}

export async function* unpackZstd(packed: PackedBytes): AsyncGenerator<Uint8Array> {
  const stream = new Stream(await load(), packed);
  try {
    // What zstd reads at once, a header, a block or a checksum, and the frame it is in.
    let [item, frame, wanted, frames] = [packed.position, packed.position, FRAME_HEAD, 0];
    for (;;) {
      const from = packed.position;
      const chunk = await packed.some();
      if (chunk.length === 0) {
        if (frame < from || frames === 0) throw packed.cut();
        return;
      }
      stream.give(chunk);
      for (let done = false, before = 0; !done; ) {
        const { status, piece, taken } = stream.next(wanted);
        if (status === -ERROR.noFrame && frames > 0)
          throw new Damage('what follows the zstd data is no zstd frame', frame);
        if (status < 0) throw failure(-status, packed.name, item);
        if (piece.length > 0) yield piece;
        if (taken - before === wanted) item = from + taken;
        if (status === 0) {
          item = frame = from + taken;
          frames++;
        }
        wanted = status === 0 ? FRAME_HEAD : status;
        before = taken;
        done = taken === chunk.length && piece.length < PIECE;
      }
    }
  } finally {
    stream.free();
  }
}

/** One decoder of the library with its two buffers, and the two structures that say how far they are used. */
class Stream {
  readonly #library: Library;
  readonly #context: number;
  readonly #input: number;
  readonly #output: number;
  readonly #buffers: number; // ZSTD_inBuffer and ZSTD_outBuffer: pointer, size, position each
  #given = 0; // octets in the input buffer
  // A copy: views of the library's memory end when it grows, for whichever input.
  readonly #piece = new Uint8Array(PIECE);

  constructor(library: Library, packed: PackedBytes) {
    this.#library = library;
    this.#context = library.ZSTD_createDCtx();
    this.#input = library.malloc(INPUT);
    this.#output = library.malloc(PIECE);
    this.#buffers = library.malloc(24);
    if (Math.min(this.#context, this.#input, this.#output, this.#buffers) === 0) {
      throw new Damage(REASONS.get(ERROR.memory)!, packed.position);
    }
  }

  /** At most INPUT octets, once the last ones were taken. */
  give(chunk: Uint8Array): void {
    const { buffer } = this.#library.memory;
    new Uint8Array(buffer).set(chunk, this.#input);
    this.#given = chunk.length;
    const view = new DataView(buffer);
    view.setUint32(this.#buffers, this.#input, true);
    view.setUint32(this.#buffers + 8, 0, true);
  }

  /** @param wanted octets that it said it wants: with no more, an error loses no block that was sound */
  next(wanted: number): { status: number; piece: Uint8Array; taken: number } {
    const output = this.#buffers + 12;
    const before = new DataView(this.#library.memory.buffer);
    const taken = before.getUint32(this.#buffers + 8, true);
    before.setUint32(this.#buffers + 4, Math.min(this.#given, taken + wanted), true);
    before.setUint32(output, this.#output, true);
    before.setUint32(output + 4, PIECE, true);
    before.setUint32(output + 8, 0, true);
    const status = this.#library.ZSTD_decompressStream(this.#context, output, this.#buffers);
    const { buffer } = this.#library.memory;
    const view = new DataView(buffer);
    const octets = view.getUint32(output + 8, true);
    this.#piece.set(new Uint8Array(buffer, this.#output, octets));
    return { status, piece: this.#piece.subarray(0, octets), taken: view.getUint32(this.#buffers + 8, true) };
  }

  free(): void {
    this.#library.ZSTD_freeDCtx(this.#context);
    for (const pointer of [this.#input, this.#output, this.#buffers]) this.#library.free(pointer);
  }
}

function failure(code: number, name: string, offset: number): Error {
  const refused = (why: string, problem: string, options: string) =>
    new CaptureError(
      why,
      { source: name, offset },
      `is compressed with zstd ${problem}`,
      `Unpack it first: zstd -dc ${options} ${quoted(name)} > unpacked.pcap`,
    );
  if (code === ERROR.window) return refused('packed-window', 'and a window of more than 128 MiB', '--long=31');
  if (code === ERROR.dictionary) {
    return refused('packed-dictionary', 'and a dictionary, which is not in the file', '-D DICTIONARY');
  }
  return new Damage(REASONS.get(code) ?? `zstd error ${code}`, offset);
}
