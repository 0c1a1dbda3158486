"""Frames between a server and clients behind a switch, in all kinds that hash policies treat in different ways."""
import random
import struct

SERVER = "192.0.2.1"
CLIENTS = 16
VLAN = 7
TCP, UDP, ICMP, IPIP, GRE = 6, 17, 1, 4, 47


def octets(text, base=10, separator="."):
    return bytes(int(part, base) for part in text.split(separator))


def mac(text):
    return octets(text, 16, ":")


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(source, target, protocol, payload):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + source + target
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(source, target, protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + source + target + payload


def udp(source, target):
    return struct.pack(">HHHH", source, target, 8 + 18, 0) + bytes(18)


def tcp(source, target):
    return struct.pack(">HHIIBBHHH", source, target, 1, 1, 0x50, 0x10, 1000, 0, 0) + bytes(18)


def echo(identifier):
    return struct.pack(">BBHHH", 8, 0, 0, identifier, 1) + bytes(18)


def flows_of(server_mac):
    """Pairs of one frame of each flow as the server sends it and as the client does, and whether they are in a VLAN."""
    draw = random.Random(1)
    server, server6 = octets(SERVER), bytes.fromhex("20010db8") + bytes(11) + b"\1"
    made = []
    for number in range(CLIENTS):
        client_mac = bytes([2, 0x5E] + [draw.randrange(256) for _ in range(4)])
        client = octets(f"198.51.100.{draw.randrange(10, 250)}")
        client6 = server6[:12] + draw.randbytes(4)
        port = lambda: draw.randrange(1024, 65536)
        pairs = []  # (EtherType, from the server, from the client)
        for protocol, transport in [(UDP, udp)] * 3 + [(TCP, tcp)] * 3:
            a, b = port(), port()
            there, back = ipv4(server, client, protocol, transport(a, b)), ipv4(client, server, protocol, transport(b, a))
            pairs.append((0x0800, there, back, False))
            if len(pairs) % 3 == 0:
                pairs.append((0x0800, there, back, True))
        a, b = port(), port()
        pairs.append((0x86DD, ipv6(server6, client6, UDP, udp(a, b)), ipv6(client6, server6, UDP, udp(b, a)), False))
        query = echo(draw.randrange(65536))
        pairs.append((0x0800, ipv4(server, client, ICMP, query), ipv4(client, server, ICMP, query), False))
        for protocol, head in ((IPIP, b""), (GRE, b"\0\0\x08\0")):
            here, far = octets(f"10.1.0.{draw.randrange(256)}"), octets(f"10.2.0.{draw.randrange(256)}")
            inside = lambda x, y: head + ipv4(x, y, UDP, udp(4000, 5000))
            there, back = ipv4(server, client, protocol, inside(here, far)), ipv4(client, server, protocol, inside(far, here))
            pairs.append((0x0800, there, back, False))
        for kind, there, back, tagged in pairs:
            word = struct.pack(">H", kind)
            made.append((client_mac + server_mac + word + there, server_mac + client_mac + word + back, tagged))
    return made
