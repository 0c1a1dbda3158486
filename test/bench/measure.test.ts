import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../cli/lacpscope.js';

it('what is measured is the line alone, not what started the interpreter before it, as pyenv does', () => {
  const burn = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; // in a process of its own, that is waited for
  const measured = `(${burn}); times >&2; exec python3 "$0" true`;
  const { stderr } = spawnSync('bash', ['-c', measured, join(ROOT, 'scripts/measure.py')], { encoding: 'utf8' });
  const lines = stderr.trim().split('\n');
  const [user] = /[\d.]+(?=s )/.exec(lines.at(-2)!)!; // of its children, by the shell
  const { status, cpu } = JSON.parse(lines.at(-1)!);
  expect(status).toBe(0);
  expect(Number(user)).toBeGreaterThan(0.1);
  expect(cpu).toBeLessThan(Number(user) / 2);
});
