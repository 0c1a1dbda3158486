/** FreeBSD, OpenBSD, NetBSD and macOS: what ifconfig prints of all interfaces. */
import type { NetworkInterface } from './interface.js';

const HEAD = /^([\w.:-]+?):? flags=[0-9a-f]+<([^>]*)>/;
/** lagg of FreeBSD, trunk and aggr of OpenBSD, lagg and agr of NetBSD; macOS has all on one line. */
const MEMBER = /^\s+(?:laggport:?|trunkport:?|agrport:?)\s+([\w.-]+)/;
const MEMBERS = /^\s+bond interfaces:\s*(.*)$/;
const PROTOCOL = /^\s+(?:laggproto|trunkproto|trunk:? *trunkproto|agrproto)\s+(\w+)/;
const STATUS = /^\s+status: (.*)$/;
const MEDIA = /\((\d+(?:\.\d+)?)(G?)base/i;

export function parseIfconfig(text: string): NetworkInterface[] {
  const found: Draft[] = [];
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line);
    if (head !== null) found.push(new Draft(head[1]!, head[2]!.split(',').includes('UP')));
    else found.at(-1)?.read(line);
  }
  return found.map((draft) => draft.done());
}

class Draft {
  #link: boolean | null = null;
  #bitsPerSecond: number | null = null;
  #kind: string | null = null;
  readonly #members: string[] = [];

  constructor(
    readonly name: string,
    readonly up: boolean,
  ) {}

  read(line: string): void {
    const [, member] = MEMBER.exec(line) ?? [];
    const [, several] = MEMBERS.exec(line) ?? [];
    const [, status] = STATUS.exec(line) ?? [];
    const [, speed, giga] = /^\s+media:/.test(line) ? (MEDIA.exec(line) ?? []) : [];
    if (member !== undefined) this.#members.push(member);
    if (several !== undefined) this.#members.push(...several.split(/\s+/).filter((each) => each !== ''));
    this.#kind = PROTOCOL.exec(line)?.[1] ?? this.#kind;
    if (status !== undefined) this.#link = status === 'active' || status === 'associated';
    if (speed !== undefined) this.#bitsPerSecond = Number(speed) * (giga === '' ? 1e6 : 1e9);
  }

  done(): NetworkInterface {
    const members = this.#members;
    const aggregate = members.length === 0 && this.#kind === null ? null : { kind: this.#kind ?? 'bond', members };
    return { name: this.name, up: this.up, link: this.#link, bitsPerSecond: this.#bitsPerSecond, aggregate };
  }
}
