// npm run reports: one report per sample into reports/. The same sample always gives the same bytes.
import './node-version.js';
import { mkdirSync, readdirSync } from 'node:fs';
import { buildIfChanged } from './build.js';
import { inRoot, run, tool } from './run.js';
import { installPackages } from './set-up.js';

installPackages();
await buildIfChanged();
mkdirSync(inRoot('reports'), { recursive: true });
for (const entry of readdirSync(inRoot('samples'), { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const cwd = inRoot('samples', entry.name);
  const captures = readdirSync(cwd).filter((name) => /\.pcap(ng)?$/.test(name));
  const report = inRoot('reports', `${entry.name}.html`);
  const status = run(...tool.lacpscope('analyze', '--quiet', ...captures.sort(), '-o', report), { cwd });
  console.log(status === 0 ? `reports/${entry.name}.html` : `${entry.name}: status ${status}`);
  if (status !== 0) process.exitCode = 1;
}
