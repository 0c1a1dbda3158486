/**
 * Which end of the LAG is the local station: the end whose egress is the frames it sends, everything else being ingress.
 * Works on a part of a capture too; the whole may then say better.
 */

import { ipText, isGroupMac, macText, parseMac, readMac } from '../control/addresses.js';
import { decodeLacpdu } from '../control/lacpdu.js';
import { isMalformed } from '../control/malformed.js';
import type { Analysis } from '../document/schema.js';
import { fieldBits, JOIN_SUM_FRAMES, MARKED } from '../engine/joins.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass, TOLD_EGRESS } from '../engine/pass.js';
import { type AddressPair, centre, framesBetween, totalsOf, twoSides } from './address-graph.js';
import { ownAddresses } from './own-addresses.js';

export interface LocalStation {
  /** All MACs the station sends from: data frames and LACPDUs. If `basis` is `unknown`: one side, no one knows which. */
  readonly macs: ReadonlySet<number>;
  /** Addresses that were given, or that decide where frames have no MAC. */
  readonly ips: readonly string[];
  readonly basis: Analysis['lag']['localStation']['basis'];
  /** Why it is not certain, a sentence for people; null if it is. */
  readonly ambiguous: string | null;
}

/** Why it is not certain, where no direction is one sender's choice. */
export const NO_SIDES = 'The addresses do not divide into two sides.';

export type StationEvidence = Pick<Pass, 'ports' | 'flows' | 'joins' | 'control'>;

/** Unicast frames of an address below this share of the busiest are management of a switch, not its part as an end. */
const NEGLIGIBLE = 0.02;
/** Frames that fit no division into two sides, or belong to neither: above this share the division is not used. */
const UNEXPLAINED = 0.05;

export function directionOf(srcMac: number, station: Pick<LocalStation, 'macs'>): DirectionIndex {
  return station.macs.has(srcMac) ? EGRESS : INGRESS;
}

/** @param given MAC and IP addresses as the user wrote them (`--local`); those that are neither are ignored here */
export function findStation(pass: StationEvidence, given: readonly string[] = []): LocalStation {
  const talk = talkOf(pass);
  const pairs = macPairs(talk);
  const systems = lacpSystems(pass);
  if (given.length > 0) return givenStation(pass, given, systems, talk);
  const told = toldStation(pass, systems);
  if (told !== null) return told;
  if (pairs.length === 0 && pass.flows.count > 0 && hasNoMacs(talk)) return ipStation(pass);

  const own = systems.length === 0 ? ownAddresses(pass) : null;
  if (own !== null) return { macs: new Set(own.values()), ips: [], basis: 'majority', ambiguous: null };
  const unicastSenders = new Set(talk.filter(({ dst }) => !isGroupMac(dst)).map(({ src }) => src));
  const byLacp = lacpStation(pairs, systems, unicastSenders);
  if (byLacp !== null) return byLacp;
  return shapeStation(pass, pairs, systems);
}

/** Of unicast frames, whose direction a capture states or does not: with fewer than this the statement is of something else. */
const TOLD = 0.9;

/** Where the capture itself states directions (packet types of cooked frames, flags of pcapng): who sends what goes out. */
function toldStation({ flows, joins }: StationEvidence, systems: readonly LacpSystem[]): LocalStation | null {
  if (joins.sums().every((sums) => sums.told === 0)) return null;
  const out = new Map<number, number>(); // frames by sender: going out, less those coming in
  let told = 0;
  let all = 0;
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.isGroup(flow) === 1 || flows.ipVersion(flow) === 0) continue;
    const frames = flows.frames(flow);
    all += frames;
    const direction = flows.toldDirection(flow);
    if (direction === 0) continue;
    told += frames;
    const mac = flows.srcMac(flow);
    out.set(mac, (out.get(mac) ?? 0) + (direction === TOLD_EGRESS ? frames : -frames));
  }
  const senders = [...out].flatMap(([mac, frames]) => (mac !== 0 && frames > 0 ? [mac] : []));
  if (told < TOLD * all || senders.length === 0) return null;
  return { macs: withOwnSystems(new Set(senders), systems), ips: [], basis: 'interface-flags', ambiguous: null };
}

function givenStation(
  { flows, joins }: StationEvidence,
  given: readonly string[],
  systems: readonly LacpSystem[],
  talk: readonly Talk[],
): LocalStation {
  const macs = new Set<number>();
  const ips: string[] = [];
  for (const address of given) {
    const mac = parseMac(address);
    if (mac === null) ips.push(address.toLowerCase());
    else macs.add(mac);
  }
  if (ips.length > 0) {
    joins.markFlows({ of: 'all' }, () => MARKED);
    const senders = joins.groups(fieldBits('eth.src', 'ip.src'));
    for (let sender = 0; sender < senders.count; sender++) {
      const flow = senders.first(sender);
      const source = ipText(flows.srcIp(flow));
      if (source !== null && ips.includes(source) && flows.srcMac(flow) !== 0) macs.add(flows.srcMac(flow));
    }
  }
  const ambiguous =
    ips.length > 0 && macs.size === 0 && !hasNoMacs(talk) ? `No frame was sent from ${ips.join(' or ')}.` : null;
  return { macs: withOwnSystems(macs, systems), ips, basis: 'given', ambiguous };
}

/** One system that LACPDUs name, as their sender or as the peer that a sender hears. */
interface LacpSystem {
  readonly system: number;
  readonly addresses: ReadonlySet<number>; // the system and the source MACs of its PDUs
  readonly peers: ReadonlySet<number>; // systems at the other end of its links
  readonly spoke: boolean;
}

function lacpSystems(pass: StationEvidence): LacpSystem[] {
  const systems = new Map<number, { addresses: Set<number>; peers: Set<number>; spoke: boolean }>();
  const named = (system: number) => {
    const known = systems.get(system) ?? { addresses: new Set([system]), peers: new Set<number>(), spoke: false };
    systems.set(system, known);
    return known;
  };
  for (const { kind, bytes, payloadAt } of pass.control) {
    if (kind !== 'slow') continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const pdu = decodeLacpdu(view, payloadAt, bytes.length);
    if (isMalformed(pdu)) continue;
    const sender = named(pdu.actor.system);
    sender.addresses.add(readMac(view, 6));
    sender.spoke = true;
    if (pdu.partner.system === 0) continue;
    named(pdu.partner.system).peers.add(pdu.actor.system);
    sender.peers.add(pdu.partner.system);
  }
  return [...systems].map(([system, rest]) => ({ system, ...rest }));
}

/** The system whose addresses take part in the unicast frames; a switch's rarely do. Null where LACP cannot say. */
function lacpStation(
  pairs: readonly MacPair[],
  systems: readonly LacpSystem[],
  senders: ReadonlySet<number>,
): LocalStation | null {
  const { of } = totalsOf(pairs);
  const framesOf = ({ addresses }: LacpSystem) => [...addresses].reduce((sum, mac) => sum + (of.get(mac) ?? 0), 0);
  const [first, ...rest] = systems
    .map((system) => ({ system, frames: framesOf(system) }))
    .sort((a, b) => b.frames - a.frames || a.system.system - b.system.system);
  if (first === undefined || first.frames === 0) return null;
  // Systems that never met are ends of other LAGs, whose captures lie beside this one's.
  const second = rest.find(({ system }) => first.system.peers.size === 0 || first.system.peers.has(system.system));
  if (second !== undefined && second.frames > NEGLIGIBLE * first.frames) return null;

  const data = [...first.system.addresses].filter((mac) => of.has(mac));
  const macs = new Set([...first.system.addresses, ...data]);
  // A bridge sends for others too: whoever is on the same side of the pairs, and really sends.
  const { group } = twoSides(pairs);
  const own = group.get(data[0])!;
  for (const [mac, { root, side }] of group) {
    if (root === own.root && side === own.side && senders.has(mac)) macs.add(mac);
  }
  return { macs, ips: [], basis: 'lacp', ambiguous: null };
}

/** Without help from LACP: the centre of the star, else the two sides of a bridge, in no known order. */
function shapeStation(pass: StationEvidence, pairs: readonly MacPair[], systems: readonly LacpSystem[]): LocalStation {
  const unknown = (side: Iterable<number>, ambiguous: string): LocalStation => ({
    macs: withOwnSystems(new Set(side), systems),
    ips: [],
    basis: 'unknown',
    ambiguous,
  });
  if (pairs.length === 0) {
    // Only LACPDUs: their sides can be told apart, not named.
    const [one] = systems.filter(({ spoke }) => spoke).sort((a, b) => a.system - b.system);
    return unknown(one?.addresses ?? [], 'No unicast frame shows which side is local.');
  }

  const star = centre(pairs);
  const systemOf = (mac: number) => systems.find(({ addresses }) => addresses.has(mac));
  const isRouter = 'address' in star && looksLikeRouter(pass, star.address);
  if ('address' in star && !isRouter && !rivalSystem(pairs, star.address, systemOf(star.address), systems)) {
    return { macs: withOwnSystems(new Set([star.address]), systems), ips: [], basis: 'majority', ambiguous: null };
  }

  const { all } = totalsOf(pairs);
  const { group, conflicting } = twoSides(pairs);
  const sides = largestGroup(pairs, group);
  const reason =
    'rivals' in star && star.rivals.length > 1
      ? `${star.rivals.map(macText).sort().join(' and ')} both take part in nearly all unicast frames.`
      : isRouter
        ? `${macText(star.address)} takes part in nearly all unicast frames, but it may be a router of the other side: it sends from many IP addresses.`
        : 'address' in star
          ? `${macText(star.address)} takes part in nearly all unicast frames, but LACP names both ends among the addresses.`
          : conflicting + sides.outside > UNEXPLAINED * all
            ? NO_SIDES
            : 'Several addresses send on both sides, and nothing says which side is local.';
  return unknown(sides.side, reason);
}

/** Machines behind one router make the router the centre: it then sends from far more addresses than machines stand round it. */
function looksLikeRouter({ flows, joins }: StationEvidence, centreMac: number): boolean {
  joins.markFlows({ of: 'sender', mac: centreMac }, (flow) =>
    flows.srcMac(flow) === centreMac && flows.isGroup(flow) === 0 ? MARKED : 0,
  );
  const sources = joins.groups(fieldBits('ip.src')).count;
  return sources > FEW_SOURCES && sources > 2 * joins.groups(fieldBits('eth.dst')).count;
}

const FEW_SOURCES = 8;

/** Both ends of the LAG exchange frames of their own: the star may stand on either. */
function rivalSystem(
  pairs: readonly MacPair[],
  address: number,
  own: LacpSystem | undefined,
  systems: readonly LacpSystem[],
): boolean {
  const others = systems.filter((system) => system !== own);
  return others.some(({ addresses }) => [...addresses].some((mac) => framesBetween(pairs, address, mac) > 0));
}

function largestGroup(
  pairs: readonly MacPair[],
  group: ReadonlyMap<number, { readonly root: number; readonly side: 0 | 1 }>,
): { side: number[]; outside: number } {
  const frames = new Map<number, number>();
  for (const pair of pairs) {
    const { root } = group.get(pair.a)!;
    frames.set(root, (frames.get(root) ?? 0) + pair.frames);
  }
  const [[root]] = [...frames].sort((x, y) => y[1] - x[1] || x[0] - y[0]);
  const members = [...group].filter(([, entry]) => entry.root === root);
  const sides = [0, 1].map((side) => members.filter(([, entry]) => entry.side === side).map(([mac]) => mac));
  // No order is known; the side of the lowest address makes the same input give the same answer.
  const side = Math.min(...sides[0]) <= Math.min(...sides[1]) ? sides[0] : sides[1];
  return { side, outside: [...frames].reduce((sum, [r, n]) => (r === root ? sum : sum + n), 0) };
}

/** Frames without MACs (RAW, NULL): the IP addresses take their place. */
function ipStation(pass: StationEvidence): LocalStation {
  const star = centre(ipPairs(pass));
  if ('address' in star) return { macs: new Set(), ips: [star.address], basis: 'majority', ambiguous: null };
  return { macs: new Set(), ips: [], basis: 'unknown', ambiguous: 'No IP address takes part in nearly all frames.' };
}

/** LACPDUs come from addresses of the ports, which data frames need not use. */
function withOwnSystems(macs: ReadonlySet<number>, systems: readonly LacpSystem[]): Set<number> {
  const own = systems.filter(({ addresses }) => [...addresses].some((mac) => macs.has(mac)));
  return new Set([...macs, ...own.flatMap(({ addresses }) => [...addresses])]);
}

type MacPair = AddressPair<number>;

/** Frames from one MAC to another, in order of their first flow. */
interface Talk {
  readonly src: number;
  readonly dst: number;
  readonly frames: number;
}

function talkOf({ flows, joins }: StationEvidence): Talk[] {
  joins.markFlows({ of: 'all' }, () => MARKED);
  const groups = joins.groups(fieldBits('eth.src', 'eth.dst') | JOIN_SUM_FRAMES);
  return Array.from({ length: groups.count }, (_, group) => {
    const flow = groups.first(group);
    return { src: flows.srcMac(flow), dst: flows.dstMac(flow), frames: groups.sum(group) };
  });
}

/** Those of one address follow each other. */
function macPairs(talk: readonly Talk[]): MacPair[] {
  const byLower = new Map<number, Map<number, number>>();
  for (const { src, dst, frames } of talk) {
    if (src === 0 || dst === 0 || src === dst || isGroupMac(dst) || isGroupMac(src)) continue;
    const [a, b] = src < dst ? [src, dst] : [dst, src];
    const others = byLower.get(a) ?? new Map<number, number>();
    byLower.set(a, others);
    others.set(b, (others.get(b) ?? 0) + frames);
  }
  return [...byLower].flatMap(([a, others]) => [...others].map(([b, frames]) => ({ a, b, frames })));
}

function ipPairs({ flows }: StationEvidence): AddressPair<string>[] {
  const pairs: AddressPair<string>[] = [];
  for (let flow = 0; flow < flows.count; flow++) {
    const [a, b] = [ipText(flows.srcIp(flow)), ipText(flows.dstIp(flow))];
    if (a !== null && b !== null) pairs.push({ a, b, frames: flows.frames(flow) });
  }
  return pairs;
}

/** All MACs that frames came from. */
export function sendersOf({ flows, joins }: Pick<Pass, 'flows' | 'joins'>): ReadonlySet<number> {
  joins.markFlows({ of: 'all' }, () => MARKED);
  const groups = joins.groups(fieldBits('eth.src'));
  return new Set(Array.from({ length: groups.count }, (_, group) => flows.srcMac(groups.first(group))));
}

const hasNoMacs = (talk: readonly Talk[]) => talk.every(({ src, dst }) => src === 0 && dst === 0);
