/** A damaged packet is data: it is counted and shown, never thrown. */
export interface Malformed {
  readonly malformed: string; // what was being read
  readonly at: number; // offset in the view
  readonly reason: string;
}

export function malformed(what: string, at: number, reason: string): Malformed {
  return { malformed: what, at, reason };
}

export function isMalformed(result: object): result is Malformed {
  return 'malformed' in result;
}
