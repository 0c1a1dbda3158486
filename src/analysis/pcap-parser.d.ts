declare module 'pcap-parser' {
  interface PcapPacket {
    readonly header: { readonly capturedLength: number; readonly originalLength: number };
  }
  interface Parser {
    on(event: 'packet', listener: (packet: PcapPacket) => void): this;
    on(event: 'end', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  const pcapParser: { parse(input: string): Parser };
  export default pcapParser;
}
