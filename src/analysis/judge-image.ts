/** An analysis of a capture that goes on, from the memory of its engine. */
import type { Analysis } from '../document/schema.js';
import { type PassImage, passOf } from '../engine/image.js';
import { findCopies, isAggregate } from '../flows/copies.js';
import { measureSkew } from '../flows/skew.js';
import { findStation } from '../flows/station.js';
import { judge } from './judge.js';
import type { JudgingOptions } from './options.js';
import { sameDirections } from './passes.js';

/** Plain data, for another thread. */
export interface ImageOptions extends Omit<JudgingOptions, 'signal' | 'conclude'> {
  /** MAC addresses, as 48-bit numbers, whose frames were counted as egress. */
  readonly localMacs: readonly number[];
}

export async function judgeImage(image: PassImage, { localMacs, ...options }: ImageOptions): Promise<Analysis> {
  let pass = passOf(image);
  const whole = findStation(pass, options.local);
  // Counted as if nobody were local: then nobody is known to be.
  const nobody = localMacs.length === 0 && whole.macs.size > 0 ? ({ basis: 'unknown' } as const) : {};
  const counted = { ...whole, ...nobody, macs: new Set(localMacs) };
  const agrees = sameDirections(pass, counted, whole);
  const contradiction = agrees
    ? null
    : 'The local station was taken from the beginning of the capture; the whole of it points to another one. ' +
      'Name it with --local, or begin anew.';
  // What was counted cannot be counted again: flows are judged with more care.
  const skew = options.skewSeconds === undefined ? measureSkew(pass.turnarounds, pass.skewCounted) : null;
  if (skew !== null) pass = { ...pass, skewBound: skew.seconds };
  const aggregates = findCopies(pass).filter(isAggregate);
  const limits =
    aggregates.length === 0
      ? []
      : [
          `${aggregates.map(({ port }) => pass.ports[port]).join(', ')} shows the frames of other ports: capture the members only.`,
        ];
  return judge(
    {
      pass,
      aggregates: [],
      repeated: 0,
      skew,
      station: contradiction === null ? whole : { ...counted, ambiguous: counted.ambiguous ?? contradiction },
      contradiction,
    },
    { ...options, limits: [...(options.limits ?? []), ...limits] },
  );
}
