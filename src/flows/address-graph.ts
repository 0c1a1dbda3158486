/**
 * Who talks to whom: the pairs of addresses of the unicast frames, and what their shape says about the two ends of a LAG.
 */

export interface AddressPair<A> {
  readonly a: A;
  readonly b: A;
  readonly frames: number;
}

/** What the share of an address must reach to take part in "nearly all" frames. */
const NEARLY_ALL = 0.95;
/** Frames of an address without its counterpart, below this share of the counterpart's, are floods and strays. */
const FEW = 0.02;

export interface Totals<A> {
  readonly all: number;
  readonly of: ReadonlyMap<A, number>;
}

export function totalsOf<A>(pairs: readonly AddressPair<A>[]): Totals<A> {
  const of = new Map<A, number>();
  let all = 0;
  for (const { a, b, frames } of pairs) {
    all += frames;
    of.set(a, (of.get(a) ?? 0) + frames);
    of.set(b, (of.get(b) ?? 0) + frames);
  }
  return { all, of };
}

/**
 * The address at the centre of the star, if there is exactly one. A busy client can take part in nearly all frames too,
 * so its frames without the centre decide: a leaf has none, while the centre has those of its other leaves.
 */
export function centre<A>(pairs: readonly AddressPair<A>[]): { address: A } | { rivals: readonly A[] } {
  const totals = totalsOf(pairs);
  const candidates = [...totals.of]
    .filter(([, frames]) => frames >= NEARLY_ALL * totals.all)
    .map(([address]) => address);
  if (candidates.length !== 2) return candidates.length === 1 ? { address: candidates[0] } : { rivals: candidates };
  const [first, second] = candidates;
  const together = framesBetween(pairs, first, second);
  const alone = candidates.map((address) => totals.of.get(address)! - together);
  if (isLeaf(alone[1], alone[0])) return { address: first };
  if (isLeaf(alone[0], alone[1])) return { address: second };
  return { rivals: candidates };
}

/** Eight frames: a single stray frame must not decide which side is local. */
const isLeaf = (alone: number, ofCentre: number) => ofCentre >= 8 && alone <= FEW * ofCentre;

export function framesBetween<A>(pairs: readonly AddressPair<A>[], first: A, second: A): number {
  return pairs
    .filter(({ a, b }) => (a === first && b === second) || (a === second && b === first))
    .reduce((sum, { frames }) => sum + frames, 0);
}

export interface Sides<A> {
  /** Same number: same group of addresses that reach each other; `side` tells the two ends of a group apart. */
  readonly group: ReadonlyMap<A, { readonly root: A; readonly side: 0 | 1 }>;
  readonly conflicting: number; // frames of pairs that would join two addresses of one side
}

/**
 * Two-colouring of the pairs: a frame that crosses the LAG has one address on each side. Strongest pairs first, so that the
 * few frames that a switch floods between two of its own hosts cannot turn a side over; they are counted as conflicting.
 */
export function twoSides<A>(pairs: readonly AddressPair<A>[]): Sides<A> {
  const parent = new Map<A, { up: A; flip: 0 | 1 }>();
  const find = (address: A): { root: A; side: 0 | 1 } => {
    const entry = parent.get(address);
    if (entry === undefined) {
      parent.set(address, { up: address, flip: 0 });
      return { root: address, side: 0 };
    }
    if (entry.up === address) return { root: address, side: 0 };
    const above = find(entry.up);
    const flip = (entry.flip ^ above.side) as 0 | 1;
    parent.set(address, { up: above.root, flip });
    return { root: above.root, side: flip };
  };

  let conflicting = 0;
  for (const { a, b, frames } of [...pairs].sort((x, y) => y.frames - x.frames)) {
    const [left, right] = [find(a), find(b)];
    if (left.root !== right.root)
      parent.set(right.root, { up: left.root, flip: (left.side ^ right.side ^ 1) as 0 | 1 });
    else if (left.side === right.side) conflicting += frames;
  }
  return { group: new Map([...parent.keys()].map((address) => [address, find(address)])), conflicting };
}
