/** Text that was given in the place of a capture: which kind, so that the remedy fits. */

export interface TextKind {
  readonly what: string;
  readonly remedy: string;
}

const SAMPLE = 512;
const GIVE_CAPTURE = 'Give the file that tcpdump -w or dumpcap wrote, not what was printed.';
const FROM_HEX =
  'Give the capture it was printed from; if there is none left, text2pcap makes one of a hexdump, without the times.';

const KINDS: readonly (TextKind & { readonly pattern: RegExp })[] = [
  {
    pattern: /^\s*<(!doctype html|html|\?xml[^>]*>\s*<(!doctype )?html)/i,
    what: 'an HTML page',
    remedy:
      'A download gave an error or a login page in the place of the file. Open it in a browser, then fetch the file again.',
  },
  {
    pattern: /^\s*<\?xml|^\s*<(pdml|psml)\b/i,
    what: 'XML',
    remedy: 'tshark -T pdml prints; tshark -w FILE keeps the capture that lacpscope reads.',
  },
  {
    pattern: /^\s*[[{]\s*["{[\]}]/,
    what: 'JSON',
    remedy: 'tshark -T json prints; tshark -w FILE keeps the capture that lacpscope reads.',
  },
  {
    pattern: /^\s*"?_?(ws\.col|frame|ip|eth|tcp|udp|No)\.?[\w.]*"?[,\t|;]/,
    what: 'a table of packets',
    remedy: 'tshark -T fields prints; tshark -w FILE keeps the capture that lacpscope reads.',
  },
  {
    pattern: /^\+-{9}\+-{15}\+-{10}\+/,
    what: 'a K12 capture as text',
    remedy: 'Convert it first: editcap -F pcapng FILE converted.pcapng',
  },
  {
    pattern:
      /^\s*(tcpdump|reading from file|Running as user|Capturing on|\d+ +\d+\.\d{6,9} |\d\d:\d\d:\d\d\.\d+ |\d+\.\d{6,9} |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ )/,
    what: 'what tcpdump or tshark printed',
    remedy: 'Write a file in the place of it: tcpdump -n -s 128 -i igb0 -w igb0.pcap',
  },
  { pattern: /^\s*(0x)?[0-9a-f]{4,8}:?\s+([0-9a-f]{2} ?[0-9a-f]{2}\s){4}/i, what: 'a hexdump', remedy: FROM_HEX },
];

/** @returns null for what is no text */
export function textKind(head: Uint8Array): TextKind | null {
  const text = decoded(head.subarray(0, SAMPLE));
  if (text === null) return null;
  return KINDS.find(({ pattern }) => pattern.test(text)) ?? { what: 'text', remedy: GIVE_CAPTURE };
}

/** ASCII, UTF-8 and, with its mark, UTF-16; null where control characters say that it is something else. */
function decoded(sample: Uint8Array): string | null {
  if (sample.length === 0) return null;
  const wide =
    sample[0] === 0xff && sample[1] === 0xfe
      ? 'utf-16le'
      : sample[0] === 0xfe && sample[1] === 0xff
        ? 'utf-16be'
        : null;
  // The sample may end inside a character.
  const text = new TextDecoder(wide ?? 'utf-8').decode(sample, { stream: true });
  return /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]/.test(text) ? null : text;
}
