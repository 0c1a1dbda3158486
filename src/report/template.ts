/** HTML by tagged templates: every value is escaped unless it is HTML itself. */
import { visible } from './visible.js';

export class Html {
  constructor(readonly text: string) {}
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = strings[0] ?? '';
  values.forEach((value, i) => {
    text += textOf(value) + (strings[i + 1] ?? '');
  });
  return new Html(text);
}

function textOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(textOf).join('');
  return escaped(`${value}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escaped = (text: string) => visible(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

/** Text that is HTML by construction: a drawn chart. */
export const raw = (text: string) => new Html(text);

/** A document inside of a script element, in ASCII: nothing in it can end the element, begin a comment or turn text around. */
export function embeddedJson(value: unknown): Html {
  return raw(
    JSON.stringify(value).replace(
      /[<>&\u007f-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}
