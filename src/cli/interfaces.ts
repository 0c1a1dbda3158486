/** `lacpscope interfaces`: what can be captured here, and what stands in the way. */

import { CaptureError } from '../errors.js';
import { aggregateOf, type NetworkInterface } from '../sources/interfaces/interface.js';
import { listInterfaces } from '../sources/interfaces/list.js';
import { captureAddon } from '../sources/live/addon.js';
import { LivePort } from '../sources/live/port.js';
import type { Arguments } from './arguments.js';
import { print, tellNow } from './output.js';
import { EXIT } from './status.js';

export async function run(args: Arguments): Promise<number> {
  const interfaces = listInterfaces();
  const obstacle = obstacleTo(interfaces);
  if (args.flag('json')) {
    await print(`${JSON.stringify({ interfaces, obstacle: obstacle?.message ?? null }, null, 2)}\n`);
  } else {
    await print(`${[...lines(interfaces), '', ...advice(interfaces, obstacle)].join('\n')}\n`);
  }
  if (obstacle === null) return EXIT.done;
  return obstacle.code === 'capture-permission' ? EXIT.notPermitted : EXIT.unreadable;
}

/** Tried, not guessed: a port is opened and closed again. */
function obstacleTo(interfaces: readonly NetworkInterface[]): CaptureError | null {
  try {
    captureAddon(() => tellNow('lacpscope: compiling native/capture, once …\n'));
    const tried = interfaces.find(({ up, aggregate }) => up && aggregate === null) ?? interfaces[0];
    if (tried !== undefined) new LivePort(tried.name, { device: tried.name }).close();
    return null;
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}

function lines(interfaces: readonly NetworkInterface[]): string[] {
  const rows = interfaces.map((each) => [each.name, stateOf(each), rateOf(each), roleOf(each, interfaces)]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const stateOf = ({ up, link }: NetworkInterface) => (!up ? 'not up' : link === false ? 'no link' : 'up');

function rateOf({ bitsPerSecond }: NetworkInterface): string {
  if (bitsPerSecond === null) return '';
  return bitsPerSecond >= 1e9 ? `${bitsPerSecond / 1e9} Gbit/s` : `${bitsPerSecond / 1e6} Mbit/s`;
}

function roleOf({ name, aggregate }: NetworkInterface, all: readonly NetworkInterface[]): string {
  if (aggregate !== null) return `${aggregate.kind}: ${aggregate.members.join(' ') || 'no members'}`;
  const above = aggregateOf(name, all);
  return above === null ? '' : `member of ${above}`;
}

function advice(interfaces: readonly NetworkInterface[], obstacle: CaptureError | null): string[] {
  if (obstacle !== null) return [`Nothing can be captured: ${obstacle.message}`];
  const aggregates = interfaces.filter(({ aggregate }) => (aggregate?.members.length ?? 0) > 1);
  if (aggregates.length === 0) {
    return ['No aggregate is known to this system. Name its member ports: lacpscope capture -i PORT -i PORT …'];
  }
  return aggregates.map(({ name }) => `All members of ${name}: lacpscope capture -i ${name}`);
}
