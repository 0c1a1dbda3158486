// dist/: compiled TypeScript, what lies beside it in src/ (engine.wasm), the command in few files, and the published JSON Schema.
import './node-version.js';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot, isMain, run, tool } from './run.js';
import { installPackages } from './set-up.js';

const DIST = inRoot('dist');
const STAMP = '.built-from';
const OTHER_SOURCES = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.js'];

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
const PACKAGES = new Set(Object.keys({ ...dependencies, ...optionalDependencies }));

/** Builds unless dist/ was made from exactly these sources. */
export async function buildIfChanged() {
  const made = join(DIST, STAMP);
  if (existsSync(made) && readFileSync(made, 'utf8') === digestOfSources()) return;
  await build();
}

/** Into a folder aside first, so that dist/ is never half of one build and half of another. */
export async function build() {
  const aside = inRoot(`.dist-${process.pid}`);
  const digest = digestOfSources();
  try {
    const [node, args] = tool.tsc('-p', 'tsconfig.build.json', '--outDir', aside);
    if (run(node, args) !== 0) throw new Error('The sources do not compile, see above.');
    for (const path of sources('src').filter((file) => !file.endsWith('.ts'))) {
      const to = join(aside, path.slice('src/'.length));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(inRoot(path), to);
    }
    await writeSchemas(aside);
    await bundleCommand(aside);
    writeFileSync(join(aside, STAMP), digest);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(aside, DIST);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/**
 * The command, in place of dist/cli/: every run of it loads what an analysis needs, and from two hundred files that takes longer
 * than analysing a million frames. The library, and what is loaded by path, stay one file a module.
 */
async function bundleCommand(folder) {
  const { rolldown } = await import('rolldown');
  const cli = join(folder, 'cli');
  const bundle = await rolldown({
    input: ['main.js', 'analysis-thread.js', 'report-thread.js'].map((name) => join(cli, name)), // the others are threads'
    platform: 'node',
    external: (id) => PACKAGES.has(id.split('/')[0]),
    plugins: [{ name: 'modules-stay-where-they-are', transform: (code, id) => withUrlOf(relative(cli, id), code) }],
  });
  const { output } = await bundle.generate({ chunkFileNames: '[name].js' });
  await bundle.close();
  rmSync(cli, { recursive: true });
  mkdirSync(cli);
  for (const { fileName, code } of output) writeFileSync(join(cli, fileName), code);
  chmodSync(join(cli, 'main.js'), 0o755);
}

/** What a module looks for lies beside it, not beside the file it was put into. */
const withUrlOf = (path, code) =>
  code.includes('import.meta.url')
    ? code.replaceAll('import.meta.url', `new URL(${JSON.stringify(path)}, import.meta.url).href`)
    : null;

// Of what a reader must accept: within version 1 fields may be added, so an unknown one is no mistake.
async function writeSchemas(folder) {
  const { z } = await import('zod');
  const load = (name) => import(pathToFileURL(join(folder, 'document', name)).href);
  const { analysisSchema } = await load('schema.js');
  const { liveSchema } = await load('live-schema.js');
  const write = (name, title, schema) => {
    const text = JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2);
    writeFileSync(join(folder, name), `${text}\n`);
  };
  write('analysis.schema.json', 'lacpscope analysis document, version 1', analysisSchema);
  write('live.schema.json', 'lacpscope live stream, version 1: one line', liveSchema);
}

function digestOfSources() {
  const hash = createHash('sha256');
  for (const path of [...OTHER_SOURCES, ...sources('src')]) hash.update(`${path}\0`).update(readFileSync(inRoot(path)));
  return hash.digest('hex');
}

function sources(folder) {
  const entries = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((path) => path.slice(inRoot().length + 1)).sort();
}

if (isMain(import.meta.url)) {
  installPackages();
  const changed = process.argv.includes('--if-changed');
  await (changed ? buildIfChanged() : build()).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
