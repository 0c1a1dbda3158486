/** The WebAssembly module and its memory. Laid out once at the start, so views of it stay valid. */

import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AREA, COUNT, KEY_WORDS, LOCAL_ADDRESSES } from './layout.js';

/** What a build of the engine offers: the wasm module, or the addon of native/addon with the same memory. */
export interface EngineExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  init(maxFlows: number, maxMovers: number, ports: number, lanes: number): number;
  run(): number;
  finish(): void;
  clear_control(): void;
  set_ports(ports: number): void;
  set_skew(ns: bigint): void;
  set_local(macs: number, ips: number): void;
  dissect(link: number, at: number, captured: number, wire: number): void;
  set_scheduling(batch: number, orderEverything: number, dissectEverything: number): void;
  promise(lane: number, ns: bigint): void;
  load_totals(): void;
  answer_to(row: number): number;
  drop_idle(beforeNs: bigint): number;
  join_groups(fields: number): number;
  join_label(labels: number): void;
  join_pairs(fields: number): void;
  join_connections(): void;
  join_survey(): void;
  join_mark(which: number, direction: number): void;
  join_tally(): void;
  join_first(by: number, direction: number, most: number): number;
  area(what: number): number;
  count(what: number): bigint;
}

let compiled: WebAssembly.Module | null = null;

export function instantiateWasm(): EngineExports {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./engine.wasm', import.meta.url)));
  return new WebAssembly.Instance(compiled).exports as unknown as EngineExports;
}

export interface CoreOptions {
  readonly maxFlows: number;
  readonly ports: number;
  readonly lanes: number;
  /** Flows on several ports; a quarter of all, if not given. */
  readonly maxMovers?: number;
  /** Secret and per run, so that nobody can aim flows at one bucket; tests fix them. */
  readonly digestSeed?: number;
  /** Another build than the wasm module. */
  readonly instantiate?: () => EngineExports;
}

export class Core {
  readonly exports: EngineExports;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** May be lower than asked for: memory that the system refuses is halved until it fits. */
  readonly maxFlows: number;

  constructor({ maxFlows, maxMovers, ports, lanes, digestSeed, instantiate = instantiateWasm }: CoreOptions) {
    for (let flows = maxFlows; ; flows = flows >> 1) {
      this.exports = instantiate();
      if (this.exports.init(flows, maxMovers ?? Math.max(64, flows >> 2), ports, lanes) === 1) {
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

  /**
   * Stations whose frames are egress.
   *
   * @param macs 48-bit numbers
   * @param ips of frames without MAC addresses: IPv4 and IPv6 addresses as numbers
   */
  setLocal(macs: Iterable<number>, ips: Iterable<bigint> = []): void {
    this.exports.set_local(
      this.#writeSorted('localMacs', [...macs].map(BigInt)),
      this.#writeSorted('localIps', [...ips]),
    );
  }

  #writeSorted(area: 'localMacs' | 'localIps', addresses: readonly bigint[]): number {
    const sorted = [...addresses].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, LOCAL_ADDRESSES);
    sorted.forEach((address, i) => {
      const at = this.area(area) + 16 * i;
      this.view.setBigUint64(at, address >> 64n, true);
      this.view.setBigUint64(at + 8, BigInt.asUintN(64, address), true);
    });
    return sorted.length;
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
