/**
 * Unicast frames for stations behind another port of the switch: it did not know where they are and sent the frames everywhere,
 * or it mirrors them. They take room on a link, and nothing that the local station does can change that.
 */

import { macText } from '../control/addresses.js';
import type { Quality } from '../document/schema.js';
import { fieldBits, JOIN_SUM_FRAMES, MARKED } from '../engine/joins.js';
import { INGRESS, type Pass } from '../engine/pass.js';
import { firstFrame } from './flow-name.js';
import { isUnicast } from './port-counts.js';
import { type LocalStation, sendersOf } from './station.js';

const LISTED = 5;

/**
 * Only stations count that never send here: an address behind the local station (a virtual machine, a container) would. Null
 * where the local station is not known by its MAC addresses.
 */
export function floodedFrames(
  pass: Pick<Pass, 'flows' | 'joins' | 'control' | 'inputs'>,
  station: Pick<LocalStation, 'macs' | 'basis'>,
): Quality['flooded'] {
  const { flows, joins } = pass;
  if (station.basis === 'unknown' || station.macs.size === 0) return null;
  joins.markFlows({ of: 'unicast', direction: INGRESS }, (flow) =>
    flows.direction(flow) === INGRESS && isUnicast(flows, flow) ? MARKED : 0,
  );
  const groups = joins.groups(fieldBits('eth.dst') | JOIN_SUM_FRAMES);
  const others: { mac: number; frames: number; first: number }[] = [];
  for (let group = 0; group < groups.count; group++) {
    const first = groups.first(group);
    const mac = flows.dstMac(first);
    if (mac !== 0 && !station.macs.has(mac)) others.push({ mac, frames: groups.sum(group), first });
  }
  const senders = others.length === 0 ? new Set<number>() : sendersOf(pass);
  const strangers = others.filter(({ mac }) => !senders.has(mac)).sort((a, b) => b.frames - a.frames || a.mac - b.mac);
  return {
    frames: strangers.reduce((sum, { frames }) => sum + frames, 0),
    stations: strangers.length,
    examples: strangers.slice(0, LISTED).map(({ mac, frames, first }) => ({
      mac: macText(mac),
      frames,
      evidence: firstFrame(pass, first),
    })),
  };
}
