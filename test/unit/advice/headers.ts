/** Flows to lay over policies, by hand. */
import type { LaidFlows } from '../../../src/advice/laid-flows.js';
import type { Header } from '../../../src/flows/main-row.js';
import { ip } from '../inference/rows.js';

/** TCP of 10.0.0.1:50000 to 10.0.0.2:5201, with what differs. */
export function header(changes: Partial<Header> = {}): Header {
  return {
    srcMac: 0x020000000001,
    dstMac: 0x020000000002,
    etherType: 0x0800,
    vlan: 0,
    srcIp: ip('10.0.0.1'),
    dstIp: ip('10.0.0.2'),
    protocol: 6,
    srcPort: 50000,
    dstPort: 5201,
    flowLabel: 0,
    inner: null,
    ...changes,
  };
}

export function laidFlows(keys: readonly Header[], octets: readonly number[] = keys.map(() => 1000)): LaidFlows {
  return {
    keys,
    octets: Float64Array.from(octets),
    isSampled: new Uint8Array(keys.length),
    flows: keys.length,
    totalOctets: octets.reduce((sum, n) => sum + n, 0),
    sampledShare: 0,
    leftOut: 0,
  };
}
