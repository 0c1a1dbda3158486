/**
 * Does the port follow a field that changes from frame to frame (class P7)? inference.md E.3, rule 7a, with two guards: a flow
 * that takes its ports in turn is round robin, for its IP id counts along; and agreement must be beyond chance.
 */

import { CHANGING_FIELDS, type ChangingField, type FrameSample } from '../engine/pass.js';

const FEWEST_FRAMES = 60;
const FEWEST_VALUES = 8; // of a whole field, each seen twice or more
const AGREEING = 0.99; // of the frames whose value was seen before
const CHANCE = 1e-6;
const LOW_BITS = [2, 3, 4] as const;

/** @returns the fields that tell the port, whole or by their low bits; empty if none does. */
export function fieldsThatTell(sample: FrameSample, ports: number): ChangingField[] {
  if (sample.count < FEWEST_FRAMES) return [];
  const used = new Set(sample.port.subarray(0, sample.count));
  if (used.size < 2) return [];
  return CHANGING_FIELDS.filter((field) => {
    const values = sample.values(field);
    return (
      tells(values, sample, used.size, FEWEST_VALUES) ||
      LOW_BITS.some((bits) =>
        tells(
          values.map((value) => value & (2 ** bits - 1)),
          sample,
          used.size,
          Math.min(ports, used.size),
        ),
      )
    );
  });
}

function tells(values: Uint32Array, { port, count }: FrameSample, used: number, fewestValues: number): boolean {
  const byValue = new Map<number, Map<number, number>>(); // frames by value and port
  for (let i = 0; i < count; i++) {
    const ports = byValue.get(values[i]) ?? new Map<number, number>();
    byValue.set(values[i], ports);
    ports.set(port[i], (ports.get(port[i]) ?? 0) + 1);
  }
  const onPort = new Map<number, number>();
  for (let i = 0; i < count; i++) onPort.set(port[i], (onPort.get(port[i]) ?? 0) + 1);
  const likeliest = Math.max(...onPort.values()) / count;

  let [frames, agreeing, repeated, valuesSeenTwice] = [0, 0, 0, 0];
  const told = new Set<number>();
  for (const ports of byValue.values()) {
    const all = [...ports.values()].reduce((sum, n) => sum + n, 0);
    if (all < 2) continue;
    const [best, n] = [...ports].reduce((a, b) => (b[1] > a[1] ? b : a));
    valuesSeenTwice++;
    frames += all;
    agreeing += n;
    repeated += all - 1;
    told.add(best);
  }
  if (valuesSeenTwice < fewestValues || told.size < used || agreeing < AGREEING * frames) return false;
  return repeated * Math.log(likeliest) < Math.log(CHANCE);
}
