/** Cyclic redundancy checks as formulas name them. */

/** What a reflected CRC makes of each byte. */
export const reflectedTable = (polynomial: number) =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });

const CRC32C_TABLE = reflectedTable(0x82f63b78);

/** One step of the Castagnoli CRC without inversions, as processors have it. */
export const crc32cStep = (crc: number, byte: number) => (crc >>> 8) ^ CRC32C_TABLE[(crc ^ byte) & 0xff];

/** Over whole bytes, from 0 and without inversions. @returns 32 bits, unsigned */
export function crc32cRaw(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0;
  for (let i = 0; i < length; i++) crc = crc32cStep(crc, bytes[i]);
  return crc >>> 0;
}

/** Reflected 32-bit CRC, initial value and final XOR all ones. */
function reflected32(table: Uint32Array) {
  return (bytes: ArrayLike<number>, length = bytes.length) => {
    let crc = 0xffffffff;
    for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
    return ~crc >>> 0;
  };
}

export const crc32 = reflected32(reflectedTable(0xedb88320)); // zlib, Ethernet
export const crc32c = reflected32(CRC32C_TABLE); // Castagnoli, RFC 9260 appendix A

const CCITT_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** CRC-16/CCITT-FALSE: polynomial 0x1021, initial value all ones, not reflected. */
export function crc16Ccitt(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0xffff;
  for (let i = 0; i < length; i++) crc = ((crc << 8) & 0xffff) ^ CCITT_TABLE[(crc >>> 8) ^ bytes[i]];
  return crc;
}

const ARC_TABLE = reflectedTable(0xa001);

/** CRC-16/ARC: polynomial 0x8005 reflected, initial value 0. */
export function crc16Arc(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0;
  for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ ARC_TABLE[(crc ^ bytes[i]) & 0xff];
  return crc;
}
