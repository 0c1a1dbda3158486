/**
 * Keys of a hash that nobody has to try one by one. Where the hash of a flow is (part of it) + c modulo 2^32, with one unknown
 * c for all flows, and the bucket its remainder by K, only the set of flows that wrap around and c mod K matter. Between the
 * values of c at which one more flow wraps nothing changes: n + 1 intervals stand for 2^32 keys. c mod K only turns the
 * buckets round, which the unknown order of the ports takes in.
 */

const WORD = 2 ** 32;

export interface KeyClass {
  readonly from: number; // c
  readonly to: number; // exclusive
  readonly misfit: number; // flows off the most frequent port of their bucket
}

/**
 * @param values hash of each flow with c = 0, 32 bits unsigned
 * @param port of each flow
 * @param buckets K
 * @returns the intervals of c under which no more than `allowed` flows miss
 */
export function keyClasses(values: Uint32Array, port: Uint8Array, buckets: number, allowed: number): KeyClass[] {
  let ports = 1;
  for (let i = 0; i < port.length; i++) ports = Math.max(ports, port[i] + 1);
  const counts = new Int32Array(buckets * ports);
  const sorted = new Float64Array(values.length); // the largest wraps first
  for (let i = 0; i < values.length; i++) {
    counts[(values[i] % buckets) * ports + port[i]]++;
    sorted[i] = values[i] * 2 ** 20 + i;
  }
  sorted.sort();
  const fits = new Int32Array(buckets);
  const wrapped = buckets - (WORD % buckets);
  const found: KeyClass[] = [];
  let from = 0;
  let hit = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    fits[bucket] = most(counts, bucket, ports);
    hit += fits[bucket];
  }
  for (let at = sorted.length - 1; at >= -1; at--) {
    const i = at < 0 ? -1 : sorted[at] % 2 ** 20;
    const to = i < 0 ? WORD : WORD - values[i];
    if (values.length - hit <= allowed && to > from) found.push({ from, to, misfit: values.length - hit });
    if (i < 0) break;
    const [old, now] = [values[i] % buckets, (values[i] + wrapped) % buckets];
    counts[old * ports + port[i]]--;
    counts[now * ports + port[i]]++;
    hit += most(counts, old, ports) - fits[old];
    fits[old] = most(counts, old, ports);
    hit += most(counts, now, ports) - fits[now];
    fits[now] = most(counts, now, ports);
    from = to;
  }
  return found;
}

function most(counts: Int32Array, bucket: number, ports: number): number {
  let best = 0;
  for (let p = bucket * ports; p < (bucket + 1) * ports; p++) best = Math.max(best, counts[p]);
  return best;
}

/** The x with odd * x = 1 modulo 2^32 (Newton: each step doubles the bits that are right). */
export function inverse(odd: number): number {
  let x = odd; // right to three bits
  for (let bits = 3; bits < 32; bits *= 2) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x >>> 0;
}
