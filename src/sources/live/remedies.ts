/** What lets a user capture, in one line. */
import { quoted } from '../quoted.js';

export function permissionRemedy(platform: string = process.platform, node: string = process.execPath): string {
  if (platform === 'linux') {
    return (
      `Run it with sudo, or let this Node.js capture: sudo setcap cap_net_raw,cap_net_admin+eip ${quoted(node)}\n` +
      "  Where you may use dumpcap: lacpscope analyze eth0='|dumpcap -q -P -s 128 -i eth0 -w -' …"
    );
  }
  return 'Run it with sudo or doas, or let your group read /dev/bpf*: chgrp wheel /dev/bpf* && chmod g+r /dev/bpf*';
}
