/** Flows that a command line or standard input asks about: single values, lists and ranges, each with each. */

import { type AskedFlow, ipBytes, sameIp, sameMac } from '../advice/asked-flow.js';
import { UsageError } from '../errors.js';
import type { Arguments } from './arguments.js';
import { wholeNumber } from './values.js';

const MOST = 100_000;
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};

export function askedFlows(args: Arguments): AskedFlow[] {
  const each = {
    ipSrc: either(args.values('src').flatMap((text) => addresses('src', text))),
    ipDst: either(args.values('dst').flatMap((text) => addresses('dst', text))),
    srcPort: either(args.values('sport').flatMap((text) => ports('sport', text))),
    dstPort: either(args.values('dport').flatMap((text) => ports('dport', text))),
    ethSrc: either(args.values('smac').map((text) => mac('smac', text))),
    ethDst: either(args.values('dmac').map((text) => mac('dmac', text))),
  };
  const asked = Object.values(each).reduce((product, values) => product * values.length, 1);
  if (asked > MOST) throw new UsageError(`These ranges make ${asked} flows; ${MOST} are the most.`);
  const common = commonOf(args);
  let flows: AskedFlow[] = [common];
  for (const [name, values] of Object.entries(each)) {
    flows = flows.flatMap((flow) => (values as readonly unknown[]).map((value) => ({ ...flow, [name]: value })));
  }
  return flows;
}

/**
 * @param text one flow a line: SRC DST SPORT DPORT [PROTO], divided by blanks or commas; # begins a comment
 * @param args what all of them have in common, MAC addresses too
 */
export function flowsFromLines(text: string, args: Arguments): AskedFlow[] {
  const inLines = ['src', 'dst', 'sport', 'dport'].find((name) => args.values(name).length > 0);
  if (inLines !== undefined) throw new UsageError(`--${inLines} is not for "-": the lines say it.`);
  const macOf = (option: string) => {
    const values = args.values(option);
    if (values.length > 1) throw new UsageError(`--${option} is given once for "-": it is that of every line.`);
    return values.length === 0 ? null : mac(option, values[0]);
  };
  const common = { ...commonOf(args), ethSrc: macOf('smac'), ethDst: macOf('dmac') };
  return text.split(/\r?\n/).flatMap((line, i): AskedFlow[] => {
    const words = line
      .replace(/#.*/, '')
      .trim()
      .split(/[\s,]+/)
      .filter((word) => word !== '');
    if (words.length === 0) return [];
    const at = (problem: string) => new UsageError(`standard input, line ${i + 1}: ${problem}`);
    if (words.length < 4 || words.length > 5) throw at(`"${line.trim()}" is not SRC DST SPORT DPORT [PROTO].`);
    const [src, dst, sport, dport, proto] = words;
    try {
      return [
        {
          ...common,
          ipSrc: single(addresses('src', src)),
          ipDst: single(addresses('dst', dst)),
          srcPort: single(ports('sport', sport)),
          dstPort: single(ports('dport', dport)),
          ipProto: proto === undefined ? common.ipProto : protocol(proto),
        },
      ];
    } catch (error) {
      throw error instanceof UsageError ? at(error.message) : error;
    }
  });
}

function commonOf(args: Arguments): AskedFlow {
  const [proto, vlan, label] = ['proto', 'vlan', 'flow-label'].map((name) => args.value(name));
  return {
    ...{ ethSrc: null, ethDst: null, etherType: null, ipSrc: null, ipDst: null, srcPort: null, dstPort: null },
    ipProto: proto === null ? null : protocol(proto),
    vlan: vlan === null ? null : wholeNumber('vlan', vlan, 0, 4094),
    flowLabel: label === null ? null : wholeNumber('flow-label', label, 0, 2 ** 20 - 1),
  };
}

const either = <T>(values: readonly T[]): readonly (T | null)[] => (values.length === 0 ? [null] : values);

function single<T>(values: readonly T[]): T {
  if (values.length !== 1) throw new UsageError('a range is not read here: one flow a line.');
  return values[0]!;
}

/** An address, a list of them, or a range of last octets: 192.0.2.20-23. */
function addresses(option: string, text: string): string[] {
  return text.split(',').flatMap((part) => {
    const range = /^(\d+\.\d+\.\d+)\.(\d+)-(\d+)$/.exec(part);
    const first = sameIp(range === null ? part : `${range[1]}.${range[2]}`);
    const last = range === null ? first : sameIp(`${range[1]}.${range[3]}`);
    if (first === null || last === null) {
      throw new UsageError(
        `--${option} ${text}: not an IP address. Write it as 192.0.2.10, 192.0.2.20-23 or 2001:db8::1.`,
      );
    }
    if (range === null) return [first];
    return between(option, text, ipBytes(first)![3]!, ipBytes(last)![3]!).map((octet) => `${range[1]}.${octet}`);
  });
}

function ports(option: string, text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first, last = first, ...more] = part.split('-');
    if (more.length > 0) throw new UsageError(`--${option} ${text}: not a port or a range as 5201-5208.`);
    return between(option, text, wholeNumber(option, first!, 0, 65535), wholeNumber(option, last!, 0, 65535));
  });
}

function between(option: string, text: string, first: number, last: number): number[] {
  if (last < first) throw new UsageError(`--${option} ${text}: the range ends before it begins.`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function mac(option: string, text: string): string {
  const known = sameMac(text);
  if (known === null) throw new UsageError(`--${option} ${text}: not a MAC address. Write it as 90:e2:ba:7b:0b:38.`);
  return known;
}

function protocol(text: string): number {
  return PROTOCOLS[text.toLowerCase()] ?? wholeNumber('proto', text, 0, 255);
}
