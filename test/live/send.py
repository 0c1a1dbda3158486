"""Sends the frames of captures on network interfaces, all of them in the order of time: send.py PORT=FILE... [--times N]
Frames that a capture cut are filled up with zeros."""
import socket
import struct
import sys

times = 1
lanes = []
for word in sys.argv[1:]:
    if word.startswith("--times="):
        times = int(word[8:])
        continue
    port, path = word.split("=", 1)
    data = open(path, "rb").read()
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((port, 0))
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        seconds, part, captured, wire = struct.unpack_from(order + "IIII", data, at)
        frame = data[at + 16 : at + 16 + captured]
        lanes.append((seconds, part, len(lanes), out, frame + bytes(max(0, wire - captured))))
        at += 16 + captured
lanes.sort(key=lambda each: each[:3])
sent = 0
for _ in range(times):
    for _, _, _, out, frame in lanes:
        while True:
            try:
                out.send(frame)
                break
            except OSError as error:
                if error.errno != 105:  # ENOBUFS: the other end is busy
                    raise
        sent += 1
print(sent)
