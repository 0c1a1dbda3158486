/** The options of `live` that are about its faces: screen, stream, metrics. */

import type { OptionSpec } from './commands.js';

export const FACES: Readonly<Record<string, OptionSpec>> = {
  format: {
    kind: 'value',
    takes: 'FORMAT',
    choices: ['text', 'ndjson', 'json', 'html'],
    env: true,
    says: 'text: the view, then the verdict (on a terminal); ndjson: a stream of lines (elsewhere); json, html: the result alone.',
  },
  metrics: {
    kind: 'value',
    takes: 'ADDRESS',
    env: true,
    says: 'Serve metrics to Prometheus there, as 127.0.0.1:9470 or [::1]:9470.',
  },
  'metrics-anywhere': {
    kind: 'flag',
    env: true,
    says: 'Let --metrics name an address that other machines reach: no password, no encryption.',
  },
  textfile: {
    kind: 'value',
    takes: 'FILE',
    says: "Write metrics to FILE.prom each 15 s, for node_exporter's textfile collector.",
  },
};
