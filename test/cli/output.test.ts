import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { analysisSchema } from '../../src/document/schema.js';
import { CAPTURES, documentOf, lacpscope, type Outcome, put, ROOT, withFolder } from './lacpscope.js';

const samples = ['sf-l23-four-clients', 'rr-pingpong', 'linkfail-l34'];
const inSample = (name: string, ...args: string[]) =>
  lacpscope(['analyze', ...CAPTURES, ...args], { cwd: join(ROOT, 'samples', name) });

describe('the document', () => {
  const schema = JSON.parse(readFileSync(join(ROOT, 'dist/analysis.schema.json'), 'utf8')) as object;
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

  it.each(samples)('of %s is what the published schema says, and nothing else', (name) => {
    const outcome = inSample(name, '--json');
    const document = documentOf(outcome);
    expect(validate(document), JSON.stringify(validate.errors?.slice(0, 5))).toBe(true);
    expect(analysisSchema.parse(document)).toEqual(document); // what the schema does not name is dropped by it
    expect(outcome.stdout.endsWith('}\n')).toBe(true);
    expect(outcome.stdout).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('is not whatever the schema accepts', () => {
    const document = documentOf(inSample('sf-l23-four-clients', '--json'));
    expect(validate({ ...document, inputs: undefined })).toBe(false);
    expect(validate({ ...document, schema: 'lacpscope/analysis@2' })).toBe(false);
    expect(validate({ ...document, later: 'a field that a later version adds' })).toBe(true);
  });
});

describe('the text', () => {
  let text: Outcome;
  beforeAll(() => {
    text = inSample('sf-l23-four-clients');
  });

  it('fits a terminal: 60 lines of 80 columns', () => {
    const lines = text.stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  });

  it('has no colour where there is no terminal, unless asked for', () => {
    expect(text.stdout.includes('\x1b')).toBe(false);
    expect(inSample('rr-pingpong', '--color', 'always').stdout.includes('\x1b[')).toBe(true);
    expect(inSample('rr-pingpong', '--color', 'never').stdout.includes('\x1b')).toBe(false);
  });

  it('is the verdict only with -q, and more with -v', () => {
    const lines = (outcome: Outcome) => outcome.stdout.split('\n').length;
    expect(lines(inSample('sf-l23-four-clients', '-q'))).toBeLessThan(lines(text));
    expect(lines(inSample('sf-l23-four-clients', '-v'))).toBeGreaterThan(lines(text));
  });
});

describe('the report', () => {
  it.each(samples)('of %s drawn from the document is the one drawn with it', (name) => {
    withFolder((folder) => {
      const [save, report] = [join(folder, 'a.json'), join(folder, 'a.html')];
      expect(inSample(name, '--save', save, '--report', report, '-q').status).toBe(0);
      const drawn = lacpscope(['report', save, '-o', join(folder, 'b.html')]);
      expect(drawn).toMatchObject({ status: 0, stdout: '' });
      const html = readFileSync(report, 'utf8');
      expect(readFileSync(join(folder, 'b.html'), 'utf8')).toBe(html);
      expect(lacpscope(['report', '-'], { input: readFileSync(save) }).stdout).toBe(html);
      expect(inSample(name, '--format', 'html').stdout).toBe(html);
      expect(readFileSync(save, 'utf8')).toBe(inSample(name, '--json').stdout);
      expect(html).toMatch(/^<!doctype html>/i);
    });
  });

  it.each([
    ['a capture', () => readFileSync(join(ROOT, 'samples/sf-l23-four-clients/igb0.pcap'))],
    ['nothing', () => ''],
    ['other JSON', () => '{"schema":"lacpscope/analysis@1"}'],
    ['a list', () => '[]'],
    ['half a document', () => inSample('rr-pingpong', '--json').stdout.slice(0, 1000)],
  ])('refuses %s', (_, content) => {
    withFolder((folder) => {
      const path = put(folder, 'x.json', content());
      const { status, stdout, stderr } = lacpscope(['report', path]);
      expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
      expect(stderr).toContain(path);
    });
  });

  it('refuses what is not there, and a folder', () => {
    withFolder((folder) => {
      expect(lacpscope(['report', join(folder, 'none.json')]).status).toBe(3);
      mkdirSync(join(folder, 'sub'));
      expect(lacpscope(['report', join(folder, 'sub')]).status).toBe(3);
    });
  });

  it('follows the suffix of -o', () => {
    withFolder((folder) => {
      expect(inSample('rr-pingpong', '-o', join(folder, 'a.html'))).toMatchObject({ status: 0, stdout: '' });
      expect(readFileSync(join(folder, 'a.html'), 'utf8')).toMatch(/^<!doctype html>/i);
      inSample('rr-pingpong', '-o', join(folder, 'a.json'));
      expect(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'))).toMatchObject({
        schema: 'lacpscope/analysis@1',
      });
    });
  });
});
