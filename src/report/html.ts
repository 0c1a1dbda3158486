/** The report: one file, no request to anything, readable without script. A view of the document and of nothing else. */
import type { Analysis } from '../document/schema.js';
import { startReport } from './charts/svg.js';
import { namesOf, portsOf } from './names.js';
import { PAGE_CSS } from './page-css.js';
import { port } from './parts.js';
import { allFlows, severalLinks, whoGoesWhere } from './sections/flows.js';
import { fields, luck, rules } from './sections/hash.js';
import { masthead, verdict, whatToDo } from './sections/head.js';
import { cables, load, loadOverTime } from './sections/links.js';
import { captureQuality, losses, method } from './sections/quality.js';
import { whatIf } from './sections/what-if.js';
import { embeddedJson, type Html, html, raw } from './template.js';
import { visible, withTexts } from './visible.js';

const CONTENTS: readonly (readonly [number, string])[] = [
  [1, 'Cables (LACP)'],
  [2, 'Load per link'],
  [3, 'Load over time'],
  [4, 'Who goes where'],
  [5, 'Luck or hash'],
  [6, 'Field by field'],
  [7, 'More than one link'],
  [8, 'Rules that fit'],
  [9, 'What if'],
  [10, 'Losses per link'],
  [11, 'Is the capture good'],
  [12, 'All flows'],
  [13, 'Method and limits'],
];

/** @returns the whole page; the same document always gives the same bytes */
export function renderReport(document: Analysis): string {
  const analysis = withTexts(document, visible);
  startReport();
  const names = namesOf(analysis);
  const title = analysis.findings[0]?.title ?? 'report';
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark"><title>lacpscope: ${title}</title>
<style>${raw(PAGE_CSS)}</style></head><body>
<a class="skip" href="#v">Skip to the verdict</a>
<div class="page">
${masthead(analysis)}<main>
${verdict(analysis, names)}
<div class="body">${contents(analysis)}<div>
${whatToDo(analysis, names)}${cables(analysis)}${load(analysis, names)}${loadOverTime(analysis, names)}${whoGoesWhere(analysis, names)}${luck(analysis, names)}${fields(analysis, names)}${severalLinks(analysis, names)}${rules(analysis, names)}${whatIf(analysis, names)}${losses(analysis, names)}${captureQuality(analysis)}${allFlows(analysis, names)}${method(analysis)}
${embedded(document)}</div></div>
</main>
<footer class="foot">${analysis.tool.name} ${analysis.tool.version}. Nothing in this file was loaded from anywhere, and nothing leaves it.</footer>
</div>
</body></html>
`;
  return page.text;
}

function contents(analysis: Analysis): Html {
  const key = portsOf(analysis).slice(0, 16);
  return html`<nav class="toc" aria-label="Contents"><ol>${CONTENTS.map(([number, title]) => html`<li><a href="#s${number}"><span class="no">${number}</span>${title}</a></li>`)}</ol><div class="key">${key.map((name) => port(analysis, name))}</div></nav>`;
}

const MOST_EMBEDDED = 1_200_000; // characters: the report stays under 2 MB
const MOST_LINKED = 400_000; // a link carries it once more, a third longer

/** The raw document travels along: for programs as data, for people as a link that saves it without a script. */
function embedded(analysis: Analysis): Html {
  const json = JSON.stringify(analysis);
  if (json.length > MOST_EMBEDDED) {
    return html`<section class="s full" id="document"><h2>The document</h2><p class="ans"><b>Not embedded:</b> it is larger than 1.2 MB. Write it with --save FILE.</p></section>`;
  }
  const save =
    json.length > MOST_LINKED
      ? html`It is in this file as the script element “analysis”, which does not run`
      : html`<a download="analysis.json" href="data:application/json;base64,${Buffer.from(json).toString('base64')}">Save analysis.json</a>`;
  return html`<section class="s full" id="document"><h2>The document</h2><p class="ans"><b>Everything above is drawn from this.</b> ${save}. lacpscope report analysis.json draws the page again.</p>
<script type="application/json" id="analysis">${embeddedJson(analysis)}</script></section>`;
}
