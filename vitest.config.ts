import { defineConfig } from 'vitest/config';

const unit = ['test/unit/**/*.test.ts', 'test/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: {
          name: 'product',
          include: ['test/*/**/*.test.ts'],
          exclude: unit,
          globalSetup: 'test/package/build.ts',
        },
      },
    ],
  },
});
