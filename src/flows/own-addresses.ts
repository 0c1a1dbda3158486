/**
 * Ports that have a MAC address each: interfaces of their own, or a bond that gives every port its address (balance-tlb and
 * balance-alb; switch-independent teams). Whoever picks the address picks the link, so no hash explains it; and an address that the
 * sender writes because of the link looks like what it hashes on.
 */

import { isGroupMac } from '../control/addresses.js';
import { fieldBits, JOIN_SUM_FRAMES, MARKED } from '../engine/joins.js';
import type { Pass } from '../engine/pass.js';
import { type AddressPair, centre } from './address-graph.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'joins'>;

/** Frames beside the rule: floods and strays. Of all of them, and of those of an address. */
const FEW = 0.02;
/** Of so many flows, evenly drawn, a hash shows itself: then a million are not asked. */
const DRAWN = 1000;
const IN_COMMON = 0.1; // of the flows of a port: frames, not flows, tell in the end
/** Peers of an address: one peer may be at either end of the pair. */
const PEERS = 2;

interface Talk extends AddressPair<number> {
  readonly src: number;
  readonly port: number;
}

/** @returns the address of each port that carries unicast frames; null where it is not so, or where too few hosts show it */
export function ownAddresses(pass: Evidence): ReadonlyMap<number, number> | null {
  const talks = unicastTalks(pass);
  if (talks === null) return null;
  const all = talks.reduce((sum, { frames }) => sum + frames, 0);
  const own = new Map<number, number>();
  for (const port of pass.ports.keys()) {
    const here = talks.filter((talk) => talk.port === port);
    if (here.reduce((sum, { frames }) => sum + frames, 0) <= FEW * all) continue;
    const star = centre(undirected(here));
    if (!('address' in star)) return null;
    own.set(port, star.address);
  }
  const shown = [...own].filter(([port, mac]) => peersOf(mac, talks, port).size >= PEERS);
  const isOwn = [...own].every(([port, mac]) => isOnlyOn(port, mac, talks));
  const answers = shown.some(([, mac]) => talks.some(({ src }) => src === mac) && talks.some(isTo(mac)));
  return new Set(own.values()).size === own.size && shown.length >= 2 && isOwn && answers ? own : null;
}

/** Frames from one address to another by port; null if those of more than a few pairs are on several. */
function unicastTalks(pass: Evidence): Talk[] | null {
  if (noneIsOwn(pass)) return null;
  const { flows, joins } = pass;
  joins.mark((marks) => {
    for (let flow = 0; flow < flows.count; flow++) {
      const [src, dst] = [flows.srcMac(flow), flows.dstMac(flow)];
      const counts = src !== 0 && dst !== 0 && src !== dst && !isGroupMac(src) && !isGroupMac(dst);
      marks[flow] = counts ? MARKED | flows.port(flow) : 0;
    }
  });
  const groups = joins.groups(fieldBits('eth.src', 'eth.dst') | JOIN_SUM_FRAMES);
  const talks: Talk[] = [];
  let [all, apart] = [0, 0];
  for (let group = 0; group < groups.count; group++) {
    const [ports, first, frames] = [groups.ports(group), groups.first(group), groups.sum(group)];
    const [src, dst] = [flows.srcMac(first), flows.dstMac(first)];
    all += frames;
    if ((ports & (ports - 1)) !== 0) apart += frames;
    else talks.push({ src, a: Math.min(src, dst), b: Math.max(src, dst), frames, port: 31 - Math.clz32(ports) });
  }
  return talks.length > 0 && apart <= FEW * all ? talks : null;
}

/** Of the flows drawn, those of each port have no address in common that is on that port alone. */
function noneIsOwn({ flows, ports }: Pick<Evidence, 'flows' | 'ports'>): boolean {
  const drawn = ports.map(() => 0);
  const seen = new Map<number, number[]>(); // flows of an address, by port
  const step = Math.max(1, Math.floor(flows.count / DRAWN));
  for (let flow = 0; flow < flows.count; flow += step) {
    const port = flows.port(flow);
    drawn[port]++;
    for (const mac of [flows.srcMac(flow), flows.dstMac(flow)]) {
      const byPort = seen.get(mac) ?? ports.map(() => 0);
      byPort[port]++;
      seen.set(mac, byPort);
    }
  }
  return ![...seen.values()].some((byPort) => {
    const [most] = byPort.filter((n) => n > 0);
    const port = byPort.indexOf(most);
    return byPort.filter((n) => n > 0).length === 1 && most >= IN_COMMON * drawn[port];
  });
}

function undirected(talks: readonly Talk[]): AddressPair<number>[] {
  const pairs = new Map<string, AddressPair<number>>();
  for (const { a, b, frames } of talks) {
    const key = `${a} ${b}`;
    pairs.set(key, { a, b, frames: frames + (pairs.get(key)?.frames ?? 0) });
  }
  return [...pairs.values()];
}

const isOf = (mac: number) => (talk: Talk) => talk.a === mac || talk.b === mac;
const isTo = (mac: number) => (talk: Talk) => talk.src !== mac && isOf(mac)(talk);

function peersOf(mac: number, talks: readonly Talk[], port: number): ReadonlySet<number> {
  return new Set(talks.filter((talk) => talk.port === port && isOf(mac)(talk)).map(({ a, b }) => (a === mac ? b : a)));
}

function isOnlyOn(port: number, mac: number, talks: readonly Talk[]): boolean {
  let [here, elsewhere] = [0, 0];
  for (const talk of talks.filter(isOf(mac))) {
    if (talk.port === port) here += talk.frames;
    else elsewhere += talk.frames;
  }
  return elsewhere <= FEW * here;
}
