/** Cyclic redundancy checks over the concatenated fields, bit by bit as the catalogue of parametrised CRCs defines them. */

import { fieldsOf, piecesOf } from '../field-sets.js';
import type { Random } from '../random.js';
import { type Family, isPowerOfTwo } from '../sender.js';

interface Crc {
  readonly name: string;
  readonly width: number;
  readonly polynomial: number; // most significant bit first
  readonly start: number;
  readonly reflected: boolean;
  readonly final: number;
}

const CRC_32: readonly Crc[] = [
  { name: 'CRC-32', width: 32, polynomial: 0x04c11db7, start: 0xffffffff, reflected: true, final: 0xffffffff },
  { name: 'CRC-32C', width: 32, polynomial: 0x1edc6f41, start: 0xffffffff, reflected: true, final: 0xffffffff },
];
const CRC_16: readonly Crc[] = [
  { name: 'CRC-16/CCITT', width: 16, polynomial: 0x1021, start: 0xffff, reflected: false, final: 0 },
  { name: 'CRC-16/ARC', width: 16, polynomial: 0x8005, start: 0, reflected: true, final: 0 },
];

export function crc(bytes: readonly number[], { width, polynomial, start, reflected, final }: Crc): number {
  const top = 2 ** (width - 1);
  let register = start;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const input = (byte >> (reflected ? bit : 7 - bit)) & 1;
      const out = (register >= top ? 1 : 0) ^ input;
      register = (register * 2) % 2 ** width;
      if (out === 1) register = (register ^ polynomial) >>> 0;
    }
  }
  const result = reflected ? reversed(register, width) : register;
  return (result ^ final) >>> 0;
}

function reversed(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) result = result * 2 + ((value >>> bit) & 1);
  return result;
}

function family(name: string, variants: readonly Crc[]): Family {
  return {
    name,
    draw(random: Random, ports, set) {
      const variant = random.pick(variants);
      return {
        name: variant.name,
        fields: fieldsOf(set),
        affine: isPowerOfTwo(ports),
        bucket: (header) => crc(piecesOf(header, set).flat(), variant) % ports,
      };
    },
  };
}

export const crc32 = family('CRC-32', CRC_32);
export const crc16 = family('CRC-16', CRC_16);
export const CRC_CHECKS = [...CRC_32, ...CRC_16];
