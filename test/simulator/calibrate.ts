// npm run calibrate: how right the inference is, on aggregates whose sender is known because it was made up.
//   --set a,b,…       library outside flat worst egress connection dual-stack
//                     supplementary pings arp failover tunnels large pingpong (all of these)
//   --scenarios N     in each set (300; of pingpong an eighth as many flows of each way)       --seed S     of the first one (1)
//   --by family|traffic|ports|flows     scores by one of these
//   --wrong           list what was said wrongly, with the seed that shows it
import { parseArgs } from 'node:util';
import { breakdown } from './breakdown.js';
import { calibrate } from './calibration.js';
import { calibrationText } from './calibration-text.js';
import { type Judgement, judgeScenario } from './judge.js';
import { pingPongText, simulatePingPong } from './ping-pong/ping-pong.js';
import { drawScenario, MIXES } from './scenario.js';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: [...Object.keys(MIXES), 'pingpong'].join() },
    scenarios: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    by: { type: 'string' },
    wrong: { type: 'boolean', default: false },
  },
});
const count = Number(values.scenarios);
const seed = Number(values.seed);

for (const name of values.set.split(',')) {
  if (name === 'pingpong') {
    const judged = await simulatePingPong(seed, Math.max(1, Math.round(count / 8)));
    console.log(`\npingpong, seed ${seed}: ${judged.length} flows\n${pingPongText(judged)}`);
    continue;
  }
  const mix = MIXES[name];
  if (mix === undefined) throw new Error(`--set ${name}: known are ${Object.keys(MIXES).join(', ')}, pingpong`);
  const judgements = Array.from({ length: count }, (_, i) => judgeScenario(drawScenario(mix, seed + i)));
  console.log(`\n${calibrationText(`${name}, seeds ${seed} to ${seed + count - 1}`, calibrate(judgements))}`);
  if (values.by !== undefined) console.log(breakdown(judgements, values.by));
  if (values.wrong) for (const [i, judgement] of judgements.entries()) listWrong(judgement, seed + i);
}

function listWrong({ scenario, fields, naming, named }: Judgement, at: number): void {
  const { sender, ports, traffic, headers, noise } = scenario;
  const about = `${sender.name}, ${ports} ports, ${traffic}, ${headers.length} flows, noise ${noise.toFixed(3)}`;
  for (const { field, verdict, was, said, hasEffect } of fields) {
    const isWrong = verdict !== 'open' && (verdict === 'used') !== was;
    if (!isWrong && !(said < 0.01 && was) && !(said >= 0.99 && !was)) continue;
    const effect = was && !hasEffect ? ', without effect' : '';
    console.log(`  seed ${at}: ${field} ${verdict} (said ${said.toExponential(2)}${effect}): ${about}`);
  }
  if (naming === 'wrong') console.log(`  seed ${at}: named ${named}: ${about}; reads ${[...sender.fields].join(' ')}`);
}
