/**
 * VLAN tags as a host's hash meets them. Usually the card takes the outermost 802.1Q tag off, or will put it in: then it is
 * metadata, although a capture shows it in the frame. `inFrame` is for senders whose card does neither.
 */

import type { PolicyKey } from './policy.js';

export const VLAN_TYPE = 0x8100;

/** The first type field: that of a tag that is left in the frame, else of what the frame carries. */
export function typeField({ details, vlan, etherType }: PolicyKey, inFrame: boolean): number {
  const tags = details?.tags;
  if (tags === undefined) return inFrame && vlan > 0 ? VLAN_TYPE : etherType;
  const left = !inFrame && tags.length > 0 && tags[0].type === VLAN_TYPE ? 1 : 0;
  return left < tags.length ? tags[left].type : etherType;
}

/** Tag control information kept as metadata: 16 bits with the priority; -1 without any. */
export function metadataTag({ details, vlan }: PolicyKey, inFrame: boolean): number {
  if (inFrame) return -1;
  const tags = details?.tags;
  if (tags === undefined) return vlan > 0 ? vlan : -1;
  return tags.length > 0 && tags[0].type === VLAN_TYPE ? tags[0].tci : -1;
}

/** The option that says so: `tags=in-frame`. */
export const isInFrame = (options: ReadonlyMap<string, string>) => options.get('tags') === 'in-frame';
export const inFrameOption = (inFrame: boolean) => (inFrame ? ';tags=in-frame' : '');
