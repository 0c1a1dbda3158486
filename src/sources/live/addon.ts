/** What native/capture offers to JavaScript. */
import { createRequire } from 'node:module';
import { CaptureError } from '../../errors.js';
import { builtAddon } from './build-addon.js';

export interface PortOptions {
  readonly device: string;
  readonly filter?: string;
  readonly snapLength?: number;
  /** Of the kernel, for what this process did not come to yet. */
  readonly bufferOctets?: number;
  /** Of this process. What finds no room in either is dropped and counted. */
  readonly queueOctets?: number;
  readonly promiscuous?: boolean;
  readonly immediate?: boolean;
  /** Enhanced packet blocks of pcapng in place of records, for who writes them to files: they are copied as they are. */
  readonly blocks?: boolean;
}

export interface Counters {
  readonly received: number;
  readonly droppedByKernel: number;
  readonly droppedByInterface: number;
  readonly droppedByQueue: number;
}

export interface PortEvent {
  readonly timeMs: number; // since the epoch
  readonly kind: 'up' | 'down' | 'lost' | 'back';
  readonly detail: string;
}

export interface NativePort {
  readonly linkType: number;
  readonly snapLength: number;
  nanoseconds(): boolean;
  /** Octets of classic pcap records or of blocks, without a header; 0 if none are there now. */
  read(into: Uint8Array): number;
  ended(): boolean;
  /** Milliseconds since the epoch: what was captured before has been read. 0: not known, for there is more to read. */
  quietUntil(): number;
  counters(): Counters;
  events(): PortEvent[];
  stop(): void;
  close(): void;
}

export interface Refusal {
  readonly code: 'permission' | 'no-device' | 'filter' | 'no-library' | 'other';
  readonly detail: string;
}

export interface CaptureAddon {
  library(): { readonly version?: string; readonly problem?: string };
  devices(): string[];
  openPort(options: PortOptions, ready: () => void): NativePort | Refusal;
}

let loaded: CaptureAddon | null = null;

/** @throws CaptureError where it cannot be built or loaded */
export function captureAddon(onBuild?: () => void): CaptureAddon {
  if (loaded !== null) return loaded;
  const path = builtAddon(onBuild);
  try {
    loaded = createRequire(import.meta.url)(path) as CaptureAddon;
    return loaded;
  } catch (error) {
    throw new CaptureError(
      'capture-addon',
      { source: path },
      `cannot be loaded: ${(error as Error).message}`,
      'Delete it; it is compiled again.',
    );
  }
}
