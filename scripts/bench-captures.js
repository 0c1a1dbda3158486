// Captures for the benchmark: many equal-sized TCP frames, written as fast as a disk takes them. The same every time.
import { closeSync, openSync, writeSync } from 'node:fs';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const CHUNK = 4 << 20;
const START_SECONDS = 1_700_000_000;
const SERVER_MAC = [0x90, 0xe2, 0xba, 0x7b, 0x0b, 0x38];

/** One file per port. A flow keeps to one port, and half of the flows goes each way. */
export function writeCaptures(paths, { frames, flows, frameLength, snapLength }) {
  const captured = Math.min(frameLength, snapLength);
  const framesPerPort = Math.floor(frames / paths.length);
  for (const [port, path] of paths.entries()) {
    const own = [...Array(flows).keys()].filter((flow) => portOf(flow) % paths.length === port);
    const headers = own.map((flow) => frameHeader(flow, frameLength));
    const record = Buffer.alloc(RECORD_HEADER + captured);
    const chunk = Buffer.alloc(CHUNK);
    const fd = openSync(path, 'w');
    let used = fileHeader(chunk, snapLength);
    const random = generator(port + 1);
    const sequence = new Uint32Array(own.length);
    for (let n = 0; n < framesPerPort; n++) {
      const flow = random() % own.length;
      const microseconds = n * 8 + port * 2; // 125 k frames a second on each port
      record.writeUInt32LE(START_SECONDS + Math.floor(microseconds / 1e6), 0);
      record.writeUInt32LE(microseconds % 1e6, 4);
      record.writeUInt32LE(captured, 8);
      record.writeUInt32LE(frameLength, 12);
      headers[flow].copy(record, RECORD_HEADER);
      record.writeUInt16BE(n & 0xffff, RECORD_HEADER + 18); // IP identification
      record.writeUInt32BE(sequence[flow], RECORD_HEADER + 38);
      sequence[flow] += frameLength - 54;
      if (used + record.length > chunk.length) {
        writeSync(fd, chunk, 0, used);
        used = 0;
      }
      record.copy(chunk, used);
      used += record.length;
    }
    writeSync(fd, chunk, 0, used);
    closeSync(fd);
  }
  return framesPerPort * paths.length;
}

// Each direction of a conversation has a port of its own, as with two hashes that know nothing of each other.
const portOf = (flow) => (flow >> 1) + (flow & 1) * 3 + (((flow & 1) * flow) >> 3);

function fileHeader(into, snapLength) {
  into.writeUInt32LE(0xa1b2c3d4, 0);
  into.writeUInt16LE(2, 4);
  into.writeUInt16LE(4, 6);
  into.writeUInt32LE(snapLength, 16);
  into.writeUInt32LE(1, 20); // Ethernet
  return FILE_HEADER;
}

/** Ethernet, IPv4 and TCP of one flow; odd ones come from the server. 54 bytes, checksums left 0 as offload does. */
function frameHeader(flow, frameLength) {
  const header = Buffer.alloc(54);
  const conversation = flow >> 1;
  const client = [0x52, 0x54, 0, 0, (conversation >> 4) & 0xff, conversation & 0x0f];
  const clientIp = [10, 20, (conversation >> 4) & 0xff, 100 + (conversation & 0x0f)];
  const clientPort = 32768 + ((conversation >> 12) % 28000);
  const fromServer = (flow & 1) === 1;
  header.set(fromServer ? client : SERVER_MAC, 0);
  header.set(fromServer ? SERVER_MAC : client, 6);
  header.writeUInt16BE(0x0800, 12);
  header[14] = 0x45;
  header.writeUInt16BE(frameLength - 14, 16);
  header[22] = 64;
  header[23] = 6;
  header.set(fromServer ? [10, 20, 0, 10] : clientIp, 26);
  header.set(fromServer ? clientIp : [10, 20, 0, 10], 30);
  header.writeUInt16BE(fromServer ? 5201 : clientPort, 34);
  header.writeUInt16BE(fromServer ? clientPort : 5201, 36);
  header[46] = 0x50;
  header[47] = 0x10;
  header.writeUInt16BE(0xffff, 48);
  return header;
}

function generator(seed) {
  let state = seed * 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
