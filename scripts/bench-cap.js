// What a program that captures with the npm package cap does at least: it counts frames. bench-live.js compares with it.
import { createRequire } from 'node:module';

const { Cap } = createRequire(import.meta.url)('cap');
const cap = new Cap();
const frame = Buffer.alloc(65535); // cap writes into it, but does not keep it from being collected
let [frames, octets] = [0, 0];
cap.on('packet', (length) => {
  frames++;
  octets += length + frame.length - 65535;
});
cap.open(process.argv[2], '', 16 * 1024 * 1024, frame);
console.error('listening');
process.on('SIGINT', () => {
  console.error(`${frames} frames, ${octets} octets`);
  process.exit();
});
