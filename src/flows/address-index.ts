import { NumberIndex } from '../stats/number-index.js';

/**
 * Numbers for IP addresses: a million flows have few addresses, and a view into the engine's memory for each flow costs more
 * than all else that is done with it.
 */
export class AddressIndex {
  readonly #v4 = new NumberIndex(); // its ids are those of #v4Ids
  readonly #v4Ids: number[] = [];
  readonly #others = new Map<string, number>();
  readonly #bytes: Uint8Array[] = [];

  /** @param bytes 0, 4 or 16; equal bytes have equal numbers, below 2^24 as there are never more flows */
  idOf(bytes: Uint8Array): number {
    if (bytes.length !== 4) return this.#idOfOther(bytes);
    const at = this.#v4.idOf(((bytes[0] * 256 + bytes[1]) * 256 + bytes[2]) * 256 + bytes[3]);
    if (at === this.#v4Ids.length) this.#v4Ids.push(this.#add(bytes));
    return this.#v4Ids[at];
  }

  /** One copy of the address, the same for all that ask. */
  bytes(id: number): Uint8Array {
    return this.#bytes[id];
  }

  #idOfOther(bytes: Uint8Array): number {
    const key = String.fromCharCode(...bytes);
    const known = this.#others.get(key);
    if (known !== undefined) return known;
    const id = this.#add(bytes);
    this.#others.set(key, id);
    return id;
  }

  #add(bytes: Uint8Array): number {
    return this.#bytes.push(Uint8Array.from(bytes)) - 1;
  }
}

/** Exact: ids are below 2^24. */
export function pairOf(first: number, second: number): number {
  return first * 2 ** 24 + second;
}
