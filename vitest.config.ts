import { defineConfig } from 'vitest/config';

const unit = ['test/unit/**/*.test.ts', 'test/*.test.ts'];
const command = ['test/cli/**/*.test.ts', 'test/package/**/*.test.ts', 'test/browser/**/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: unit } }, // what npm run check runs
      { extends: true, test: { name: 'suites', include: ['test/*/**/*.test.ts'], exclude: [...unit, ...command] } },
      { extends: true, test: { name: 'command', include: command, globalSetup: 'test/package/build.ts' } },
    ],
  },
});
