// npm run answers: writes ACCURACY.md, which says how often the analysis was right. LACPSCOPE_SHARED may name a folder with more
// captures of known truth; without it the samples alone are judged.
import { writeFileSync } from 'node:fs';
import { analyze } from '../../src/analysis/analyze.js';
import { judgeScenario } from '../simulator/judge.js';
import { simulatePingPong } from '../simulator/ping-pong/ping-pong.js';
import { drawScenario, MIXES } from '../simulator/scenario.js';
import { judge } from '../truth/judge.js';
import { knownCaptures } from '../truth/truth.js';
import { captureAnswers, type JudgedCapture } from './capture-answers.js';
import { pingPongAnswers } from './ping-pong-answers.js';
import { type SimulatedSet, simulatedAnswers } from './simulated-answers.js';

/** No rule and no threshold was set while looking at these. */
const FIRST_SEED = 810_001;
const SCENARIOS = 1000;
const FLOWS = 8; // of each way, length, loss, clock and order

const captures: JudgedCapture[] = [];
for (const { truth, files } of knownCaptures('samples')) {
  const analysis = await analyze({ inputs: files.map((path) => ({ name: null, path })) });
  captures.push({ truth, analysis, claims: judge(analysis, truth) });
  console.log(truth.name);
}
captures.sort((a, b) => (a.truth.name < b.truth.name ? -1 : 1));

const sets = Object.entries(MIXES).map(([name, mix]): SimulatedSet => {
  const scenarios = name === 'large' ? SCENARIOS / 4 : SCENARIOS;
  console.log(`${name}, ${scenarios} simulated aggregates`);
  return {
    name,
    judgements: Array.from({ length: scenarios }, (_, i) => judgeScenario(drawScenario(mix, FIRST_SEED + i))),
  };
});

console.log('simulated flows on several ports');
const streams = await simulatePingPong(FIRST_SEED, FLOWS);

const parts = [introduction(), captureAnswers(captures), simulatedAnswers(sets, FIRST_SEED), pingPongAnswers(streams)];
writeFileSync('ACCURACY.md', parts.join('\n'));
console.log('ACCURACY.md');

function introduction(): string {
  return `# How often is it right?

Two kinds of proof: captures of real senders that wrote down what they did, and simulated senders, whose hash is known because it was made
up. \`npm run answers\` makes this page, \`npm run calibrate\` gives more of the second kind, on any seeds. A claim is right, wrong, or none
was made ("open"): silence is never counted as right. What was never tried is not on this page: hardware switches and FreeBSD machines.
`;
}
