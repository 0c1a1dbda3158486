import type { HeaderField } from '../../src/document/schema.js';
import type { FieldSet } from './field-sets.js';
import type { Header } from './headers.js';
import type { Random } from './random.js';

/** What chooses the port of each simulated flow, and the truth about it. */
export interface Sender {
  readonly name: string; // family and variant, as the tables list it
  readonly fields: ReadonlySet<HeaderField>; // that its formula reads
  /** Every bit of the bucket is an XOR of header bits and a constant, but for a sorted pair: clients and servers are sorted alike. */
  readonly affine: boolean;
  /** The bucket is a table over XORs of a few header bits. */
  readonly parities?: boolean;
  /** What the product calls it, where a secret key keeps two functions of one name from being the same. */
  readonly knownAs?: string;
  /** 0 to ports - 1. Pure, but for the sender that draws a number for each connection. */
  bucket(header: Header): number;
}

/** Makes a sender of one family. Families with fields of their own pass over `set`. */
export interface Family {
  readonly name: string;
  draw(random: Random, ports: number, set: FieldSet): Sender;
}

export const isPowerOfTwo = (ports: number) => (ports & (ports - 1)) === 0;
