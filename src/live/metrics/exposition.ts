/** Metric families as text: OpenMetrics 1.0.0, and the older Prometheus format 0.0.4, which knows neither units nor sets. */

import type { Family, Sample } from './families.js';

export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
export const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

const SUFFIXES: Readonly<Record<Family['type'], string>> = {
  counter: '_total',
  gauge: '',
  info: '_info',
  stateset: '',
};

/** https://github.com/prometheus/OpenMetrics, specification 1.0.0: metadata names the family, counters end in _total. */
export function openMetrics(families: readonly Family[]): string {
  const lines = families.flatMap((family) => {
    const { name, type, unit, help } = family;
    return [
      `# TYPE ${name} ${type}`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escaped(help)}`,
      ...samples(family),
    ];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

/** Prometheus text format 0.0.4, as node_exporter's textfile collector reads it: metadata names the sample. */
export function prometheusText(families: readonly Family[]): string {
  const lines = families.flatMap((family) => {
    const name = family.name + SUFFIXES[family.type];
    const type = family.type === 'counter' ? 'counter' : 'gauge';
    return [
      `# HELP ${name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...samples(family),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function samples({ name, type, samples: all }: Family): string[] {
  return all.map(({ labels, value }) => `${name}${SUFFIXES[type]}${labelText(labels)} ${value}`);
}

function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

/** What a scraper wants by its Accept header (RFC 9110, 12.5.1): OpenMetrics only where it is asked for, and not below the other. */
export function formatFor(accept: string | undefined): typeof OPEN_METRICS | typeof PROMETHEUS {
  let [open, text] = [0, 0];
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const given = parameters.find((parameter) => parameter.startsWith('q='));
    const q = given === undefined ? 1 : Number(given.slice(2));
    if (!(q > 0)) continue;
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice('version='.length);
    if (type === 'application/openmetrics-text' && (version === undefined || /^"?1\.0\.0"?$/.test(version))) {
      open = Math.max(open, q);
    } else if (type === 'text/plain') text = Math.max(text, q);
  }
  return open > 0 && open >= text ? OPEN_METRICS : PROMETHEUS;
}
