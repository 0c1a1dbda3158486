/** Link types by the names libpcap gives them (pcap-linktype(7)), of those that are met in the field. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'NULL'],
  [1, 'EN10MB'],
  [6, 'IEEE802_5'],
  [8, 'SLIP'],
  [9, 'PPP'],
  [10, 'FDDI'],
  [12, 'RAW'],
  [14, 'RAW'],
  [101, 'RAW'],
  [104, 'C_HDLC'],
  [105, 'IEEE802_11'],
  [107, 'FRELAY'],
  [108, 'LOOP'],
  [113, 'LINUX_SLL'],
  [117, 'PFLOG'],
  [119, 'PRISM_HEADER'],
  [127, 'IEEE802_11_RADIO'],
  [189, 'USB_LINUX'],
  [192, 'PPI'],
  [195, 'IEEE802_15_4'],
  [197, 'ERF'],
  [220, 'USB_LINUX_MMAPPED'],
  [228, 'IPV4'],
  [229, 'IPV6'],
  [239, 'NFLOG'],
  [249, 'USBPCAP'],
  [252, 'WIRESHARK_UPPER_PDU'],
  [253, 'NETLINK'],
  [276, 'LINUX_SLL2'],
]);

/** How frames begin, of the link types that are read. The raw ones name no version: the packet does. */
export type LinkLayer = 'ethernet' | 'ip' | 'loopback' | 'cooked' | 'cooked2';

/** 12 and 14 are what BSDs once wrote for RAW. */
export const LINK_LAYER: ReadonlyMap<number, LinkLayer> = new Map([
  [0, 'loopback'],
  [1, 'ethernet'],
  [12, 'ip'],
  [14, 'ip'],
  [101, 'ip'],
  [108, 'loopback'],
  [113, 'cooked'],
  [228, 'ip'],
  [229, 'ip'],
  [276, 'cooked2'],
]);

export const linkTypeName = (type: number): string => NAMES.get(type) ?? `link type ${type}`;
