// Captures for the benchmark: four ports of a server's LAG, both directions. The same bytes every time.
import { closeSync, openSync, writeSync } from 'node:fs';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const CHUNK = 4 << 20;
const START_SECONDS = 1_700_000_000;
const MICROSECONDS_APART = 4; // 250,000 frames a second: what four gigabit ports carry of any size used here
const SERVER_MAC = [0x90, 0xe2, 0xba, 0x7b, 0x0b, 0x38];
const HEADERS_MOST = 80; // of a flow, from the destination MAC to the end of its TCP header

/**
 * What is in the captures. `lengths`: of frames, drawn with equal chance; a frame is never shorter than its headers. `mixed`:
 * a quarter of the conversations tagged, a fifth IPv6, a third UDP; else all TCP over IPv4. `sprayed`: every frame of a flow
 * leaves by the port after that of the frame before; else a flow keeps to its port.
 */
export const SETS = {
  a: { title: '1514-byte frames, 64 flows', frames: 1_000_000, flows: 64, lengths: [1514] },
  b: { title: '60-byte frames, 100,000 flows', frames: 10_000_000, flows: 100_000, lengths: [60] },
  c: {
    title: '60, 576 and 1514 bytes as 7:4:1, 1,000,000 flows, tags, IPv6, UDP',
    frames: 6_000_000,
    flows: 1_000_000,
    lengths: [60, 60, 60, 60, 60, 60, 60, 576, 576, 576, 576, 1514],
    mixed: true,
  },
  d1: {
    title: 'every frame on another port, 1,000 flows',
    frames: 5_000_000,
    flows: 1000,
    lengths: [60],
    sprayed: true,
  },
  d2: {
    title: 'every frame on another port, 100,000 flows',
    frames: 5_000_000,
    flows: 100_000,
    lengths: [60],
    sprayed: true,
  },
};

/**
 * One file per path. Every flow occurs if there are as many frames as flows; which flow comes next is drawn, so that no
 * cache can guess it.
 * @param until the first so many frames only: a slice of the same captures
 */
export function writeCaptures(paths, set, until = set.frames) {
  const { frames, flows, lengths, sprayed = false, snapLength = 65535 } = set;
  const { headers, layouts } = headersOf(flows, set.mixed ?? false);
  const ports = paths.length;
  const outputs = paths.map((path) => new Output(path, snapLength));
  const random = generator(1);
  const sequence = new Uint32Array(flows);
  const sent = new Uint32Array(flows);
  const everyNew = Math.max(1, Math.floor(frames / flows));
  for (let n = 0; n < until; n++) {
    // 7919 is prime: the flows come in another order than that of their addresses, and none is left out.
    const introduces = n % everyNew === 0 && n / everyNew < flows;
    const flow = introduces ? ((n / everyNew) * 7919) % flows : random() % flows;
    const layout = layouts[flow];
    const length = Math.max(lengths[lengths.length === 1 ? 0 : random() % lengths.length], layout.octets);
    const output = outputs[(portOf(flow) + (sprayed ? sent[flow]++ : 0)) % ports];
    const at = output.record(n, length);
    const { chunk } = output;
    headers.copy(chunk, at, flow * HEADERS_MOST, flow * HEADERS_MOST + layout.octets);
    if (layout.six) {
      chunk.writeUInt16BE(length - layout.ip - 40, layout.ip + at + 4);
    } else {
      chunk.writeUInt16BE(length - layout.ip, layout.ip + at + 2);
      chunk.writeUInt16BE(n & 0xffff, layout.ip + at + 4); // identification
    }
    if (layout.udp) {
      chunk.writeUInt16BE(length - layout.transport, layout.transport + at + 4);
    } else {
      chunk.writeUInt32BE(sequence[flow], layout.transport + at + 4);
      chunk.writeUInt32BE(sequence[flow ^ 1], layout.transport + at + 8); // acknowledges the other direction
      sequence[flow] += length - layout.octets;
    }
    output.used = at + Math.min(length, snapLength);
  }
  for (const output of outputs) output.close();
  return until;
}

/** One pcap file, written in large portions. */
class Output {
  #fd;
  #snapLength;
  chunk = Buffer.alloc(CHUNK);
  used = 0;

  constructor(path, snapLength) {
    this.#fd = openSync(path, 'w');
    this.#snapLength = snapLength;
    this.chunk.writeUInt32LE(0xa1b2c3d4, 0);
    this.chunk.writeUInt16LE(2, 4);
    this.chunk.writeUInt16LE(4, 6);
    this.chunk.writeUInt32LE(snapLength, 16);
    this.chunk.writeUInt32LE(1, 20); // Ethernet
    this.used = FILE_HEADER;
  }

  /** Begins the record of a frame of zeros; where the frame is to be written. */
  record(n, length) {
    if (this.used + RECORD_HEADER + length > CHUNK) this.#flush();
    const { chunk, used } = this;
    const microseconds = n * MICROSECONDS_APART;
    const seconds = Math.floor(microseconds / 1e6);
    chunk.writeUInt32LE(START_SECONDS + seconds, used);
    chunk.writeUInt32LE(microseconds - seconds * 1e6, used + 4);
    chunk.writeUInt32LE(Math.min(length, this.#snapLength), used + 8);
    chunk.writeUInt32LE(length, used + 12);
    chunk.fill(0, used + RECORD_HEADER, used + RECORD_HEADER + length);
    return used + RECORD_HEADER;
  }

  #flush() {
    writeSync(this.#fd, this.chunk, 0, this.used);
    this.used = 0;
  }

  close() {
    this.#flush();
    closeSync(this.#fd);
  }
}

// Each direction of a conversation has a port of its own, as with two hashes that know nothing of each other.
const portOf = (flow) => (flow >> 1) + (flow & 1) * 3 + (((flow & 1) * flow) >> 3);

/** The headers of all flows in one buffer, and of each where they are. There are eight layouts, shared by the flows. */
function headersOf(flows, mixed) {
  const headers = Buffer.alloc(flows * HEADERS_MOST);
  const layouts = new Array(flows);
  const known = new Map();
  for (let flow = 0; flow < flows; flow++) {
    const conversation = flow >> 1;
    const tagged = mixed && conversation % 4 === 0;
    const six = mixed && conversation % 5 === 0;
    const udp = mixed && conversation % 3 === 0;
    const name = `${tagged} ${six} ${udp}`;
    if (!known.has(name)) known.set(name, layoutOf(tagged, six, udp));
    layouts[flow] = known.get(name);
    writeHeader(headers.subarray(flow * HEADERS_MOST, (flow + 1) * HEADERS_MOST), flow, tagged, layouts[flow]);
  }
  return { headers, layouts };
}

function layoutOf(tagged, six, udp) {
  const ip = 14 + (tagged ? 4 : 0);
  const transport = ip + (six ? 40 : 20);
  return { ip, transport, octets: transport + (udp ? 8 : 20), six, udp };
}

/** Odd flows come from the server. Checksums are left 0, as offload does. */
function writeHeader(into, flow, tagged, { ip, transport, six, udp }) {
  const conversation = flow >> 1;
  const client = { high: (conversation >> 4) & 0xff, low: conversation & 0x0f };
  const clientMac = [0x52, 0x54, 0, 0, client.high, client.low];
  const clientPort = 32768 + ((conversation >> 12) % 28000);
  const fromServer = (flow & 1) === 1;
  into.set(fromServer ? clientMac : SERVER_MAC, 0);
  into.set(fromServer ? SERVER_MAC : clientMac, 6);
  if (tagged) into.set([0x81, 0, 0, 100 + client.low], 12);
  into.writeUInt16BE(six ? 0x86dd : 0x0800, ip - 2);
  const server = six ? [0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 10] : [10, 20, 255, 10];
  const clientIp = six
    ? [0x20, 1, 0x0d, 0xb8, ...Array(10).fill(0), client.high, 100 + client.low]
    : [10, 20, client.high, 100 + client.low];
  into[ip] = six ? 0x60 : 0x45;
  if (!six) into[ip + 8] = 64;
  into[six ? ip + 7 : ip + 8] = 64; // hops
  into[six ? ip + 6 : ip + 9] = udp ? 17 : 6;
  into.set([...(fromServer ? server : clientIp), ...(fromServer ? clientIp : server)], six ? ip + 8 : ip + 12);
  into.writeUInt16BE(fromServer ? 5201 : clientPort, transport);
  into.writeUInt16BE(fromServer ? clientPort : 5201, transport + 2);
  if (udp && six) into.writeUInt16BE(0xffff, transport + 6); // 0 would be forbidden there (RFC 8200)
  if (udp) return;
  into[transport + 12] = 0x50;
  into[transport + 13] = 0x10;
  into.writeUInt16BE(0xffff, transport + 14);
}

/** xorshift32: any fixed sequence will do. */
function generator(seed) {
  let state = seed * 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
