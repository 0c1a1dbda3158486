/** The WebAssembly module and its memory. Laid out once at the start, so views of it stay valid. */

import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AREA, COUNT, KEY_WORDS } from './layout.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
  init(maxFlows: number, maxMovers: number, ports: number, lanes: number): number;
  run(): number;
  finish(): void;
  clear_control(): void;
  set_skew(ns: bigint): void;
  set_local(count: number): void;
  set_scheduling(batch: number, orderEverything: number, dissectEverything: number): void;
  join_groups(fields: number): number;
  join_label(labels: number): void;
  join_pairs(fields: number): void;
  join_connections(): void;
  area(what: number): number;
  count(what: number): bigint;
}

let compiled: WebAssembly.Module | null = null;

export interface CoreOptions {
  readonly maxFlows: number;
  readonly ports: number;
  readonly lanes: number;
  /** Secret and per run, so that nobody can aim flows at one bucket; tests fix them. */
  readonly digestSeed?: number;
}

export class Core {
  readonly exports: Exports;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** May be lower than asked for: memory that the system refuses is halved until it fits. */
  readonly maxFlows: number;

  constructor({ maxFlows, ports, lanes, digestSeed }: CoreOptions) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./engine.wasm', import.meta.url)));
    for (let flows = maxFlows; ; flows = flows >> 1) {
      this.exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
      if (this.exports.init(flows, Math.max(64, flows >> 2), ports, lanes) === 1) {
        this.maxFlows = flows;
        break;
      }
      if (flows < 1024) throw new RangeError('not enough memory for a flow table of 1,024 rows');
    }
    this.view = new DataView(this.exports.memory.buffer);
    this.bytes = new Uint8Array(this.exports.memory.buffer);
    const keys = this.bytes.subarray(this.area('keys'), this.area('keys') + 2 * KEY_WORDS * 8);
    if (digestSeed === undefined) randomFillSync(keys);
    else fillFromSeed(keys, digestSeed);
  }

  area(what: keyof typeof AREA): number {
    return this.exports.area(AREA[what]) >>> 0;
  }

  count(what: keyof typeof COUNT): number {
    return Number(this.exports.count(COUNT[what]));
  }

  /** Stations whose frames are egress, as 48-bit numbers. */
  setLocal(macs: Iterable<number>): void {
    const sorted = [...macs].sort((a, b) => a - b).slice(0, 4096);
    const at = this.area('localMacs');
    sorted.forEach((mac, i) => {
      this.view.setBigUint64(at + 8 * i, BigInt(mac), true);
    });
    this.exports.set_local(sorted.length);
  }
}

/** xorshift32: any fixed sequence will do where results must repeat. */
function fillFromSeed(into: Uint8Array, seed: number): void {
  let x = seed | 1;
  for (let i = 0; i < into.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    into[i] = x & 0xff;
  }
}
