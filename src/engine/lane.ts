/** One input on its way through the engine: fills its bytes, reads the blocks that are rare, and knows where it is. */
import { identify } from '../capture-file/identify.js';
import { LINK_LAYER, linkTypeName } from '../capture-file/link-types.js';
import { PCAP_BEGINNING_OCTETS, PCAP_HEADER_OCTETS, readPcapHeader } from '../capture-file/pcap.js';
import {
  BLOCK_HEAD_OCTETS,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  type InterfaceDescription,
  readBlockHead,
  readInterfaceDescription,
  readInterfaceStatistics,
  SECTION_HEADER,
} from '../capture-file/pcapng.js';
import { CaptureError } from '../errors.js';
import type { Source } from '../sources/source.js';
import type { Core } from './core.js';
import { InterfaceTable } from './interfaces.js';
import { BLOCK, DAMAGE_REASONS, FORMAT, HEADROOM, INTERFACES, LANE, REGION, STATUS } from './layout.js';
import { type InputSummary, STOPPED } from './pass.js';
import { type PortRegistry, portNameOfFile } from './ports.js';
import { summarise, type Tally } from './tally.js';

export interface LaneSpec {
  /** The member port where the user named it, else null. */
  readonly portName: string | null;
  readonly source: Source;
  /** What the document calls it. */
  readonly label: string;
  /** Only the beginning is read: its end is no damage. */
  readonly partial: boolean;
  /** It is still being captured: a header without frames says enough to begin. */
  readonly goesOn?: boolean;
}

export class LaneReader {
  readonly #core: Core;
  readonly #at: number; // of its Lane structure
  readonly #interfaces: InterfaceTable;
  readonly #region: Uint8Array;
  readonly #regionView: DataView;
  readonly #regionAt: number;
  readonly #spec: LaneSpec;
  readonly #ports: PortRegistry;
  #format: 'pcap' | 'pcapng' = 'pcap';
  #damage: InputSummary['damage'] = null;
  #skip = 0; // octets of an unknown block still to come
  bytesRead = 0;

  constructor(core: Core, index: number, spec: LaneSpec, ports: PortRegistry) {
    this.#core = core;
    this.#at = core.area('lanes') + index * LANE.stride;
    this.#interfaces = new InterfaceTable(core, index);
    this.#regionAt = core.area('regions') + index * REGION;
    this.#region = core.bytes.subarray(this.#regionAt, this.#regionAt + REGION);
    this.#regionView = new DataView(core.bytes.buffer, this.#regionAt, REGION);
    this.#spec = spec;
    this.#ports = ports;
  }

  /** As the source knows; undefined where it knows nothing of the kind. */
  quietUntil(): number | null | undefined {
    return this.#spec.source.quietUntil?.();
  }

  /** What the engine asks for. */
  get status(): number {
    return this.#get(LANE.status);
  }

  /** Of the last record, nanoseconds since the epoch, or what was promised; 0 before either. */
  get lastNs(): bigint {
    return this.#core.view.getBigUint64(this.#at + LANE.lastTime, true);
  }

  get frames(): number {
    return this.#core.view.getUint32(this.#at + LANE.frames, true);
  }

  /** Reads the first block, finds out what it is, and prepares the engine for it. */
  async start(): Promise<void> {
    this.#set(LANE.head, HEADROOM);
    this.#set(LANE.tail, HEADROOM);
    this.#set(LANE.status, STATUS.wantBytes);
    const enough = this.#spec.goesOn === true ? PCAP_HEADER_OCTETS : PCAP_BEGINNING_OCTETS;
    while (this.#tail - this.#head < enough && (await this.#fill()) > 0);
    const head = this.#region.subarray(this.#head, this.#tail);
    const { name, compression } = this.#spec.source;
    this.#format = identify(name, head, head.byteLength < 28, compression);
    if (this.#format === 'pcap') this.#startPcap(head);
    else this.#set(LANE.format, FORMAT.pcapng);
    this.#set(LANE.status, STATUS.ready);
  }

  /** Does what the engine asks for; a promise only where bytes are not there yet. */
  answer(status: number): Promise<void> | undefined {
    if (status === STATUS.wantBytes) return this.#refill();
    if (status === STATUS.rareBlock) return this.#readRareBlock();
    if (status === STATUS.newInterface) this.#addInterface();
    if (status === STATUS.damaged) {
      const reason = DAMAGE_REASONS[this.#get(LANE.damage)] ?? DAMAGE_REASONS[0]!;
      this.#endDamaged(reason);
    }
    return undefined;
  }

  /** Nothing more is read: what is left is damage to whoever counts on it. */
  stop(): void {
    if (this.#get(LANE.status) !== STATUS.ended) this.#endDamaged(STOPPED);
  }

  /** Goes on after control frames were taken out of the engine's buffer. */
  resume(): void {
    if (this.#get(LANE.status) === STATUS.controlFull) this.#set(LANE.status, STATUS.ready);
  }

  /** One summary per member port of this source, in the order in which the ports appeared. */
  summaries(): InputSummary[] {
    this.#interfaces.count();
    const { tallies } = this.#interfaces;
    const byPort = new Map<number, Tally[]>();
    for (const tally of tallies) {
      const port = tally.port ?? this.#ports.indexOf(this.#portName(null, 0)); // without a frame
      byPort.set(port, [...(byPort.get(port) ?? []), tally]);
    }
    if (byPort.size === 0) {
      const port = this.#ports.indexOf(this.#portName(null, 0));
      return [summarise(this.#about(port), [])];
    }
    const unread = [...byPort.values()].flat().find((tally) => !tally.readable);
    if (unread !== undefined && tallies.every((tally) => !tally.readable)) {
      throw linkTypeRefused(this.#spec.source.name, unread.linkType ?? 'unknown');
    }
    return [...byPort].map(([port, tallies]) => summarise(this.#about(port), tallies));
  }

  #about(port: number) {
    return {
      source: this.#spec.label,
      port: this.#ports.names[port]!,
      format: this.#format,
      compression: this.#spec.source.compression ?? null,
      damage: this.#damage,
    };
  }

  // --- bytes -------------------------------------------------------------------------------------------------------

  get #head(): number {
    return this.#get(LANE.head);
  }

  get #tail(): number {
    return this.#get(LANE.tail);
  }

  #get(offset: number): number {
    return this.#core.view.getUint32(this.#at + offset, true);
  }

  #set(offset: number, value: number): void {
    this.#core.view.setUint32(this.#at + offset, value, true);
  }

  /** Octets of the stream before the engine's next record. */
  #position(): number {
    return this.bytesRead - (this.#tail - this.#head);
  }

  /** Moves what is left to the front and reads one block behind it. */
  #fill(): number | Promise<number> {
    const left = this.#tail - this.#head;
    const head = HEADROOM - left;
    this.#region.copyWithin(head, this.#head, this.#tail);
    this.#set(LANE.head, head);
    this.#set(LANE.tail, HEADROOM);
    const n = this.#spec.source.read(this.#region.subarray(HEADROOM, HEADROOM + BLOCK));
    return typeof n === 'number' ? this.#filled(n) : n.then((octets) => this.#filled(octets));
  }

  #filled(octets: number): number {
    this.bytesRead += octets;
    this.#set(LANE.tail, HEADROOM + octets);
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, octets);
      this.#skip -= skipped;
      this.#set(LANE.head, HEADROOM + skipped);
    }
    return octets;
  }

  #refill(): Promise<void> | undefined {
    const n = this.#fill();
    if (typeof n !== 'number') return n.then((octets) => this.#refilled(octets));
    this.#refilled(n);
    return undefined;
  }

  #refilled(octets: number): void {
    if (octets > 0) {
      this.#set(LANE.status, STATUS.ready);
      return;
    }
    const left = this.#tail - this.#head;
    const failure = this.#spec.source.failure ?? null;
    if (this.#spec.partial) this.#set(LANE.status, STATUS.ended);
    else if (failure !== null) this.#endDamaged(failure);
    else if (this.#spec.source.stopped === true) this.#set(LANE.status, STATUS.ended);
    else if (this.#skip > 0) this.#endDamaged(`the file ends inside a block, ${this.#skip} bytes early`);
    else if (left > 0) this.#endDamaged(`the file ends inside a record, after ${left} of its bytes`);
    else this.#set(LANE.status, STATUS.ended);
  }

  #endDamaged(reason: string): void {
    if (!this.#spec.partial) this.#damage = { offset: this.#position(), reason, framesBefore: this.frames };
    this.#set(LANE.status, STATUS.ended);
  }

  // --- what is rare ------------------------------------------------------------------------------------------------

  #startPcap(head: Uint8Array): void {
    const header = readPcapHeader(this.#spec.source.name, head);
    if (!LINK_LAYER.has(header.linkType)) throw linkTypeRefused(this.#spec.source.name, linkTypeName(header.linkType));
    this.#set(LANE.format, FORMAT.pcap);
    this.#set(LANE.swapped, header.swapped ? 1 : 0);
    this.#set(LANE.recordHeader, header.recordHeader);
    const old = header.lengths === 'swapped';
    this.#set(LANE.capturedAt, old ? 12 : 8);
    this.#set(LANE.wireAt, old ? 8 : 12);
    this.#set(LANE.mixed, header.lengths === 'swapped-if-longer' ? 1 : 0);
    this.#set(LANE.head, this.#head + PCAP_HEADER_OCTETS);
    this.#describe({
      linkType: header.linkType,
      snapLength: header.snapLength,
      name: null,
      speed: null,
      resolution: { base: 10, exponent: header.nanoseconds ? 9 : 6 },
      offsetSeconds: 0n,
    });
  }

  #readRareBlock(): Promise<void> | undefined {
    const available = this.#tail - this.#head;
    const head =
      available < BLOCK_HEAD_OCTETS ? null : readBlockHead(this.#regionView, this.#head, this.#get(LANE.swapped) === 1);
    if (head === null) {
      this.#endDamaged('no block of a pcapng starts here (its length or byte order is impossible)');
      return undefined;
    }
    const wanted =
      head.type === SECTION_HEADER || head.type === INTERFACE_DESCRIPTION || head.type === INTERFACE_STATISTICS;
    if (!wanted && head.length > HEADROOM - BLOCK_HEAD_OCTETS) {
      this.#skip = Math.max(0, head.length - available);
      this.#set(LANE.head, this.#head + Math.min(head.length, available));
      if (this.#skip > 0) return this.#refill();
      this.#set(LANE.status, STATUS.ready);
      return undefined;
    }
    if (head.length > HEADROOM - BLOCK_HEAD_OCTETS) {
      this.#endDamaged(`a block of type ${head.type} claims ${head.length} bytes`);
      return undefined;
    }
    if (head.length > available) return this.#refill();
    const block = new DataView(this.#core.bytes.buffer, this.#regionAt + this.#head, head.length);
    if (block.getUint32(head.length - 4, !head.swapped) !== head.length) {
      this.#endDamaged('the length at the end of the block differs from the one at its start');
      return undefined;
    }
    if (this.#take(head.type, block, head.swapped)) {
      this.#set(LANE.head, this.#head + head.length);
      this.#set(LANE.status, STATUS.ready);
    }
    return undefined;
  }

  #take(type: number, block: DataView, swapped: boolean): boolean {
    if (type === SECTION_HEADER) {
      const major = block.getUint16(12, !swapped);
      if (major !== 1) {
        this.#endDamaged(`pcapng version ${major}; version 1 is known`);
        return false;
      }
      this.#interfaces.harvest();
      this.#set(LANE.swapped, swapped ? 1 : 0);
    } else if (type === INTERFACE_DESCRIPTION) {
      if (this.#interfaces.full) {
        this.#endDamaged(`more than ${INTERFACES} interfaces in one section`);
        return false;
      }
      const description = readInterfaceDescription(block, swapped);
      if (description === null) {
        this.#endDamaged('an interface description is too short');
        return false;
      }
      this.#describe(description);
    } else if (type === INTERFACE_STATISTICS) {
      const statistics = readInterfaceStatistics(block, swapped);
      const tally = statistics === null ? undefined : this.#interfaces.tally(statistics.interface);
      if (statistics !== null && tally !== undefined) {
        tally.droppedByKernel = statistics.droppedByKernel ?? tally.droppedByKernel;
        tally.droppedByInterface = statistics.droppedByInterface ?? tally.droppedByInterface;
      }
    }
    return true;
  }

  #portName(interfaceName: string | null, number: number): string {
    if (this.#spec.portName !== null) return this.#spec.portName;
    if (interfaceName !== null && interfaceName !== '') return interfaceName;
    const file = portNameOfFile(this.#spec.label);
    return number === 0 ? file : `${file}#${number}`;
  }

  #describe(description: InterfaceDescription): void {
    const splits = LINK_LAYER.get(description.linkType) === 'cooked2' && this.#spec.portName === null;
    const port = splits ? null : this.#ports.indexOf(this.#portName(description.name, this.#interfaces.described));
    this.#interfaces.describe(description, port, port !== null && this.#ports.isIgnored(port));
  }

  /** A frame of an interface that none before it was of. Only its index is known (`ip link` shows it in front of the name). */
  #addInterface(): void {
    if (this.#interfaces.full) {
      this.#endDamaged(`more than ${INTERFACES} interfaces in one capture`);
      return;
    }
    const linkIndex = this.#get(LANE.linkIndex);
    const port = this.#ports.indexOf(`if${linkIndex}`);
    this.#interfaces.describeChild(this.#get(LANE.parent), linkIndex, port, this.#ports.isIgnored(port));
    this.#set(LANE.status, STATUS.ready);
  }
}

function linkTypeRefused(source: string, linkType: string): CaptureError {
  return new CaptureError(
    'link-type',
    { source },
    `its link type is ${linkType}; Ethernet, Linux cooked captures, BSD loopback and raw IP are read`,
    'Capture on each member port itself: tcpdump -i igb0 -w igb0.pcap',
  );
}
