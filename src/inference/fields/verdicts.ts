/** What may be said of each header field: used, unused, or why neither. */

import type { FieldVerdict, HeaderField } from '../../document/schema.js';
import { type Component, SHOWN_FIELDS, varies, type WeighedComponent } from './components.js';
import { confounders } from './confounded.js';
import { exercisedBits } from './exercised-bits.js';
import { FIELDS } from './hypotheses.js';
import type { FieldPairs, FlowPair } from './pairs.js';
import { topPartition } from './posterior.js';

type Verdict = FieldVerdict['verdict'];

/** A verdict as the document has it, but for the examples, which still name flows instead of frames. */
export interface InferredField extends Omit<FieldVerdict, 'field' | 'evidence'> {
  readonly field: HeaderField;
  readonly evidence: Omit<FieldVerdict['evidence'], 'examples'>;
  readonly pairs: readonly FlowPair[];
}

export interface Circumstances {
  readonly pairs: readonly FieldPairs[]; // by SHOWN_FIELDS
  readonly singlePort: boolean; // nothing moved: nothing can be called used
  readonly portsSeen: boolean; // false: port numbers were cut off
  readonly unseen: { readonly src: boolean; readonly dst: boolean }; // MAC addresses that the capture does not hold
  readonly unnamedVaries: boolean; // tunnel numbers or inner MAC addresses differ, which no hypothesis reads
  readonly badFit: boolean; // the best fields leave too many flows unexplained
  readonly ignoresFlows: number; // chance that no field is read, as frames are dealt out one by one
}

const USED = 0.95;
export const UNUSED = 0.05;
/** A component less likely than this has no say in how many bits were exercised. */
const NEGLIGIBLE = 0.02;
const FAMILIES_DIFFER = 0.05;
const GUARDED = new Set<HeaderField>([
  'eth.src',
  'eth.dst',
  'ip.src',
  'ip.dst',
  'l4.srcport',
  'l4.dstport',
  'inner.ip.src',
  'inner.ip.dst',
  'inner.l4.srcport',
  'inner.l4.dstport',
]);
const PORT_FIELDS = new Set<HeaderField>(['l4.srcport', 'l4.dstport', 'inner.l4.srcport', 'inner.l4.dstport']);

/** Independent bits that a linear hash would let pass unmoved with chance 1/20 at most. */
export const bitsNeeded = (ports: number) => Math.ceil(Math.log(20) / Math.log(ports));

/**
 * @param byPrior the components under each prior, the one reported with first.
 * @returns outer fields always, inner ones where there are tunnels.
 */
export function judgeFields(byPrior: readonly (readonly WeighedComponent[])[], about: Circumstances): InferredField[] {
  const [weighed] = byPrior;
  const best = weighed.reduce((a, b) => (b.posterior > a.posterior ? b : a));
  const tunnels = best.component.parts.some((part) => part.tunnels.length > 0);
  const heard = weighed.filter(({ posterior }) => posterior > NEGLIGIBLE);
  const separate = weighed.reduce((sum, w) => (w.component.parts.length > 1 ? sum + w.posterior : sum), 0);
  // A known or linear function that explains the flows needs no guard against linear functions.
  const functional = weighed.reduce((sum, w) => sum + w.posterior * functionShare(w), 0);
  const known = weighed.reduce((sum, w) => sum + w.posterior * knownShare(w), 0);
  const needed = bitsNeeded(fewestPorts(best.component));

  return SHOWN_FIELDS.flatMap((field, index): InferredField[] => {
    if (index >= FIELDS.length && !tunnels) return [];
    const { differing, moved, examples } = about.pairs[index];
    const distinctValues = distinct(best.component, index);
    const bits = heard.reduce((most, w) => Math.max(most, bitsOf(w, index)), 0);
    const evidence = {
      distinctValues,
      pairsDiffering: differing,
      pairsMoved: moved,
      exercisedBits: bits,
      chance: differing > 0 && moved === 0 && bits > 0 ? fewestPorts(best.component) ** -bits : null,
    };
    const base = { field, evidence, pairs: examples };
    const untested: InferredField = {
      ...base,
      verdict: 'untested',
      probability: null,
      probabilityRange: [null, null],
      confoundedWith: [],
    };
    if (isConstant(best.component, index, distinctValues)) return [untested];
    if (!about.portsSeen && PORT_FIELDS.has(field)) return [{ ...untested, verdict: 'undetermined' }];
    if ((field === 'eth.src' && about.unseen.src) || (field === 'eth.dst' && about.unseen.dst)) {
      return [{ ...untested, verdict: 'undetermined', evidence: { ...evidence, distinctValues: 0 } }];
    }

    const [asHashed, least, high] = mixture(byPrior, index);
    const [probability, low] = [asHashed, least].map((chance) => chance * (1 - about.ignoresFlows));
    const guarded = GUARDED.has(field) && functional < USED && bits < needed;
    let verdict: Verdict = 'undetermined';
    if (low >= USED) verdict = 'used';
    else if (high <= UNUSED && !guarded) verdict = 'unused';
    if (about.singlePort && verdict === 'used') verdict = 'undetermined';
    if (field === 'eth.type' && separate > FAMILIES_DIFFER) verdict = 'undetermined';
    // Inner addresses go with networks and stations of their own: unless a known function decides, those may be what is hashed.
    if (about.unnamedVaries && index >= FIELDS.length && verdict === 'used' && known < USED) verdict = 'undetermined';
    if (about.badFit || about.ignoresFlows > UNUSED) verdict = 'undetermined';
    const confoundedWith = verdict === 'undetermined' ? confounders(best, index) : [];
    if (confoundedWith.length > 0) verdict = 'confounded';
    return [{ ...base, verdict, probability, probabilityRange: [low, high], confoundedWith }];
  });
}

/** Inclusion over all components: under the first prior, and its least and largest value over all priors. */
function mixture(byPrior: readonly (readonly WeighedComponent[])[], field: number): [number, number, number] {
  const over = (weighed: readonly WeighedComponent[], what: 'mid' | 'low' | 'high') =>
    Math.min(
      1,
      weighed.reduce((sum, w) => sum + w.posterior * w.inclusion[field][what], 0),
    );
  return [
    over(byPrior[0], 'mid'),
    Math.min(...byPrior.map((weighed) => over(weighed, 'low'))),
    Math.max(...byPrior.map((weighed) => over(weighed, 'high'))),
  ];
}

/**
 * Posterior of the exact and the linear functions; the least of the families. Not of those with a key or a table that was
 * fitted, nor of those over fewer ports: of fields that count up together, they do with one.
 */
const functionShare = ({ parts }: WeighedComponent) =>
  Math.min(...parts.map(({ byClass, socket }) => byClass.affine + byClass.sum + byClass.library + socket));

/** Posterior of the known functions; the least of the families. */
const knownShare = ({ parts }: WeighedComponent) => Math.min(...parts.map(({ byClass }) => byClass.library));

function bitsOf({ component, parts }: WeighedComponent, field: number): number {
  return component.parts.reduce((most, part, i) => {
    const { distinct: all } = part.evaluation.partitions;
    return Math.max(most, exercisedBits(part, all[topPartition(parts[i])].labels, field));
  }, 0);
}

function fewestPorts({ parts }: Component): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (const { evaluation, main } of parts) {
    const { epoch, ports } = evaluation.observed;
    for (const row of main) fewest = Math.min(fewest, ports[epoch[row]]);
  }
  return fewest;
}

function distinct({ parts }: Component, field: number): number {
  const rowsOf = ({ main, tunnels }: Component['parts'][number]) => (field < FIELDS.length ? main : tunnels);
  if (parts.length === 1) return distinctLabels(parts[0].shown[field].labels, rowsOf(parts[0]));
  const values = new Set<string>(); // two parts number their values apart
  for (const part of parts) {
    const { words, bits } = part.shown[field];
    for (const row of rowsOf(part)) values.add(bits.subarray(row * words, (row + 1) * words).join());
  }
  return values.size;
}

function distinctLabels(labels: Int32Array, rows: readonly number[]): number {
  const seen = new Uint8Array(2 * labels.length); // a source and a destination share their numbers
  let count = 0;
  for (const row of rows) {
    if (seen[labels[row]] === 0) count++;
    seen[labels[row]] = 1;
  }
  return count;
}

/** One value in all flows; in the inner view: in those within tunnels, and in those without. */
function isConstant(component: Component, field: number, distinctValues: number): boolean {
  if (field >= FIELDS.length || component.view === 'outer') return distinctValues <= 1;
  return component.parts.every(({ shown, main, tunnels }) => {
    const inside = new Set(tunnels);
    const outside = main.filter((row) => !inside.has(row));
    return !varies(shown[field], tunnels) && !varies(shown[field], outside);
  });
}
