/**
 * The rate behind an operational MAU type, which LLDP carries: the last number of dot3MauType in the IANA-MAU-MIB (RFC 4836
 * and the registry since). Types beyond these ranges are not known here, and say nothing.
 */

const M = 1e6;
const G = 1e9;

/** From, to, bits per second in each direction. Half duplex, coax, DSL and PON are left out: they are never in a LAG. */
const RATES: readonly (readonly [number, number, number])[] = [
  [11, 11, 10 * M],
  [13, 13, 10 * M],
  [16, 16, 100 * M],
  [18, 18, 100 * M],
  [20, 20, 100 * M],
  [22, 22, G],
  [24, 24, G],
  [26, 26, G],
  [28, 28, G],
  [30, 30, G],
  [31, 36, 10 * G],
  [41, 41, 10 * G], // 37 to 40 are 10GBASE-W, which carries 9.3
  [44, 46, 100 * M],
  [47, 49, G],
  [54, 55, 10 * G],
  [56, 56, G],
  [57, 58, 10 * G],
  [70, 74, 40 * G],
  [75, 78, 100 * G],
  [79, 79, G],
  [88, 94, 25 * G],
  [95, 97, 40 * G],
  [98, 102, 100 * G],
  [103, 103, 2.5 * G],
  [104, 104, 5 * G],
];

/** Bits per second; null where the type does not say, 0 ("other or unknown") among them. */
export function rateOfMauType(type: number): number | null {
  return RATES.find(([from, to]) => type >= from && type <= to)?.[2] ?? null;
}
