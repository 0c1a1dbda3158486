import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const unit = ['test/unit/**/*.test.ts', 'test/*.test.ts'];
const command = [
  'test/cli/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/live/**/*.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Of two processors the runner would use one, although many tests wait for frames, for Chromium or for a virtual machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // What npm run check runs. Nothing in it changes a global, and a thread of its own for each file took twice the time.
      { extends: true, test: { name: 'unit', include: unit, pool: 'threads', isolate: false } },
      { extends: true, test: { name: 'suites', include: ['test/*/**/*.test.ts'], exclude: [...unit, ...command] } },
      { extends: true, test: { name: 'command', include: command, globalSetup: 'test/package/build.ts' } },
    ],
  },
});
