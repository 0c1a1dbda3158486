/** Commands that can be pasted. */
import type { Evidence } from '../document/schema.js';

/** A name as a shell takes it whole, whatever is in it. */
export const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function opens({ source, frame }: Evidence): string {
  return frame === null ? `wireshark -r ${quoted(source)}` : `wireshark -r ${quoted(source)} -g ${frame}`;
}
