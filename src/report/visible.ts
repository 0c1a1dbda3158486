/**
 * Text from packets is hostile: control characters, bidirectional marks and other invisible ones are shown by their code
 * point instead of taking effect, in every view.
 */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text; // nearly all there is
  return text.replace(INVISIBLE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

const PLAIN = /^[ -~]*$/;

// Control characters, line and paragraph separators, bidirectional and zero-width formatting, tags, lone surrogates.
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/**
 * The document with every text mapped, keys of records too: before anything is measured, cut to length or drawn. What the map
 * leaves as it is, nearly everything, is not copied.
 */
export function withTexts<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (value === null || typeof value !== 'object') return value;
  return (
    Array.isArray(value) ? listWithTexts(value, map) : recordWithTexts(value as Record<string, unknown>, map)
  ) as T;
}

function listWithTexts(list: readonly unknown[], map: (text: string) => string): readonly unknown[] {
  let mapped: unknown[] | null = null;
  for (let i = 0; i < list.length; i++) {
    const each = list[i];
    if (typeof each === 'number') continue;
    const made = withTexts(each, map);
    if (made === each) continue;
    mapped ??= [...list];
    mapped[i] = made;
  }
  return mapped ?? list;
}

function recordWithTexts(record: Readonly<Record<string, unknown>>, map: (text: string) => string): object {
  let mapped: Record<string, unknown> | null = null;
  for (const key in record) {
    const each = record[key];
    const name = map(key);
    const made = typeof each === 'number' ? each : withTexts(each, map);
    if (mapped === null && name === key && made === each) continue;
    mapped ??= upTo(key, record);
    mapped[name] = made;
  }
  return mapped ?? record;
}

function upTo(end: string, record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(record);
  return Object.fromEntries(
    entries.slice(
      0,
      entries.findIndex(([key]) => key === end),
    ),
  );
}
