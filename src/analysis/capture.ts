/** What was captured: inputs and counts, as the document gives them. */
import type { Analysis, Input } from '../document/schema.js';
import type { Connections } from '../engine/joins.js';
import type { Pass } from '../engine/pass.js';
import type { CopyCounts } from '../flows/load.js';
import { moverSums } from '../flows/mover-sums.js';
import { epochText, timeText } from '../flows/time-text.js';
import type { LacpReport } from '../lacp/report.js';

export function inputsOf(pass: Pass): Input[] {
  return pass.inputs.map((input) => ({
    source: input.source,
    port: input.port,
    format: input.format,
    compression: input.compression,
    linkType: input.linkType,
    frames: input.frames,
    octets: input.octets,
    capturedOctets: input.capturedOctets,
    snapLength: input.snapLength,
    firstTime: input.firstNs === null ? null : epochText(input.firstNs),
    lastTime: input.lastNs === null ? null : epochText(input.lastNs),
    timestampResolution: input.timestampResolution,
    drops: { ...input.drops },
    complete: input.damage === null,
    damage: input.damage === null ? null : { ...input.damage },
  }));
}

export function captureOf(
  pass: Pass,
  lacp: LacpReport,
  copies: CopyCounts,
  { conversations }: Connections,
): Analysis['capture'] {
  const { totals, originNs, durationNs } = pass;
  const empty = pass.inputs.every(({ firstNs }) => firstNs === null);
  let counted = 0;
  for (const { counted: onPorts } of [...pass.joins.sums(), ...moverSums(pass).of]) {
    for (const onPort of onPorts) counted += onPort;
  }
  return {
    firstTime: empty ? null : timeText(originNs, 0),
    lastTime: empty ? null : timeText(originNs, durationNs),
    duration: durationNs / 1e9,
    frames: totals.frames,
    octets: totals.octets,
    ipv4: totals.ipv4,
    ipv6: totals.ipv6,
    tcp: totals.tcp,
    udp: totals.udp,
    fragments: totals.fragments,
    lacpdus: lacp.lacpdus,
    markers: lacp.markers,
    lldp: totals.lldp,
    cdp: totals.cdp,
    otherL2: totals.otherL2 + Math.max(0, totals.slow - lacp.lacpdus - lacp.markers),
    undecodable: totals.undecodable,
    duplicates: copies.duplicates,
    echoes: copies.echoes,
    flows: counted,
    tcpConversations: conversations.tcp,
    udpConversations: conversations.udp,
  };
}
