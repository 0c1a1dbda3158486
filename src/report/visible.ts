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

/** The document with every text mapped, keys of records too: before anything is measured, cut to length or drawn. */
export function withTexts<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each) => withTexts(each, map)) as T;
  const mapped: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) mapped[map(key)] = withTexts(each, map);
  return mapped as T;
}
