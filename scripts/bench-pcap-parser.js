// A peer of the benchmark: reads captures with the npm package pcap-parser and counts packets and octets, nothing else.
import parser from 'pcap-parser';

for (const path of process.argv.slice(2)) {
  await new Promise((resolve, reject) => {
    let packets = 0;
    let octets = 0;
    parser
      .parse(path)
      .on('packet', ({ header }) => {
        packets++;
        octets += header.originalLength;
      })
      .on('error', reject)
      .on('end', () => resolve(console.log(`${path}: ${packets} packets, ${octets} octets`)));
  });
}
