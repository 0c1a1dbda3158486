/** Every header field of every frame of the corpus, against tshark. */
import { describe, expect, it } from 'vitest';
import { differences } from '../helpers/compare-dissection.js';
import { corpusFiles, corpusPath } from '../helpers/corpus.js';
import { dissect, LINK_OF } from '../helpers/dissect.js';
import { readFrames } from '../helpers/pcap-frames.js';
import { noTshark } from '../helpers/tshark.js';
import { readingOf, tsharkFrames } from '../helpers/tshark-layers.js';

/** Frames on which the two differ, why, and who is right. `*`: all frames of the file that differ. */
const EXPLAINED: Readonly<Record<string, { readonly frames: string; readonly why: string }>> = {
  'l2/AlexeyVasilev-PcapFlowLab__10_pbb_outer_btag_inner_vlan_ipv4_tcp.pcap': {
    frames: '1',
    why: 'tshark shows the customer addresses of 802.1ah as fields of their own, not as a second Ethernet header; both are right',
  },
  'l3/the-tcpdump-group-tcpdump__ipv6_mobility_1.pcap': {
    frames: '*',
    why: 'the Mobility header (135) is an extension header (RFC 6275): what follows it is the protocol; tshark ends there',
  },
  'tunnels/AlexeyVasilev-PcapFlowLab__17_vxlan_udp_port_and_header_matrix.pcap': {
    frames: '2 3 4',
    why: 'frame 2 goes to 8472, Linux’s default port, which tshark does not decode; 3 has its port as source only; 4 lacks the I flag, so a receiver discards it (RFC 7348)',
  },
  'tunnels/arkime-arkime__arkime_synthetic.pcap': {
    frames: '623',
    why: 'only the source port is that of Geneve: receivers listen on the destination port (RFC 8926)',
  },
  'tunnels/the-tcpdump-group-tcpdump__mpls-over-udp.pcap': {
    frames: '1 2',
    why: 'MPLS in UDP (RFC 7510) is not read: its flows are told by the outer headers',
  },
  'tunnels/the-tcpdump-group-tcpdump__vxlan_port_8472.pcap': {
    frames: '*',
    why: 'VXLAN on 8472, Linux’s default port, which tshark does not decode',
  },
};

const files = corpusFiles().filter(
  ({ file, format, frames, expected_frames }) =>
    !/\.(gz|zst)$/.test(file!) && format!.includes('pcap') && frames === expected_frames && frames !== '0',
);

describe.skipIf(noTshark || files.length === 0)(
  'tshark reads the same headers (needs tshark, LACPSCOPE_SHARED)',
  () => {
    let compared = 0;
    it.each(files)('$file', (row) => {
      const frames = readFrames(corpusPath(row));
      if (!frames.every(({ linkType }) => linkType in LINK_OF)) return; // refused by name, see the corpus test
      const theirs = tsharkFrames(corpusPath(row));
      expect(theirs.length).toBe(frames.length);
      const explained = EXPLAINED[row.file!];
      const found: string[] = [];
      for (const [i, frame] of theirs.entries()) {
        const { bytes, wireLength, linkType } = frames[i]!;
        if (frame.broken) continue;
        const differ = differences(dissect(bytes, Math.max(wireLength, bytes.length), linkType), readingOf(frame));
        compared++;
        if (differ.length > 0) found.push(`${frame.number}`);
        const known =
          explained !== undefined &&
          (explained.frames === '*' || explained.frames.split(' ').includes(`${frame.number}`));
        if (!known) expect(differ, `frame ${frame.number}`).toEqual([]);
      }
      // An explanation that explains nothing is out of date.
      if (explained !== undefined && explained.frames !== '*') expect(found.join(' ')).toBe(explained.frames);
      else if (explained !== undefined) expect(found.length).toBeGreaterThan(0);
    });

    it('compares nearly all frames', () => {
      expect(compared).toBeGreaterThan(50_000);
    });
  },
);
