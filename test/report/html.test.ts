import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/html.js';
import { embeddedJson, html } from '../../src/report/template.js';
import { emptyAnalysis, HOSTILE, hostile, SAMPLES, sampleAnalysis } from '../helpers/sample-analysis.js';

const attribute = (page: string, name: string) =>
  [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map((match) => match[1]!);

describe('the report', () => {
  it.each(SAMPLES)('%s: is the same for the same document, whatever was drawn before', async (name) => {
    const analysis = await sampleAnalysis(name);
    const first = renderReport(analysis);
    renderReport(await sampleAnalysis(SAMPLES[0]!));
    expect(renderReport(structuredClone(analysis))).toBe(first);
  });

  it.each(SAMPLES)('%s: asks nothing of the network, and every id is there once', async (name) => {
    const page = renderReport(await sampleAnalysis(name));
    const links = attribute(page, 'href').filter((target) => !target.startsWith('data:application/json;base64,'));
    for (const target of [...links, ...attribute(page, 'src')]) expect(target).toMatch(/^#/);
    expect(page).not.toMatch(/url\(|@import|https?:\/\/(?!www\.w3\.org)/);
    const ids = attribute(page, 'id');
    expect(ids.length).toBe(new Set(ids).size);
    for (const target of links) expect(ids).toContain(target.slice(1));
    expect(page.length).toBeLessThan(2_000_000);
  });

  it.each(SAMPLES)('%s: names from packets stay text', async (name) => {
    const page = renderReport(hostile(await sampleAnalysis(name)));
    expect(page).not.toContain('<img');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e\u2066]/);
    const embedded = /<script type="application\/json" id="analysis">(.*?)<\/script>/s.exec(page)![1]!;
    expect(JSON.parse(embedded)).toEqual(hostile(await sampleAnalysis(name)));
  });

  it('shows commands of an advice as such, and no more of the sentence', async () => {
    const analysis = structuredClone(await sampleAnalysis('sf-l23-four-clients'));
    const blocks = (advice: string) => {
      analysis.findings[0]!.advice = advice;
      const toDo = renderReport(analysis).split('id="do"').at(-1)!.split('id="E1"')[0]!;
      return [...toDo.matchAll(/<code class="cmd">([^<]*)/g)].map(([, text]) => text);
    };
    expect(blocks('A job the other way: test it with iperf3 -R. A hash of ports would use 3.9 links.')).toEqual([
      'iperf3 -R',
    ]);
    expect(blocks('Measure it: iperf3 -c 10.0.0.1 -P 8; then again. Nothing else.')).toEqual([
      'iperf3 -c 10.0.0.1 -P 8',
    ]);
    expect(blocks('Off for now: ethtool -K igb0 tso off.')).toEqual(['ethtool -K igb0 tso off']);
  });

  it('shows a command of an advice to its end and no further, and experiments line by line', async () => {
    const page = renderReport(await sampleAnalysis('sf-l23-four-clients'));
    const commands = [...page.matchAll(/<code class="cmd">(.*?)<\/code>/gs)].map(([, text]) => text!);
    expect(commands).toContain('iperf3 -R');
    for (const text of commands.slice(0, 8)) expect(text).not.toMatch(/\. [A-Z]/);
    const { experiments } = await sampleAnalysis('sf-l23-four-clients');
    expect(experiments.length).toBeGreaterThan(0);
    for (const { lines } of experiments)
      expect(page).toContain(
        html`${lines.at(-2)!}
${lines.at(-1)!}`.text,
      );
  });

  it('can be saved as the document it was drawn from', async () => {
    const analysis = hostile(await sampleAnalysis('rr-pingpong'));
    const saved = /<a download="analysis.json" href="data:application\/json;base64,([^"]*)"/.exec(
      renderReport(analysis),
    );
    expect(JSON.parse(Buffer.from(saved![1]!, 'base64').toString())).toEqual(analysis);
  });

  it('keeps every section and says why where there is nothing', async () => {
    const page = renderReport(await emptyAnalysis());
    for (let section = 1; section <= 13; section++) expect(page).toContain(`id="s${section}"`);
    expect(page).toContain('No LACPDU was seen.');
    expect(page).toContain('No unicast flow was captured.');
  });

  it('puts the answer in the title and the headline', async () => {
    const page = renderReport(await sampleAnalysis('sf-l23-four-clients'));
    expect(page).toContain('<title>lacpscope: All 24 connections arrive on one link: igb2</title>');
    expect(page).toMatch(/<h1>All 24 connections arrive on one link: <span class="port big">/);
  });
});

describe('the time line', () => {
  it('says in words what left, what came back and how many flows moved', async () => {
    const page = renderReport(await sampleAnalysis('linkfail-l34'));
    expect(page).toMatch(
      /<li><b>Between 5\.7 s and 7\.2 s<\/b> \(switch → server\) igb2 left \(its LACPDUs stopped\); no flow was there/,
    );
    expect(page).toMatch(
      /<li><b>At 16\.6 s<\/b> \(server → switch\) igb2 came back; 24 of 32 flows from before and after/,
    );
  });
});

describe('templates', () => {
  it('escape every value but HTML', () => {
    expect(html`<p title="${'"<&>\''}">${['<b>', html`<i>x</i>`]}</p>`.text).toBe(
      '<p title="&quot;&lt;&amp;&gt;&#39;">&lt;b&gt;<i>x</i></p>',
    );
  });

  it('embed a document that cannot end its element', () => {
    const text = embeddedJson({ name: HOSTILE }).text;
    expect(text).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual({ name: HOSTILE });
  });
});
