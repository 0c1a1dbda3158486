import { UsageError } from '../errors.js';
import { PORTS } from './layout.js';

/** The member ports of a pass, in the order in which the inputs name them. */
export class PortRegistry {
  readonly names: string[] = [];

  /** @param onNew is told how many there are now; @param ignored names whose frames are counted, and not read */
  constructor(
    readonly capacity: number,
    readonly onNew: (ports: number) => void = () => {},
    readonly ignored: ReadonlySet<string> = new Set(),
  ) {}

  isIgnored(port: number): boolean {
    return this.ignored.has(this.names[port]!);
  }

  /** @returns the index of the port, which is new if the name is. */
  indexOf(name: string): number {
    const known = this.names.indexOf(name);
    if (known >= 0) return known;
    if (this.names.length >= this.capacity) {
      throw new UsageError(
        `more than ${this.capacity} member ports (the next one would be ${name}); a LAG has at most ${PORTS} here.\n` +
          '  Give the ports of one LAG only, or name the inputs: igb0=FILE igb1=FILE',
      );
    }
    this.names.push(name);
    this.onNew(this.names.length);
    return this.names.length - 1;
  }
}

/**
 * `trunk/igb0_00001_20140811184002.pcapng` is port igb0, and so is `igb0.pcap2`: folder, suffixes and the numbering of a ring of
 * files, dumpcap's or tcpdump's, come off.
 */
export function portNameOfFile(path: string): string {
  const base = withoutFolder(path);
  const name = base
    .replace(COMPRESSION, '')
    .replace(/(\.(?:pcapng|pcap|cap|dmp))\d+$/i, '$1')
    .replace(SUFFIXES, '')
    .replace(/_\d{5}_\d{14}$/, '');
  return name || base;
}

/** The same of files that are no ring, although they are numbered like one. */
export function numberedNameOfFile(path: string): string {
  const base = withoutFolder(path);
  return base.replace(SUFFIXES, '') || base;
}

const COMPRESSION = /(\.(gz|zst|lz4))+$/i;
const SUFFIXES = /(\.(pcapng|pcap|cap|dmp|trc|ntar|gz|zst|lz4))+$/i;
const withoutFolder = (path: string) => path.slice(path.lastIndexOf('/') + 1);
