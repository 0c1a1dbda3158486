/** What the caller of an analysis decides. Everything has a default but the inputs. */

import type { JobOptions } from '../advice/job.js';

export interface InputSpec {
  /** Member port, where the caller names it (`NAME=FILE`); else the interface name of a pcapng, else the file name. */
  readonly name: string | null;
  /** A path, '-' for standard input, or '|' and a command that writes a capture to its standard output. */
  readonly path: string;
}

export interface Progress {
  readonly bytesRead: number;
  readonly bytesTotal: number | null; // null where an input has no known length
  readonly frames: number | null; // null while it is still being captured
}

/** What is worked out once everything was read. */
export type Work = 'flows' | 'ingress hash' | 'egress hash' | 'advice';

/** How to judge what was read. */
export interface JudgingOptions {
  readonly local?: readonly string[]; // MAC or IP addresses of the local station
  readonly rate?: ReadonlyMap<string, number> | number; // bits per second, of all ports or by port name
  readonly skewSeconds?: number;
  readonly flowsListed?: number; // 1,000
  readonly job?: JobOptions; // how long would it take?
  readonly limits?: readonly string[]; // what is known of the capture that forbids conclusions, a sentence each
  /** Some thirty times a second while it lasts. */
  readonly onWork?: (work: Work) => void;
  /** Ends the inference and all that is built on it: what is known then is the result, and the document says what it lacks. */
  readonly conclude?: AbortSignal;
  /** Ends it without a result. */
  readonly signal?: AbortSignal;
}

export interface AnalyzeOptions extends JudgingOptions {
  readonly inputs: readonly InputSpec[];
  readonly maxFlows?: number; // rows of the flow table; what does not fit is counted in one row
  readonly crossCheck?: boolean; // read classic captures a second time, with an independent reader
  /** Ends what is still being captured (commands, files that grow); what came until then is analysed. */
  readonly stop?: AbortSignal;
  readonly follow?: boolean; // the files are still being written: wait for `stop`
  /** Ends the reading of files; what was read until then is analysed. */
  readonly enough?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
