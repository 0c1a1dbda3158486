/** Answer first: masthead, headline, one picture, findings, whether to trust it, what to do. */
import type { Analysis, Finding, PingPong } from '../../document/schema.js';
import { hasMembershipChange } from '../charts/epoch-marks.js';
import { loadOverTimeChart } from '../charts/load-over-time.js';
import { staffChart } from '../charts/staff.js';
import { strandsCaption, strandsChart } from '../charts/strands.js';
import type { Names } from '../names.js';
import { command, commandLines, figure, port } from '../parts.js';
import { opens } from '../shell.js';
import { type Html, html } from '../template.js';
import { count, glyphOf, number, utc } from '../words.js';

export function masthead(analysis: Analysis): Html {
  const { lag, capture } = analysis;
  const server = [...lag.localStation.ips, ...lag.localStation.macs][0];
  const when = capture.firstTime === null ? null : utc(capture.firstTime);
  return html`<header class="top"><b>lacpscope report</b><ul>
<li>${lag.localStation.basis === 'unknown' || server === undefined ? 'server not known' : `server ${server}`}</li><li>${count(lag.ports.length, 'port')}</li><li>${capture.duration.toFixed(1)} s</li><li>${count(capture.frames, 'frame')}</li>${when === null ? '' : html`<li>${when}</li>`}</ul><span class="r"><a href="#document">document (JSON)</a></span></header>
`;
}

export function verdict(analysis: Analysis, names: Names): Html {
  const { findings } = analysis;
  const [first] = findings;
  const title = first?.title ?? 'Nothing was found to say';
  return html`<section class="verdict" id="v" aria-label="Verdict"><h1>${headline(analysis, title)}</h1>
<p class="lede">${lede(first)}</p>
<div class="hero">${hero(analysis, names)}</div>
<ul class="findings">${findings.map((finding, i) => findingItem(analysis, finding, i + 1))}</ul>
${trust(analysis)}
</section>
`;
}

/** Port names in the headline carry their mark. */
function headline(analysis: Analysis, title: string): Html {
  const names = analysis.lag.ports.filter((name) => name !== '');
  const last = names.find((name) => title.endsWith(` ${name}`));
  if (last === undefined) return html`${title}`;
  return html`${title.slice(0, -last.length)}${port(analysis, last, true)}`;
}

function lede(first: Finding | undefined): string {
  if (first === undefined) return '';
  const sentences = first.explanation.replace(/^[^:.]{1,24}: /, '').split(/(?<=\.) /);
  return sentences.slice(0, 3).join(' ');
}

function hero(analysis: Analysis, names: Names): Html {
  const worst = worstPingPong(analysis);
  if (worst !== undefined) {
    return figure(
      0,
      'One mark is one frame, one line is one link, in the order of capture.',
      (width, name) => staffChart(analysis, names, worst, width, name),
      null,
      1290,
    );
  }
  // The picture answers the headline: a link that left is the time line's, unless the headline is of something else.
  if (hasMembershipChange(analysis) && /^(flows|lacp)-/.test(analysis.findings[0]?.id ?? '')) {
    return figure(
      0,
      `In above each line (${names.ingress.arrow}), out below (${names.egress.arrow}), all links on one scale. Dashed: the links that could be chosen changed. Hatched: the link was not among them.`,
      (width, name) => loadOverTimeChart(analysis, names, width, name),
      null,
      1290,
    );
  }
  return figure(0, strandsCaption(analysis), (width, name) => strandsChart(analysis, names, width, name), null, 1290);
}

export function worstPingPong({ directions }: Analysis): PingPong | undefined {
  return [...directions.ingress.pingPong, ...directions.egress.pingPong]
    .filter((entry) => /^P[5-8]$/.test(entry.class))
    .sort((a, b) => b.switches - a.switches)[0];
}

const SEVERITY_WORDS = { fault: 'Fault', warning: 'Warning', notice: 'Notice', ok: 'Well' } as const;

function findingItem(analysis: Analysis, finding: Finding, index: number): Html {
  const { severity, title, explanation, evidence, displayFilter } = finding;
  const [shown] = evidence;
  return html`<li id="F${index}"><h2><span class="gl g-${severity === 'warning' ? 'warn' : severity}" aria-hidden="true">${glyphOf(finding)}</span><span><span class="vh">${SEVERITY_WORDS[severity]}: </span>${headline(analysis, title)}</span></h2>
<p>${explanation}</p>
${shown === undefined ? '' : html`<p class="ev">Open it: <code class="inl">${opens(shown)}</code></p>`}
${displayFilter === null ? '' : html`<p class="ev">Filter: <code class="inl">${displayFilter}</code></p>`}
<p class="ev"><a href="#F${index}">F${index}</a> ${finding.id}</p></li>
`;
}

function trust({ quality, inputs, interrupted }: Analysis): Html {
  const { skew, overlap, droppedFrames } = quality;
  const skewText =
    skew.bound === null
      ? 'clock difference not known'
      : `clock difference at most ${number(skew.bound * 1e6)} µs (${skew.basis})`;
  const facts = [
    droppedFrames === null ? 'Drops not recorded' : count(droppedFrames, 'frame dropped', 'frames dropped'),
    skewText,
    overlap === null ? null : `ports captured together for ${Math.round(overlap * 100)} % of the time`,
    inputs.every(({ complete }) => complete) ? 'all inputs complete' : 'an input is damaged',
    interrupted.length > 0 ? 'the analysis was interrupted' : null,
    ...quality.limits,
  ].filter((fact) => fact !== null);
  const answer = { good: 'Yes.', limited: 'In part.', unusable: 'No.' }[quality.verdict];
  return html`<div class="trust"><b>Can this capture be trusted? ${answer}</b><ul>${facts.map((fact) => html`<li>${fact}</li>`)}</ul></div>
`;
}

export function whatToDo(analysis: Analysis, names: Names): Html {
  const { findings, experiments } = analysis;
  const advice = findings
    .map((finding, i) => ({ finding, index: i + 1 }))
    .filter(({ finding }) => finding.advice !== null && finding.severity !== 'ok');
  const items = [
    ...advice
      .slice(0, 6)
      .map(
        ({ finding, index }) =>
          html`<li><div><h3>${finding.title}</h3><p><a href="#F${index}">Finding F${index}</a></p></div><div>${steps(finding.advice ?? '')}</div></li>`,
      ),
    ...experiments.map((experiment, i) => experimentItem(experiment, i + 1, names)),
  ];
  return html`<section class="s full" id="do"><h2>What to do</h2>${items.length === 0 ? html`<p class="ans"><b>Nothing.</b> No finding asks for a change.</p>` : html`<ol class="todo">${items}</ol>`}
</section>
`;
}

function experimentItem(experiment: Analysis['experiments'][number], index: number, names: Names): Html {
  const { direction, where, lines, outcomes, reason, flows, expectedInformationBits, flowsFor99 } = experiment;
  const told = expectedInformationBits === null ? '' : `, ${expectedInformationBits.toFixed(2)} bit expected`;
  return html`<li id="E${index}"><div><h3>Experiment ${index}: what decides ${names[direction].arrow}</h3><p>${count(flows, 'flow')}${told}${flowsFor99 === null ? '' : `; ${count(flowsFor99, 'flow')} that stay together settle it at 99 %`}. ${reason}</p></div><div><p>On ${where}:</p>${commandLines(lines)}<dl>${outcomes.map(({ seen, means }) => html`<dt>${seen}</dt><dd>${means}</dd>`)}</dl></div></li>`;
}

/** To the end of the clause; a dot within a word is none. */
const COMMANDS = /for p in .*?; done|(?:iperf3|lacpscope|ethtool|mergecap) .*?(?=;|, |\.(?:\s|$)|\)| \(|"|$)/g;

/** Commands of an advice stand in lines of their own. */
function steps(advice: string): Html {
  const commands = advice.match(COMMANDS) ?? [];
  return html`<p>${advice}</p>${commands.map((text) => command(text.trim()))}`;
}
