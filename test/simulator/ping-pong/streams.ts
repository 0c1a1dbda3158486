/** The datagrams of one flow: when they leave, and what numbers them. */

import { type FrameOptions, frame } from '../../helpers/frames.js';
import type { Random } from '../random.js';
import type { Path, Sent } from './paths.js';

/**
 * What orders the datagrams of a flow whatever the clocks say: TCP's sequence numbers, its acknowledgements, nothing. Without any, half of
 * the flows have an IP identification that counts; of `equal` ones all datagrams are alike to the octet.
 */
export type Numbering = 'sequence' | 'acknowledgement' | 'none' | 'equal';

export interface Stream {
  readonly path: Path;
  readonly packets: number;
  readonly numbering: Numbering;
  readonly sent: readonly Sent[];
  /** Makes the frames of this stream, which nothing but `flow` tells from those of another. */
  frames(flow: FlowIdentity): (sent: Sent) => Uint8Array;
}

export interface FlowIdentity {
  readonly srcIp: string;
  readonly srcPort: number;
}

const SEGMENT = 100; // octets of payload
const FRAGMENT = 1480;
const [IP, TCP, PAYLOAD] = [14, 34, 42]; // where the headers begin

export function drawStream(random: Random, path: Path, packets: number, numbering: Numbering, ports: number): Stream {
  const isTcpData = numbering === 'sequence';
  const order = isTcpData ? withRetransmissions(random, packets) : Array.from({ length: packets }, (_, i) => i);
  // A change of port after pauses shows only where there are pauses.
  const times = path.name === 'flowlet' ? trains(random, order.length) : paced(random, order.length);
  const start = random.below(2 ** 32);
  const firstId = random.below(2 ** 16);
  const isNumbered = numbering !== 'equal' && random.chance(0.5); // Linux leaves the IP identification of unfragmented datagrams 0
  return {
    path,
    packets,
    numbering,
    sent: path.send(random, times, ports),
    frames(flow) {
      const like = { ...flow, src: '01', dst: '0a', dstIp: '192.0.2.10', ...HEADERS[numbering] };
      const whole = frame({ ...like, id: 0 });
      return ({ part, datagram }) => {
        const id = (firstId + datagram) & 0xffff;
        if (part === 'first') return frame({ ...like, id, payload: FRAGMENT - 8, more: true });
        if (part === 'later') return frame({ ...like, id, payload: 200, offset: FRAGMENT });
        const bytes = whole.slice();
        const view = new DataView(bytes.buffer);
        const number = order[datagram];
        if (isNumbered) view.setUint16(IP + 4, id);
        if (isTcpData) view.setUint32(TCP + 4, start + number * SEGMENT);
        else if (numbering === 'acknowledgement') view.setUint32(TCP + 8, start + number * 2 * SEGMENT);
        else if (numbering === 'none') view.setUint32(PAYLOAD, mixed(number)); // one datagram is not another
        return bytes;
      };
    },
  };
}

const HEADERS: Readonly<Record<Numbering, FrameOptions>> = {
  sequence: { protocol: 'tcp', payload: SEGMENT },
  acknowledgement: { protocol: 'tcp' },
  none: { protocol: 'udp', payload: SEGMENT },
  equal: { protocol: 'udp', payload: SEGMENT },
};

/** Tells datagrams apart, but not which one was first. */
const mixed = (number: number) => Math.imul(number + 1, 0x9e3779b1) & 0x3fff_ffff;

/** One segment in a hundred is sent again, some segments later. */
function withRetransmissions(random: Random, packets: number): number[] {
  const order: number[] = [];
  let due: { number: number; at: number }[] = [];
  for (let next = 0; order.length < packets; ) {
    const again = due.find(({ at }) => at <= order.length);
    order.push(again ? again.number : next);
    if (again) due = due.filter((one) => one !== again);
    else if (random.chance(0.01)) due.push({ number: next, at: order.length + 2 + random.below(8) });
    if (!again) next++;
  }
  return order;
}

/** At one pace from the start to the end: from 20 µs to 20 ms a datagram. */
function paced(random: Random, count: number): number[] {
  const gap = random.pick([2e4, 2e5, 2e6, 2e7]);
  return ascending(random, count, () => random.waiting(gap));
}

/** Trains of datagrams with pauses of some 20 ms between them. */
function trains(random: Random, count: number): number[] {
  const inTrain = 1 / (4 + random.below(8));
  return ascending(random, count, () => (random.chance(inTrain) ? 5e6 + random.waiting(2e7) : random.waiting(5e4)));
}

function ascending(random: Random, count: number, gap: () => number): number[] {
  let ns = random.real() * 1e9;
  return Array.from({ length: count }, () => {
    ns += gap();
    return ns;
  });
}
