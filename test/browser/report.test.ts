import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/html.js';
import { fixtureAnalysis, withAbsence } from '../helpers/fixture-analysis.js';
import { emptyAnalysis, hostile, SAMPLES, sampleAnalysis } from '../helpers/sample-analysis.js';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 768, 1280, 1800];

/** Long names, a port that was away, a known speed: what the samples do not have. */
function sixteenPorts() {
  const analysis = fixtureAnalysis({
    ports: 16,
    clients: 14,
    connections: 10,
    spread: { ingress: 'one', egress: 'all' },
    portName: (index) => `ethernet1/1/${index + 1}`,
    linkBitsPerSecond: 1e6,
    seriesLength: 1000,
  });
  return withAbsence(analysis, 'egress', 'ethernet1/1/4', 6, 12);
}

describe.skipIf(executablePath === undefined)('the report in a browser (skipped where Chromium is missing)', () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-report-'));

  beforeAll(async () => {
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ];
    browser = await chromium.launch({ executablePath: executablePath!, args });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pages = [
    ...SAMPLES.map((name) => ({ name, of: () => sampleAnalysis(name) })),
    { name: 'hostile names', of: async () => hostile(await sampleAnalysis('rr-pingpong')) },
    { name: 'nothing', of: emptyAnalysis },
    { name: 'sixteen ports', of: async () => sixteenPorts() },
  ];

  async function open(name: string, of: (typeof pages)[number]['of'], colorScheme: 'light' | 'dark', width: number) {
    const path = join(folder, `${name.replaceAll(/\W/g, '-')}.html`);
    if (!existsSync(path)) writeFileSync(path, renderReport(await of()));
    // Reports run without script; the checks of this test bring their own past the policy.
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 900 },
      offline: true,
      bypassCSP: true,
    });
    const page = await context.newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(message.text()));
    page.on('pageerror', (error) => noise.push(`${error}`));
    page.on('dialog', (dialog) => noise.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (request.url() !== `file://${path}`) noise.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${path}`);
    return { page, noise, close: () => context.close() };
  }

  it.each(pages)('$name: loads nothing, says nothing, and fits every width', async ({ name, of }) => {
    for (const width of WIDTHS) {
      const { page, noise, close } = await open(name, of, 'light', width);
      const [content, view] = (await page.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      )) as [number, number];
      expect({ width, overflow: content - view }).toEqual({ width, overflow: 0 });
      const beyond = await page.evaluate(
        '[...document.querySelectorAll("figure svg text")].filter((text) => text.getBoundingClientRect().right > innerWidth + 1).map((text) => text.textContent)',
      );
      expect({ width, beyond }).toEqual({ width, beyond: [] });
      expect(noise).toEqual([]);
      await close();
    }
  });

  it.each(pages.flatMap((page) => (['light', 'dark'] as const).map((scheme) => ({ ...page, scheme }))))(
    '$name: accessible in $scheme',
    async ({ name, of, scheme }) => {
      const { page, close } = await open(name, of, scheme, 1280);
      await page.addScriptTag({ content: axe });
      const found = (await page.evaluate(
        "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html + nodes[0].failureSummary))",
      )) as string[];
      expect(found).toEqual([]);
      await close();
    },
  );

  it('shows the drawing made for the width', async () => {
    const shown = async (width: number) => {
      const { page, close } = await open(
        'sf-l23-four-clients',
        () => sampleAnalysis('sf-l23-four-clients'),
        'light',
        width,
      );
      const classes = await page.evaluate(
        "[...document.querySelectorAll('figure.chart svg')].filter((svg) => svg.getBoundingClientRect().width > 0).map((svg) => svg.getAttribute('class'))",
      );
      await close();
      return new Set(classes as string[]);
    };
    expect(await shown(1280)).toEqual(new Set(['wide']));
    expect(await shown(360)).toEqual(new Set(['narrow']));
  });
});
