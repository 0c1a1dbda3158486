/** Documents of the samples, and of the same with hostile names: what a view has to stand. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { analyze } from '../../src/analysis/analyze.js';
import type { InputSpec } from '../../src/analysis/options.js';
import type { Analysis } from '../../src/document/schema.js';

const samples = join(import.meta.dirname, '../../samples');

export const SAMPLES = readdirSync(samples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const known = new Map<string, Promise<Analysis>>();

export function sampleAnalysis(name: string): Promise<Analysis> {
  const analysis = known.get(name) ?? analyze({ inputs: sampleInputs(name) });
  known.set(name, analysis);
  return analysis;
}

export function sampleInputs(name: string): InputSpec[] {
  const folder = join(samples, name);
  const files = readdirSync(folder).filter((file) => /\.pcap(ng)?$/.test(file));
  return files.sort().map((file) => ({ name: null, path: join(folder, file) }));
}

/** What a packet, a file name or an interface name may hold: markup, escapes of terminals, direction marks, wide characters. */
export const HOSTILE = '</script><img src=x onerror=alert(1)>\u001b[2J\u0007\r\n\u202egpj.\u2066\u{1f600}表"\'&';

/** The document with a port name, a source and a MAC replaced wherever they occur, keys included. */
export function hostile(analysis: Analysis): Analysis {
  const evil = JSON.stringify(HOSTILE).slice(1, -1);
  const text = JSON.stringify(analysis)
    .replaceAll('igb0', evil)
    .replaceAll(analysis.lag.localStation.macs[0] ?? '-none-', evil);
  return JSON.parse(text) as Analysis;
}

/** A capture of which nothing can be said. */
export async function emptyAnalysis(): Promise<Analysis> {
  const full = await sampleAnalysis('sf-l23-four-clients');
  const nothing = {
    ...full.directions.ingress,
    frames: 0,
    octets: 0,
    flows: 0,
    ports: full.directions.ingress.ports.map((port) => ({
      ...port,
      frames: 0,
      octets: 0,
      flows: 0,
      frameShare: 0,
      octetShare: 0,
      flowShare: 0,
      tcp: null,
      utilisation: null,
      linkBitsPerSecond: null,
      linkRateBasis: null,
    })),
    series: { interval: 0.1, start: null, bitsPerSecond: Object.fromEntries(full.lag.ports.map((port) => [port, []])) },
    distribution: { kind: 'no-traffic' as const, confidence: null, explanation: '', epochs: [] },
    luck: [],
    peers: [],
    hash: null,
    saturation: { verdict: 'unknown' as const, window: 1, interval: null, ports: [], sumAtOneLink: null },
    phases: { reason: 'No large flow.', flows: [], list: [] },
    limits: [],
    pingPong: [],
    topFlows: [],
  };
  return {
    ...full,
    findings: [],
    neighbours: [],
    lacp: { present: false, ports: [], aggregates: [] },
    directions: { ingress: nothing, egress: nothing },
    capture: { ...full.capture, firstTime: null, lastTime: null, duration: 0, frames: 0, flows: 0 },
    inputs: full.inputs.map((input) => ({
      ...input,
      frames: 0,
      firstTime: null,
      lastTime: null,
      linkType: null,
      snapLength: null,
    })),
    quality: { ...full.quality, verdict: 'unusable', overlap: null, skew: { bound: null, basis: 'assumed' } },
  };
}
