// npm start: set up, build, analyse, and write the report. Without arguments on the sample of the starting case; with
// FILES (and options of "lacpscope analyze") on those. Paths count from where the user typed.
import './node-version.js';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { buildIfChanged } from './build.js';
import { inRoot, run, runForTerminal, tool } from './run.js';
import { installPackages } from './set-up.js';

const STARTING_CASE = 'sf-l23-four-clients';

const typedIn = process.env.INIT_CWD ?? process.cwd();
const args = process.argv.slice(2);

installPackages();
await buildIfChanged().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
mkdirSync(inRoot('reports'), { recursive: true });
process.exitCode = await (args.length === 0 ? analyzeSample() : analyzeFiles());

function analyzeSample() {
  const folder = inRoot('samples', STARTING_CASE);
  const captures = readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name));
  return analyze(captures.sort(), STARTING_CASE, folder);
}

function analyzeFiles() {
  const help = args.some((arg) => ['-h', '--help', '--version'].includes(arg));
  return help ? run(...tool.lacpscope('analyze', ...args)) : analyze(args, nameOf(args), typedIn);
}

async function analyze(words, name, cwd) {
  const report = inRoot('reports', `${name}.html`);
  const own = words.some((word) => word === '--report' || word.startsWith('--report='));
  const began = Date.now();
  const line = tool.lacpscope('analyze', ...words, ...(own ? [] : ['--report', report]));
  const status = await runForTerminal(...line, { cwd });
  const written = statSync(report, { throwIfNoEntry: false });
  if (!own && written && written.mtimeMs >= began - 1000 && [0, 1, 4].includes(status)) {
    console.log(`\nReport: ${shortest(report)}`);
  }
  return status;
}

/** The report is called what the folder of the first capture is called. */
function nameOf(words) {
  for (const word of words) {
    const path = resolve(typedIn, word.replace(/^[\w.:/-]+=/, ''));
    const found = [resolve(typedIn, word), path].find((each) => statSync(each, { throwIfNoEntry: false })?.isFile());
    if (found !== undefined) return basename(dirname(found)).replaceAll(/[^\w.-]+/g, '_') || 'report';
  }
  return 'report';
}

function shortest(path) {
  const fromThere = relative(typedIn, path);
  return fromThere.startsWith('..') ? path : fromThere;
}
