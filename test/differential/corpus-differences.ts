/** Where our counts differ from those of the corpus manifest: what, ours and theirs, why, and who is right. */
export const EXPLAINED: Readonly<Record<string, { readonly differ: readonly string[]; readonly why: string }>> = {
  'l3/ntop-nDPI__ip_fragmented_garbage.pcap': {
    differ: ['tcp_5tuples: 4, 0'],
    why: 'the data offset of these TCP headers is wrong, so tshark makes no conversation of them; a sender that hashes ports does not look at it',
  },
  'malformed/AlexeyVasilev-PcapFlowLab__17_ipv4_options_missing_length_byte_malformed.pcap': {
    differ: ['udp_outer: 1, 0'],
    why: 'tshark stops at the bad option; the header length says where UDP begins',
  },
  'malformed/AlexeyVasilev-PcapFlowLab__19_ipv4_snaplen_truncated_inside_options.pcap': {
    differ: ['udp_outer: 1, 0'],
    why: 'cut inside of the options: the IP header names UDP all the same',
  },
  'malformed/AlexeyVasilev-PcapFlowLab__22_ipv4_invalid_ihl_too_small.pcap': {
    differ: ['ipv4_outer: 0, 1'],
    why: 'a header length below 20 is no IPv4 header: undecodable',
  },
  'malformed/OISF-suricata-verify__frag-11.pcap': {
    differ: ['fragments: 1, 2'],
    why: 'the second one is quoted in an ICMPv6 error, not a fragment itself',
  },
  'malformed/ntop-nDPI__fuzz-2006-06-26-2594.pcap': {
    differ: ['ipv4_outer: 606, 613', 'ipv6_outer: 1, 0'],
    why: 'six IP headers of impossible version or length are undecodable; one frame of type IPv4 holds an IPv6 header',
  },
  'malformed/ntop-nDPI__fuzz-2006-09-29-28586.pcap': {
    differ: ['ipv4_outer: 123, 125', 'tcp_5tuples: 37, 36'],
    why: 'two IP versions that do not exist are undecodable; tshark makes no conversation of a TCP header with a wrong data offset',
  },
  'malformed/seladb-PcapPlusPlus__clusterfuzz-testcase-minimized-FuzzTarget-5755755617189888': {
    differ: ['octets: 3600161820, 2147745791'],
    why: 'a length is unsigned; tshark stops at 2^31 - 1',
  },
  'malformed/seladb-PcapPlusPlus__clusterfuzz-testcase-minimized-FuzzTarget-6604968558198784': {
    differ: ['octets: 4280295456, 2147483647'],
    why: 'a length is unsigned; tshark stops at 2^31 - 1',
  },
  'malformed/seladb-PcapPlusPlus__crash-8534c61cdf5987482365d7877ade12eef5aaf8b7': {
    differ: ['ipv4_outer: 0, 1'],
    why: 'behind more MPLS labels than the 16 that are read',
  },
  'malformed/seladb-PcapPlusPlus__ipv4-malformed.pcap': {
    differ: ['ipv4_outer: 1, 2', 'tcp_outer: 1, 0'],
    why: 'version 5 is undecodable; a total length of 11 denies the TCP header that the protocol field names',
  },
  'malformed/the-tcpdump-group-tcpdump__ipv6_frag6_negative_len.pcap': {
    differ: ['fragments: 1, 0'],
    why: 'a fragment header in a packet that is too short for it: tshark gives up on it',
  },
  'malformed/the-tcpdump-group-tcpdump__mptcp-dss-oobr.pcap': {
    differ: ['tcp_5tuples: 1, 0'],
    why: 'tshark gives up in the TCP options, before it makes a conversation',
  },
  'realworld/simsong-tcpflow__simson.pcap': {
    differ: ['tcp_5tuples: 10, 0'],
    why: 'cut inside of the TCP header, but behind the ports',
  },
  'tunnels/AlexeyVasilev-PcapFlowLab__24_vxlan_outer_ipv4_fragmentation.pcap': {
    differ: ['ipv4_outer: 3, 4', 'fragments: 3, 4'],
    why: 'the last frame holds fewer than 20 octets of its IP header',
  },
  'tunnels/AlexeyVasilev-PcapFlowLab__25_vxlan_outer_ipv6_fragmentation.pcap': {
    differ: ['ipv6_outer: 3, 4'],
    why: 'the last frame holds fewer than 40 octets of its IP header',
  },
  'tunnels/kbandla-dpkt__nb6-http.pcap': {
    differ: ['tcp_5tuples: 2, 3'],
    why: 'one conversation is inside of L2TP, which is not read',
  },
  'tunnels/slytechs-repos-jnetpcap-legacy__test-l2tp.pcap': {
    differ: ['tcp_5tuples: 0, 2', 'udp_5tuples: 1, 7'],
    why: 'the others are inside of L2TP, which is not read',
  },
  'tunnels/the-tcpdump-group-tcpdump__various_gre.pcap': {
    differ: ['cdp: 1, 3'],
    why: 'two are inside of GRE: they speak of another link',
  },
};

/** Files that are no capture, or have a link type that no LAG member has: what the refusal must name. */
export const REFUSED: Readonly<Record<string, string>> = {
  'formats/ITI-ICS-Security-Tools__control4-sample.pcap': 'IEEE802_15_4',
  'formats/OISF-suricata-verify__hdlc-http_1tx.pcap': 'C_HDLC',
  'formats/aircrack-ng-aircrack-ng__test1.pcap': 'IEEE802_11_RADIO',
  'formats/aircrack-ng-aircrack-ng__wep_64_ptw_01.cap': 'IEEE802_11',
  'formats/aircrack-ng-aircrack-ng__wpa-psk-linksys.cap': 'IEEE802_11',
  'formats/aircrack-ng-aircrack-ng__wpa.cap': 'PRISM_HEADER',
  'formats/boundary-wireshark__nfs.pcap': 'FDDI',
  'formats/cisco-mercury__quic_ppp.pcap': 'PPP',
  'formats/dotpcap-packetnet__80211_plus_radiotap_header.pcap': 'IEEE802_11_RADIO',
  'formats/mike01-pypacker__packets_btle.pcap': 'BLUETOOTH_LE_LL_WITH_PHDR',
  'formats/mike01-pypacker__packets_prism.pcap': 'PRISM_HEADER',
  'formats/mtottenh-pcapsql__netlink-conntrack.pcap': 'NETLINK',
  'formats/mtottenh-pcapsql__nflog-ebtables.pcapng': 'NFLOG',
  'formats/nfstream-nfstream__BGP_Cisco_hdlc_slarp.pcap': 'PPP',
  'formats/secdev-scapy__candump_uds_scanner.pcap.gz': 'CAN_SOCKETCAN',
  'formats/secdev-scapy__zigbee-join-authenticate.pcap': 'IEEE802_15_4_NOFCS',
  'formats/the-tcpdump-group-libpcap__bacnet-arcnet-linux.pcap': 'ARCNET_LINUX',
  'formats/the-tcpdump-group-libpcap__brcm-tag.pcap': 'DSA_TAG_BRCM',
  'formats/the-tcpdump-group-libpcap__http_PPI.pcap': 'PPI',
  'formats/the-tcpdump-group-libpcap__isup_load_generator.pcap': 'MTP2',
  'formats/the-tcpdump-group-tcpdump__isis_poi.pcap': 'JUNIPER_ETHER',
  'formats/the-tcpdump-group-tcpdump__ppp_error_hexdump.pcap': 'PPP_HDLC',
  'formats/the-tcpdump-group-tcpdump__ppp_ip_udp_dns.pcap': 'PPP_HDLC',
  'malformed/cilium-pwru__pcap-invalid-version-1.pcap': 'pcap version 1.4',
  'malformed/courvoif-pcap-file__little_endian_test001.pcapng': 'Git LFS pointer',
  'malformed/courvoif-pcap-file__little_endian_test016.pcapng': 'Git LFS pointer',
  'malformed/rshk-python-pcapng__test006.ntar': 'EN3MB',
  'malformed/rshk-python-pcapng__test007.ntar': 'EN3MB',
  'malformed/seladb-PcapPlusPlus__clusterfuzz-testcase-minimized-FuzzTarget-5165927376355328': 'BLUETOOTH_BREDR_BB',
  'malformed/the-tcpdump-group-tcpdump__802_15_4-oobr-2.pcap': 'IEEE802_15_4',
  'malformed/the-tcpdump-group-tcpdump__atm-oam-heapoverflow.pcap': 'SUNATM',
  'malformed/the-tcpdump-group-tcpdump__esis_snpa_asan.pcap': 'FRELAY',
  'malformed/the-tcpdump-group-tcpdump__heapoverflow-sl_if_print.pcap': 'SLIP',
  'malformed/the-tcpdump-group-tcpdump__hoobr_juniper2.pcap': 'JUNIPER_ATM1',
  'malformed/the-tcpdump-group-tcpdump__icmp6_nodeinfo_oobr.pcap': 'SLIP',
  'malformed/the-tcpdump-group-tcpdump__isis-extd-isreach-oobr.pcap': 'C_HDLC',
  'malformed/the-tcpdump-group-tcpdump__isis_stlv_asan.pcap': 'FRELAY',
  'malformed/the-tcpdump-group-tcpdump__mlppp-oobr.pcap': 'PPP',
  'malformed/the-tcpdump-group-tcpdump__vtp_asan.pcap': 'MFR',
};
