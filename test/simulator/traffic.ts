/** Six kinds of traffic towards servers behind the aggregate, as inference.md F.2 has them. One kind a function. */

import { type Header, IPV4, IPV6, TCP, UDP } from './headers.js';
import type { Random } from './random.js';

export type Traffic = (random: Random, flows: number) => Header[];

interface Host {
  readonly mac: number;
  readonly ip: Uint8Array;
}

const SERVICES = [53, 80, 443, 445, 2049, 5201];
const IPERF = 5201;

/** Every client has a control and a data connection to one service, as iperf3 and FTP have. */
function controlAndData(random: Random, flows: number): Header[] {
  const { next, step } = clientPorts(random);
  const server = hosts(random, 1, 1)[0];
  return hosts(random, Math.ceil(flows / 2), 2).flatMap((client, c) => {
    const control = next(c);
    return [control, control + step].map((port) => tcp(client, server, port, IPERF));
  });
}

/** The data connections alone: one for each client. */
function dataAlone(random: Random, flows: number): Header[] {
  const { next } = clientPorts(random);
  const server = hosts(random, 1, 1)[0];
  return hosts(random, flows, 2).map((client, c) => tcp(client, server, next(c), IPERF));
}

/** One client with parallel connections. */
function oneClient(random: Random, flows: number): Header[] {
  const { next } = clientPorts(random);
  const [client, server] = hosts(random, 2, 1);
  return times(flows, () => tcp(client, server, next(0), IPERF));
}

/** Few clients to one server, several services, three of four TCP. */
function office(random: Random, flows: number): Header[] {
  const { next } = clientPorts(random);
  const server = hosts(random, 1, 1)[0];
  const clients = hosts(random, Math.max(1, Math.floor(flows / random.pick([2, 4, 8]))), 2);
  return times(flows, () => {
    const c = random.below(clients.length);
    return service(random, clients[c], server, next(c));
  });
}

/** The same, but every frame carries the router's MAC address. */
function behindRouter(random: Random, flows: number): Header[] {
  const { next } = clientPorts(random);
  const [router, server] = hosts(random, 2, 1);
  const clients = hosts(random, Math.max(1, Math.floor(flows / 2)), 40).map(({ ip }) => ({ mac: router.mac, ip }));
  return times(flows, () => {
    const c = random.below(clients.length);
    return service(random, clients[c], server, next(c));
  });
}

/** Several servers with two addresses each, VLANs, clients with aliases, some of the flows routed. */
function campus(random: Random, flows: number): Header[] {
  const { next } = clientPorts(random);
  const router = hosts(random, 1, 1)[0];
  const servers = hosts(random, random.pick([2, 4, 8]), 1);
  const second = hosts(random, servers.length, 3);
  const clients = hosts(random, Math.max(1, Math.floor(flows / 4)), 2);
  const aliases = hosts(random, clients.length, 20);
  const vlans = clients.map(() => random.pick([0, 10, 20]));
  return times(flows, () => {
    const [c, s] = [random.below(clients.length), random.below(servers.length)];
    const client = {
      mac: random.chance(0.3) ? router.mac : clients[c].mac,
      ip: random.chance(0.2) ? aliases[c].ip : clients[c].ip,
    };
    const server = { mac: servers[s].mac, ip: random.chance(0.5) ? second[s].ip : servers[s].ip };
    return { ...service(random, client, server, next(c)), vlan: vlans[c] };
  });
}

export const TRAFFIC: Readonly<Record<string, Traffic>> = {
  'control and data': controlAndData,
  'data alone': dataAlone,
  'one client': oneClient,
  office,
  'behind a router': behindRouter,
  campus,
};

/** Half of the flows as IPv6, from the same hosts, each connection with a flow label of its own. */
export function dualStack(random: Random, headers: readonly Header[]): Header[] {
  const prefix = times(8, () => random.below(256));
  const isSlaac = random.chance(0.5);
  const identifiers = new Map<string, number[]>();
  const v6 = (ip: Uint8Array) => {
    const known = identifiers.get(`${ip}`) ?? [...(isSlaac ? times(4, () => random.below(256)) : [0, 0, 0, 0]), ...ip];
    identifiers.set(`${ip}`, known);
    return Uint8Array.from([...prefix, ...known]);
  };
  return headers.map((header) =>
    random.chance(0.5)
      ? header
      : {
          ...header,
          etherType: IPV6,
          srcIp: v6(header.srcIp),
          dstIp: v6(header.dstIp),
          flowLabel: 1 + random.below(2 ** 20 - 1),
        },
  );
}

function tcp(client: Host, server: Host, srcPort: number, dstPort: number): Header {
  return {
    srcMac: client.mac,
    dstMac: server.mac,
    etherType: IPV4,
    vlan: 0,
    srcIp: client.ip,
    dstIp: server.ip,
    protocol: TCP,
    srcPort,
    dstPort,
    flowLabel: 0,
    inner: null,
  };
}

function service(random: Random, client: Host, server: Host, srcPort: number): Header {
  return { ...tcp(client, server, srcPort, random.pick(SERVICES)), protocol: random.chance(0.75) ? TCP : UDP };
}

/** How clients choose their ports. `step`: between two that one client opens one after the other. */
interface ClientPorts {
  readonly step: number;
  next(client: number): number;
}

/**
 * Any or even ones (Linux connect() prefers them), drawn, or counted up by each client; now and then counted up over all
 * clients, as a test's script hands them out: then ports and sequential addresses change in step.
 */
function clientPorts(random: Random): ClientPorts {
  const step = random.chance(0.5) ? 2 : 1;
  const drawn = () => 32768 + step * random.below(28_000 / step);
  const way = random.weighted([
    ['drawn', 0.5],
    ['counted', 0.375],
    ['counted over all', 0.125],
  ]);
  if (way === 'drawn') return { step, next: drawn };
  const counters = new Map<number, number>();
  return {
    step,
    next(client) {
      const counter = way === 'counted' ? client : 0;
      const port = counters.get(counter) ?? drawn();
      counters.set(counter, 1024 + ((port - 1024 + step) % 64_000));
      return port;
    },
  };
}

/** Hosts of one vendor or of many, their addresses in a row or anywhere in the network. */
function hosts(random: Random, count: number, subnet: number): Host[] {
  const ordered = random.chance(0.5);
  const wide = count > 200;
  const first = 10 + random.below(wide ? 1000 : 240 - Math.min(count, 200));
  const taken = new Set<number>();
  const vendor = random.below(2 ** 24);
  return times(count, (i) => {
    let host = first + i;
    while (!ordered && (host === first + i || taken.has(host))) host = 1 + random.below(wide ? 65_000 : 253);
    taken.add(host);
    const own = random.chance(0.7) ? vendor : random.below(2 ** 24);
    return {
      mac: (own & 0xfcffff) * 2 ** 24 + random.below(2 ** 24), // neither a group address nor a local one
      ip: Uint8Array.from([10, 20, subnet + (host >> 8), host & 255]),
    };
  });
}

const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
