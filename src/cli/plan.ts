/** `lacpscope plan`: client addresses or ports that spread, by the rule of a saved analysis. */

import { sameIp } from '../advice/asked-flow.js';
import { bestPlan, type Planned, planFor } from '../advice/plan.js';
import type { Analysis, Plan } from '../document/schema.js';
import { UsageError } from '../errors.js';
import { namesOf } from '../report/names.js';
import { planLines } from '../report/terminal/plan.js';
import { visible, withTexts } from '../report/visible.js';
import type { Arguments } from './arguments.js';
import { readDocument } from './document.js';
import { checkOutputs, print, tell, writeFile } from './output.js';
import { EXIT } from './status.js';

export async function run(args: Arguments): Promise<number> {
  const rules = args.value('rules');
  if (rules === null) throw new UsageError('By which rule? Give --rules analysis.json.');
  const output = args.value('output');
  checkOutputs(output === null ? [] : [output], [rules]);
  const fixed = args.values('fix').map((text) => {
    const ip = sameIp(text);
    if (ip === null) throw new UsageError(`--fix ${text}: not an IP address.`);
    return ip;
  });
  const analysis = readDocument(rules);
  const { plan, refused } = planned(analysis, args.value('direction'), fixed);
  if (plan === null) {
    await tell(`lacpscope: no plan: ${visible(refused)}.\n`);
    return EXIT.nothingToSay;
  }
  const text = args.flag('json') ? `${JSON.stringify(plan, null, 2)}\n` : `${inWords(plan, analysis).join('\n')}\n`;
  await (output === null ? print(text) : writeFile(output, text));
  return EXIT.done;
}

const planned = (analysis: Analysis, way: string | null, fixed: readonly string[]): Planned =>
  way === null ? bestPlan(analysis, fixed) : planFor(analysis, way === 'in' ? 'ingress' : 'egress', fixed);

const inWords = (plan: Plan, analysis: Analysis) =>
  planLines(withTexts(plan, visible), namesOf(analysis)[plan.direction].arrow);
