import { readFileSync } from 'node:fs';

/** The version of the package, from its own package.json: beside src/ in the clone, beside dist/ where it is installed. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
