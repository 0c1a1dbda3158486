/** Capture files of other projects with the counts of other tools; outside of the repo (LACPSCOPE_SHARED). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const corpusFolder = join(process.env.LACPSCOPE_SHARED ?? '', 'corpus');

/** A row of the manifest, by the names of its columns. */
export type CorpusFile = Readonly<Record<string, string>>;

export function corpusFiles(): CorpusFile[] {
  if (!process.env.LACPSCOPE_SHARED || !existsSync(corpusFolder)) return [];
  const lines = readFileSync(join(corpusFolder, 'MANIFEST.tsv'), 'utf8').trimEnd().split('\n');
  const [head, ...rows] = lines.map((line) => line.split('\t'));
  return rows.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i] ?? ''])));
}

export const corpusPath = (file: CorpusFile) => join(corpusFolder, file.file!);
