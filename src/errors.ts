/** Where in an input something is wrong. `offset` counts bytes of the (unpacked) stream, from 0. */
export interface InputPosition {
  readonly source: string;
  readonly offset?: number;
  readonly what?: string;
}

/**
 * An input that cannot be used, or only up to a point: what is wrong, where to the byte, what to do.
 * `code` is stable and is what scripts and tests match; the wording may improve.
 * Any other exception is a bug of ours and keeps its stack trace.
 */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';

  constructor(
    readonly code: string,
    readonly where: InputPosition,
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(`${position(where)}: ${problem}\n  ${remedy}`);
  }
}

function position({ source, offset, what }: InputPosition): string {
  const parts = [source];
  if (offset !== undefined) parts.push(`byte ${offset}`);
  if (what !== undefined) parts.push(what);
  return parts.join(', ');
}

/** What was asked for makes no sense: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
