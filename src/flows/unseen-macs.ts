/**
 * Cooked frames hold no destination MAC, raw IP none at all, but the sender may have hashed it. Each IP address then stands for
 * a MAC address of its own: whatever follows the one could follow the other, and nothing is said of either alone.
 */

import { type HashRow, MAIN } from './rows.js';

const UNSEEN = 0x03 * 2 ** 40; // a group address, which no row of unicast flows has

/** @param mac 0 if the capture has none; @param ip of the same end */
export function macOrUnseen(mac: number, ip: Uint8Array): number {
  if (mac !== 0) return mac;
  let folded = 0;
  for (let i = 0; i < ip.length; i++) folded ^= ip[i]! << (8 * (3 - (i % 4)));
  return UNSEEN + (folded >>> 0);
}

export const isUnseen = (mac: number) => Math.floor(mac / 2 ** 40) === UNSEEN / 2 ** 40;

/** Which MAC addresses of main rows are not in the capture. */
export function unseenMacs(rows: readonly HashRow[]): { readonly src: boolean; readonly dst: boolean } {
  const any = (mac: (row: HashRow) => number) => rows.some((row) => row.kind === MAIN && isUnseen(mac(row)));
  return { src: any(({ srcMac }) => srcMac), dst: any(({ dstMac }) => dstMac) };
}
