// The npm package cap has no types. Optional: it may be missing, or installed and not compiled.
declare module 'cap' {
  import type { EventEmitter } from 'node:events';

  export class Cap extends EventEmitter<{ packet: [octets: number, truncated: boolean] }> {
    /** @returns the link type, in words */
    open(device: string, filter: string, bufferOctets: number, into: Buffer): string;
    close(): void;
  }
}
