/** The memory of an engine as it is at one moment, to be judged elsewhere while the engine goes on. */
import { type Beside, collect } from './collect.js';
import { Core, type CoreOptions } from './core.js';
import type { Pass } from './pass.js';

/** How an engine was laid out: another one of the same build, laid out alike, has everything at the same places. */
export type Layout = Required<Pick<CoreOptions, 'maxFlows' | 'maxMovers' | 'ports' | 'lanes'>>;

/** Plain data, for another thread; the buffer of `bytes` is its own. */
export interface PassImage {
  readonly layout: Layout;
  /** Places of the chunks that hold anything, in the order in which they follow each other in `bytes`. */
  readonly places: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly beside: Beside;
}

const CHUNK = 64 * 1024; // a page of WebAssembly
const NOTHING = Buffer.alloc(CHUNK);

export function imageOf(core: Core, layout: Layout, beside: Beside): PassImage {
  const memory = core.bytes;
  const places: number[] = [];
  for (let at = 0; at < memory.length; at += CHUNK) if (!isEmpty(memory, at)) places.push(at);
  const bytes = new Uint8Array(places.length * CHUNK);
  places.forEach((at, i) => {
    bytes.set(memory.subarray(at, at + CHUNK), i * CHUNK);
  });
  return { layout, places, bytes, beside };
}

/** The pass as if all inputs had ended at that moment. */
export function passOf({ layout, places, bytes, beside }: PassImage): Pass {
  const core = new Core(layout);
  places.forEach((at, i) => {
    core.bytes.set(bytes.subarray(i * CHUNK, (i + 1) * CHUNK), at);
  });
  return collect(core, beside);
}

/** Areas are reserved at full size: most of it was never touched. */
const isEmpty = (memory: Uint8Array, at: number) => NOTHING.equals(memory.subarray(at, at + CHUNK));
