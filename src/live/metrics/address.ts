/** Where metrics are served: on this machine alone, unless it is said twice. */

import { BlockList, isIP } from 'node:net';
import { UsageError } from '../../errors.js';

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** "127.0.0.1:9470", "[::1]:9470", "localhost:9470", and "9470" or ":9470" for the first. */
export function metricsAddress(text: string, isAnywhere: boolean): MetricsAddress {
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(/^\d+$/.test(text) ? `:${text}` : text) ?? [];
  const port = digits === undefined ? 0 : Number(digits);
  const named = bracketed ?? plain ?? '';
  const host = named === '' && bracketed === undefined ? '127.0.0.1' : named === 'localhost' ? '127.0.0.1' : named;
  const isAddress = bracketed === undefined ? isIP(host) === 4 : isIP(host) === 6;
  if (!isAddress || port < 1 || port > 65_535) {
    throw new UsageError(`--metrics ${text}: not an address and port. Write it as 127.0.0.1:9470 or [::1]:9470.`);
  }
  if (!isAnywhere && !LOOPBACK.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')) {
    throw new UsageError(
      `--metrics ${text}: others could read it there. --metrics-anywhere allows that; 127.0.0.1:${port} is for this machine alone.`,
    );
  }
  return { host, port };
}
