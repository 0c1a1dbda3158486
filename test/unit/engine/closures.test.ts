import { describe, expect, it } from 'vitest';
import type { FrameOptions } from '../../helpers/frames.js';
import { type PortFrame, passOfFrames } from '../../helpers/judged-frames.js';

const CLIENT = { src: '01', dst: '0a', srcIp: '192.0.2.1', dstIp: '192.0.2.10', srcPort: 4000, dstPort: 5201 };
const SERVER = { src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1', srcPort: 5201, dstPort: 4000 };
const MS = 1e6;

const data = (ms: number, seq: number): PortFrame => ({
  port: 0,
  ns: ms * MS,
  frame: { ...CLIENT, seq, payload: 100 },
});
const answer = (ms: number, ack: number, window: number, more: FrameOptions = {}): PortFrame => ({
  port: 1,
  ns: ms * MS,
  frame: { ...SERVER, ack, window, ...more },
});
const closuresOf = async (frames: readonly PortFrame[]) => {
  const pass = await passOfFrames(frames);
  return pass.closures.map(({ flow, frames: said, times, closedNs }) => ({
    ...{ srcPort: pass.flows.srcPort(flow), said, times, closedMs: closedNs / MS },
  }));
};

describe('a receiver that closes its window', () => {
  it('is counted for the flow of the data, until the update that opens it', async () => {
    const frames = [
      ...[data(0, 1), answer(1, 101, 500), data(2, 101), answer(3, 201, 0)],
      ...[answer(13, 201, 0), answer(43, 201, 800), data(44, 201), answer(45, 301, 0), answer(65, 301, 900)],
    ];
    expect(await closuresOf(frames)).toEqual([{ srcPort: 4000, said: 3, times: 2, closedMs: 60 }]);
  });

  it('closed for as long as is known: not beyond an acknowledgement of more', async () => {
    const frames = [data(0, 1), answer(1, 101, 0), answer(900, 201, 500), answer(901, 301, 0), answer(911, 301, 700)];
    expect(await closuresOf(frames)).toEqual([{ srcPort: 4000, said: 2, times: 2, closedMs: 10 }]);
  });

  it('is none in a reset, a SYN, or where the data is not captured', async () => {
    expect(await closuresOf([data(0, 1), answer(1, 101, 0, { flags: 0x14 })])).toEqual([]);
    expect(await closuresOf([data(0, 1), answer(1, 101, 0, { flags: 0x12 })])).toEqual([]);
    expect(await closuresOf([answer(1, 101, 0), answer(2, 101, 0)])).toEqual([]);
  });
});
