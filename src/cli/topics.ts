export const TOPICS: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  capture: {
    title: 'How to capture the member ports',
    text: `
Capture each member port by itself, below the aggregate, all at the same time, for 65 s or more (LACP at its slow
rate speaks every 30 s). Headers are enough: a snap length of 128 bytes keeps the files small and drops few frames.

From another machine, over ssh; the server needs tcpdump only (an old FreeBSD will do):
  lacpscope capture --ssh root@server -i lagg0 -a duration:70 -w lag.pcapng --analyze
On the server itself, if it has Node.js; "lacpscope interfaces" says what stands in the way:
  lacpscope capture -i bond0 -a duration:70

With tcpdump, which every system has (FreeBSD, Linux, macOS), as root, one line per port in its own shell:
  tcpdump -n -s 128 -B 65536 -w igb0.pcap -i igb0
  tcpdump -n -s 128 -B 65536 -w igb1.pcap -i igb1     and so on; stop them all with Ctrl-C
Copy the files to a machine with Node.js and analyse them there:
  lacpscope analyze igb0.pcap igb1.pcap igb2.pcap igb3.pcap

With dumpcap (Wireshark), all ports in one file, drop counters included:
  dumpcap -s 128 -i igb0 -i igb1 -i igb2 -i igb3 -w lag.pcapng -a duration:70

Never capture the aggregate (lagg0, bond0) instead of its members: it does not tell which link a frame took.
Let traffic run while capturing: many connections, between several addresses, in the direction that is slow.
`,
  },
  directions: {
    title: 'Two directions, two choices',
    text: `
Every frame of a LAG is put on a link by its sender. From the switch to the server the switch chooses, from the
server to the switch the server does. The two choices share no setting and need not agree, so lacpscope judges each
direction by itself and says which side decides it. "iperf3 -c" sends to the server, "iperf3 -c -R" from it.
`,
  },
  'ping-pong': {
    title: 'Which flows ping-pong, and which only look like it',
    text: `
Frames of one connection, in one direction, on two or more links: that alone is a split, and most splits are innocent.
  P0  two captures hold the same frames             nothing is split
  P1  data on one link, acknowledgements on another normal: each end chooses for itself
  P2  several connections of one pair of hosts      normal: each is a flow of its own
  P3  IP fragments on another link than the rest    first fragments have ports, later ones have none
  P4  one move, no return                           as after the failure of a link
  P5  moves after pauses                            adaptive balancing (flowlets)
  P6  packet by packet                              round-robin: this reorders TCP
  P7  the link follows a field that changes         the hash reads what it should not
  P8  none of these                                 alternates, cause not visible
Only P5 to P8 are called ping-pong.
`,
  },
  verdicts: {
    title: 'What the words about header fields mean',
    text: `
  used                two flows that differ in that field alone took different links
  not used            enough flows that differ in it stayed together; the chance of that by luck stands beside it
  can't separate      it never changed without another field, so the two cannot be told apart in this capture
  not enough evidence it varied, but too little to say
  never varied        no statement
A fair hash is uneven with few flows: four clients use 2.7 of 4 links on average, and all share one link 1 time in 64.
`,
  },
  'what-if': {
    title: 'What another policy would give, and what is proven of it',
    text: `
The flows of the capture, by their octets, are laid over every known policy. A published formula is exact, up to the
order of the links behind its buckets. Where a formula or its seed is not public, 200 random tables over the flows
that it cannot tell apart give the mean, and the range that holds nine of ten of them.
  links busy       those with at least 1 % of their fair share
  effective links  so many equally loaded links would carry as diverse a load
"predict" is certain of keys that were seen. A rule predicts if it was right about flows it was not fitted on and all
rules that fit as well agree. "plan" makes addresses or ports from such a rule, and none without it. Both hold while
the links and the sender's setting stay as they were; FreeBSD draws a new key when the lagg is made anew.
`,
  },
  exit: {
    title: 'Exit statuses',
    text: `
    0  the analysis is finished, whatever it found
    1  --fail-on: a finding is that severe or worse
    2  wrong usage
    3  an input cannot be read, is empty or is no capture (nothing is analysed then); a document is none; the output
       cannot be written
    4  read and counted, but nothing can be said of a LAG: a single port, no traffic, no time in common; no flow
       could be predicted, no plan made
    5  no permission to capture
   70  a bug of lacpscope
  130  interrupted before there was a result
A capture that is cut off or damaged is analysed up to there: status 0, and a warning on standard error.
`,
  },
};
