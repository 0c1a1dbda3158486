/** A row of the flow table as the document names it, and as a Wireshark display filter. */

import { ipText, macText } from '../control/addresses.js';
import type { Evidence, Flow } from '../document/schema.js';
import { type FlowTable, NO_VLAN, NONE, type Pass, TUNNEL } from '../engine/pass.js';
import { ICMP, icmpOf, isIcmp } from './icmp.js';

const TCP = 6;
const UDP = 17;
const SCTP = 132;
const ESP = 50;
const AH = 51;

const PROVIDER_TAG = 0x88a8;

const PORT_FIELDS: { readonly [protocol: number]: string } = { [TCP]: 'tcp', [UDP]: 'udp', [SCTP]: 'sctp' };

/** What Wireshark calls the number in a tunnel's header. */
const TUNNEL_IDS: { readonly [tunnel: number]: string } = {
  [TUNNEL.gre]: 'gre.key',
  [TUNNEL.vxlan]: 'vxlan.vni',
  [TUNNEL.geneve]: 'geneve.vni',
  [TUNNEL.gtp]: 'gtp.teid',
};

export function flowDocument(flows: FlowTable, flow: number): Flow {
  const isIp = flows.ipVersion(flow) !== 0;
  const mac = (address: number) => (address === 0 ? null : macText(address)); // cooked frames have no destination
  const hasPorts = flows.hasPorts(flow) === 1;
  return {
    ethSrc: mac(flows.srcMac(flow)),
    ethDst: mac(flows.dstMac(flow)),
    vlan: flows.vlan(flow) === NO_VLAN ? null : flows.vlan(flow),
    ipSrc: ipText(flows.srcIp(flow)),
    ipDst: ipText(flows.dstIp(flow)),
    ipProto: isIp ? flows.ipProto(flow) : null,
    srcPort: hasPorts ? flows.srcPort(flow) : null,
    dstPort: hasPorts ? flows.dstPort(flow) : null,
    id: flowId(flows, flow),
    inner: flows.hasInner(flow) === 1 ? innerDocument(flows, flow) : null,
  };
}

/** SPI, or the identifier of an ICMP query without the type that the table keeps in front of it. */
function flowId(flows: FlowTable, flow: number): number | null {
  if (isIcmp(flows, flow)) return icmpOf(flows, flow)?.identifier ?? null;
  return flows.id(flow) === 0 ? null : flows.id(flow);
}

function innerDocument(flows: FlowTable, flow: number): NonNullable<Flow['inner']> {
  const protocol = flows.innerIpProto(flow);
  const hasPorts = PORT_FIELDS[protocol] !== undefined;
  return {
    ipSrc: ipText(flows.innerSrcIp(flow)),
    ipDst: ipText(flows.innerDstIp(flow)),
    ipProto: protocol,
    srcPort: hasPorts ? flows.innerSrcPort(flow) : null,
    dstPort: hasPorts ? flows.innerDstPort(flow) : null,
    id: null,
  };
}

/**
 * Finds the frames of one flow in its one direction. `withPorts` is false where fragments matter: only the first of a
 * datagram has ports. Not `tcp.stream`, whose number belongs to one file.
 */
export function displayFilter(flows: FlowTable, flow: number, withPorts = true): string {
  const terms: string[] = [];
  const add = (field: string, value: string | number | null) => {
    if (value !== null) terms.push(`${field}==${value}`);
  };
  const tag = flows.vlan(flow);
  // Wireshark names the tag of 802.1ad by whether a second one follows.
  if (flows.tagType(flow) === PROVIDER_TAG) terms.push(`(ieee8021ad.id==${tag} || ieee8021ad.svid==${tag})`);
  else if (tag !== NO_VLAN) add('vlan.id', tag);
  if (flows.mplsLabel(flow) !== NONE) add('mpls.label', flows.mplsLabel(flow));
  if (flows.pppoeSession(flow) !== NONE) add('pppoe.session_id', flows.pppoeSession(flow));
  if (flows.ipVersion(flow) === 0) {
    add('eth.src', macText(flows.srcMac(flow)));
    add('eth.dst', macText(flows.dstMac(flow)));
    if (flows.etherType(flow) !== 0) add('eth.type', `0x${flows.etherType(flow).toString(16).padStart(4, '0')}`);
    return terms.join(' && ');
  }

  const addresses = (src: Uint8Array, dst: Uint8Array) => {
    const ip = src.length === 4 ? 'ip' : 'ipv6';
    add(`${ip}.src`, ipText(src));
    add(`${ip}.dst`, ipText(dst));
  };
  const ports = (protocol: number, src: number, dst: number) => {
    const name = PORT_FIELDS[protocol];
    if (name === undefined) return;
    add(`${name}.srcport`, src);
    add(`${name}.dstport`, dst);
  };
  addresses(flows.srcIp(flow), flows.dstIp(flow));
  if (withPorts && flows.hasPorts(flow) === 1) ports(flows.ipProto(flow), flows.srcPort(flow), flows.dstPort(flow));
  else if (flows.hasInner(flow) === 0) protocolTerm(flows, flow, add);
  const idField = TUNNEL_IDS[flows.tunnel(flow)];
  if (idField !== undefined && flows.tunnelId(flow) !== 0) add(idField, flows.tunnelId(flow));
  if (flows.hasInner(flow) === 1) {
    addresses(flows.innerSrcIp(flow), flows.innerDstIp(flow)); // a field matches in any header of the frame
    ports(flows.innerIpProto(flow), flows.innerSrcPort(flow), flows.innerDstPort(flow));
  }
  return terms.join(' && ');
}

function protocolTerm(flows: FlowTable, flow: number, add: (field: string, value: string | number) => void): void {
  const protocol = flows.ipProto(flow);
  const id = flows.id(flow);
  const icmp = icmpOf(flows, flow);
  if (icmp !== null) {
    add(protocol === ICMP ? 'icmp.type' : 'icmpv6.type', icmp.type);
    if (icmp.identifier !== null) add(protocol === ICMP ? 'icmp.ident' : 'icmpv6.echo.identifier', icmp.identifier);
  } else if (id !== 0 && protocol === ESP) add('esp.spi', `0x${id.toString(16).padStart(8, '0')}`);
  else if (id !== 0 && protocol === AH) add('ah.spi', `0x${id.toString(16).padStart(8, '0')}`);
  else if (flows.ipVersion(flow) === 4) add('ip.proto', protocol);
}

/** The first frame of a flow. */
export function firstFrame(pass: Pick<Pass, 'flows' | 'inputs'>, flow: number): Evidence {
  const { flows, inputs } = pass;
  return {
    source: inputs[flows.input(flow)].source,
    frame: flows.firstFrame(flow),
    filter: displayFilter(flows, flow),
  };
}
