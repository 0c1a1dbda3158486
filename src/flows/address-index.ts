/**
 * Numbers for IP addresses: a million flows have few addresses, and a view into the engine's memory for each flow costs more
 * than all else that is done with it.
 */
export class AddressIndex {
  readonly #v4 = new Map<number, number>();
  readonly #v6 = new Map<string, number>();
  readonly #bytes: Uint8Array[] = [];

  /** @param bytes 0, 4 or 16; equal bytes have equal numbers, below 2^24 as there are never more flows */
  idOf(bytes: Uint8Array): number {
    if (bytes.length === 4) {
      const key = ((bytes[0] * 256 + bytes[1]) * 256 + bytes[2]) * 256 + bytes[3];
      return this.#v4.get(key) ?? this.#add(this.#v4, key, bytes);
    }
    const key = String.fromCharCode(...bytes);
    return this.#v6.get(key) ?? this.#add(this.#v6, key, bytes);
  }

  /** One copy of the address, the same for all that ask. */
  bytes(id: number): Uint8Array {
    return this.#bytes[id];
  }

  share(bytes: Uint8Array): Uint8Array {
    return this.#bytes[this.idOf(bytes)];
  }

  #add<K>(ids: Map<K, number>, key: K, bytes: Uint8Array): number {
    const id = this.#bytes.length;
    this.#bytes.push(Uint8Array.from(bytes));
    ids.set(key, id);
    return id;
  }
}

/** Exact: ids are below 2^24. */
export function pairOf(first: number, second: number): number {
  return first * 2 ** 24 + second;
}
