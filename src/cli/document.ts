/** A saved analysis: read, and refused with a reason where it is none. */

import { readFileSync } from 'node:fs';
import { type Analysis, analysisSchema } from '../document/schema.js';
import { CaptureError } from '../errors.js';
import { VERSION } from '../version.js';

const SCHEMA = 'lacpscope/analysis@1';

export function readDocument(path: string): Analysis {
  const source = path === '-' ? 'standard input' : path;
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [problem, remedy] =
      code === 'ENOENT'
        ? ['no such file', 'Check the name; paths count from the folder you are in.']
        : [message, 'Check the permissions.'];
    throw new CaptureError('document-unreadable', { source }, problem!, remedy!);
  }
  const refuse = (problem: string, remedy = 'Give what "lacpscope analyze --json" or "--save" wrote.') =>
    new CaptureError('document-invalid', { source }, problem, remedy);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(text.trim() === '' ? 'empty, not an analysis document' : `not JSON: ${(error as Error).message}`);
  }
  const { schema, tool } = Object(value) as { schema?: unknown; tool?: { version?: unknown } };
  if (typeof schema === 'string' && schema.startsWith('lacpscope/') && schema !== SCHEMA) {
    throw refuse(
      `a document of the version ${schema}, not ${SCHEMA}`,
      'Analyse the captures again with this lacpscope.',
    );
  }
  const read = analysisSchema.safeParse(value);
  // As it was written, not as the schema copies it: its order is part of a report that always has the same bytes. What an older
  // version did not write is added.
  if (read.success) return withDefaults(value, read.data) as Analysis;
  const [issue] = read.error.issues;
  const by = tool?.version;
  throw refuse(
    `not an analysis document: ${issue!.path.join('.') || 'top level'}: ${issue!.message}`,
    typeof by === 'string' && by !== VERSION
      ? `It is of lacpscope ${by}, this is ${VERSION}: analyse the captures again.`
      : undefined,
  );
}

/** Adds to `written` what `read`, the same with the schema's defaults, has beyond it. */
function withDefaults(written: unknown, read: unknown): unknown {
  if (typeof written !== 'object' || written === null || typeof read !== 'object' || read === null) return written;
  const [into, from] = [written as Record<string, unknown>, read as Record<string, unknown>];
  for (const key of Object.keys(from)) into[key] = key in into ? withDefaults(into[key], from[key]) : from[key];
  return into;
}
