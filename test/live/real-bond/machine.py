"""What runs as init of a machine with real bonds: a server and a switch, each a network namespace, four links between them.

Writes what the kernel says of its bonds, and captures, into the folder it is given: machine.py FOLDER NODE MAIN
The names of the server's ports are those of the captures. The root of the host is there, read-only."""
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(__file__))
from frames import VLAN, flows_of, mac

FOLDER, NODE, MAIN = sys.argv[1:4]
LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE = 313  # of x86-64, which is what there is User Mode Linux for
LINKS = range(4)
CABLES = [2, 0, 3, 1]  # the switch's port behind each of the server's: which number is whose shows
LOST = 2
MACS = {"server": "02:00:00:00:0a:1%d", "switch": "02:00:00:00:0b:2%d"}
PORTS = {"server": "e%d", "switch": "s%d"}
POLICIES = ["layer2", "layer2+3", "layer3+4", "encap2+3", "vlan+srcmac"]
os.environ.update(PATH="/usr/sbin:/usr/bin:/sbin:/bin", HOME=FOLDER, TMPDIR=FOLDER)
BEGAN = time.monotonic()


def say(*words):
    print(f"[{time.monotonic() - BEGAN:6.2f}]", *words, flush=True)


def sh(line, **options):
    return subprocess.run(["sh", "-ec", line], check=True, text=True, capture_output=True, **options).stdout


def load(*names):
    """Modules and what they need; kmod may not be installed."""
    base = f"/usr/lib/uml/modules/{os.uname().release}/"
    needs = dict(line.split(":") for line in open(base + "modules.dep").read().splitlines())
    for name in names:
        path = next(each for each in needs if each.endswith(f"/{name}.ko"))
        for each in [*reversed(needs[path].split()), path]:
            with open(base + each, "rb") as file:
                if LIBC.syscall(FINIT_MODULE, file.fileno(), b"", 0) != 0 and ctypes.get_errno() != 17:  # EEXIST
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), each)


class Side:
    """The server (the namespace of this process), or the switch."""

    def __init__(self, name, pid=None):
        self.name = name
        self.prefix = "" if pid is None else f"nsenter -t {pid} --net --mount "
        self.namespace = os.open(f"/proc/{pid or 'self'}/ns/net", os.O_RDONLY)
        self.ports = [PORTS[name] % n for n in LINKS]
        self.mac = MACS[name] % 0
        self.address = "192.0.2.1" if pid is None else "192.0.2.2"

    def sh(self, line):
        return sh(f"{self.prefix}sh -ec '{line}'")

    def start(self, *command, **options):
        return subprocess.Popen([*self.prefix.split(), *command], text=True, **options)

    def bond(self, options):
        enslave = "".join(f"ip link set {port} down; ip link set {port} master bond0;" for port in self.ports)
        up = "".join(f"ip link set {port} up;" for port in self.ports)
        self.sh(
            "ip link del bond0 2>/dev/null || true;"
            f"ip link add bond0 type bond miimon 50 {options}; {enslave} ip link set bond0 up; {up}"
            f"ip addr add {self.address}/24 dev bond0;"
            f"ip link add link bond0 name bond0.{VLAN} type vlan id {VLAN}; ip link set bond0.{VLAN} up"
        )

    def proc(self):
        return self.sh("cat /proc/net/bonding/bond0")

    def sender(self, device):
        os_setns(self.namespace)
        out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        out.bind((device, 0))
        os_setns(SERVER.namespace)
        return out


def os_setns(descriptor):
    if LIBC.setns(descriptor, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Traffic:
    """Every flow once a round, in both directions."""

    def __init__(self, every=1):
        self.frames = []
        senders = {(side.name, tagged): side.sender(f"bond0.{VLAN}" if tagged else "bond0") for side in SIDES for tagged in (0, 1)}
        for there, back, tagged in flows_of(mac(SERVER.mac))[::every]:
            self.frames.append((senders["server", tagged], there))
            self.frames.append((senders["switch", tagged], back))

    def rounds(self, count=1, pause=0.0):
        for _ in range(count):
            for out, frame in self.frames:
                out.send(frame)
            time.sleep(pause)


def keep(name, text):
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def keep_states(when):
    for side in SIDES:
        keep(f"{when}/{side.name}.txt", side.proc())


def until(what, is_so, seconds=20.0):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            keep_states("stuck")
            raise TimeoutError(what)
        time.sleep(0.05)
    say(what)


def settled():
    """Every port of both sides, and what each hears of its partner: active, short timeout, in sync, collecting, distributing."""
    states = [state for side in SIDES for state in re.findall(r"port state: (\d+)", side.proc())]
    return states == ["63"] * 4 * len(LINKS)


class Captured:
    """The server's ports by tcpdump while something is sent."""

    def __init__(self, folder):
        os.makedirs(os.path.join(FOLDER, folder), exist_ok=True)
        self.children = []
        for port in SERVER.ports:
            words = f"tcpdump -Z root --immediate-mode -U -i {port} -s 128 --time-stamp-precision=nano -w {FOLDER}/{folder}/{port}.pcap"
            child = SERVER.start(*words.split(), stderr=subprocess.PIPE)
            self.children.append(child)
        for child in self.children:
            while "listening" not in child.stderr.readline():
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        time.sleep(0.3)  # until the last block is handed over
        for child in self.children:
            child.terminate()
        for child in self.children:
            said = child.stderr.read()
            child.wait()
            if "\n0 packets dropped by kernel" not in said:
                raise RuntimeError(f"tcpdump: {said}")


class Recorded:
    """The members of the bond by lacpscope."""

    def __init__(self, file):
        words = [NODE, MAIN, "capture", "-i", "bond0", "-w", os.path.join(FOLDER, file)]
        self.child = SERVER.start(*words, stderr=subprocess.PIPE)
        self.said = ""
        while "Capturing" not in self.said:
            line = self.child.stderr.readline()
            if line == "":
                raise RuntimeError(f"lacpscope: {self.said}")
            self.said += line
        self.name = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGINT)
        self.said += self.child.stderr.read()
        keep(f"{self.name}.stderr", f"{self.said}\nstatus {self.child.wait()}\n")


class LookedAt:
    """The members of the bond by lacpscope live, at the same time."""

    def __init__(self, file):
        self.lines = open(os.path.join(FOLDER, f"{file}.ndjson"), "w")
        words = [NODE, MAIN, "live", "-i", "bond0", "--save", os.path.join(FOLDER, file)]
        self.child = SERVER.start(*words, stdout=self.lines, stderr=subprocess.STDOUT)
        until("live looks", lambda: os.path.getsize(self.lines.name) > 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGINT)
        self.child.wait()
        self.lines.close()


def mount(what, kind, where, options=""):
    if LIBC.mount(what.encode(), where.encode(), kind.encode(), 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {where}")


def set_up():
    global SERVER, SWITCH, SIDES
    mount("proc", "proc", "/proc")
    mount("sysfs", "sysfs", "/sys")
    mount("none", "hostfs", FOLDER, FOLDER)
    load("veth", "bonding", "8021q")
    sh("ip link set lo up")
    bare = "mount -t sysfs sysfs /sys; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; echo ready; exec sleep 100000"
    holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-ec", bare], stdout=subprocess.PIPE)
    holder.stdout.readline()
    sh("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
    SERVER, SWITCH = Side("server"), Side("switch", holder.pid)
    SIDES = [SERVER, SWITCH]
    for n in LINKS:
        here, far = (f"{PORTS[name] % i} address {MACS[name] % i}" for name, i in (("server", n), ("switch", CABLES[n])))
        sh(f"ip link add {here} type veth peer name {far} netns {holder.pid}")
    say("ports are there")


def links_by_policy():
    """Server and switch choose by different policies, so each is asked of both directions."""
    traffic = Traffic()
    for n, policy in enumerate(POLICIES):
        for side, own in ((SERVER, policy), (SWITCH, POLICIES[n - 1])):
            side.sh(f"ip link set bond0 type bond xmit_hash_policy {own}")
        with Captured(f"policies/{policy}"):
            traffic.rounds(3)
        keep(f"policies/{policy}/policies.json", json.dumps({"egress": policy, "ingress": POLICIES[n - 1]}))
        say(policy)


def connections():
    """Of the machine itself: many TCP connections at once, most of whose frames are larger than any wire's."""
    for side in SIDES:
        side.sh("ip link set bond0 type bond xmit_hash_policy layer3+4")
    with Captured("connections"):
        server = SERVER.start("iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
        until("iperf3 listens", lambda: ":5201" in SERVER.sh("ss -Htln"))
        SWITCH.sh(f"iperf3 -c {SERVER.address} -P 24 -t 1 -b 2M")
        server.wait()
    say("connections")


def failover():
    traffic = Traffic(every=4)
    times = {}
    with LookedAt("failover.live.json"), Recorded("failover.pcapng"):
        traffic.rounds(15, 0.1)
        times["down"] = time.time()
        SWITCH.sh(f"ip link set s{CABLES[LOST]} down")
        traffic.rounds(3, 0.1)
        times["away"] = time.time()
        traffic.rounds(17, 0.1)
        keep_states("failover/down")
        times["up"] = time.time()
        SWITCH.sh(f"ip link set s{CABLES[LOST]} up")
        until("all ports are aggregated again", lambda: traffic.rounds(1, 0.1) or settled())
        traffic.rounds(3, 0.1)
        times["back"] = time.time()
        traffic.rounds(17, 0.1)
        keep_states("failover/up")
    keep("failover/times.json", json.dumps(times))
    say("failover")


def round_robin():
    for side in SIDES:
        side.bond("mode balance-rr")
    until("all links are up", lambda: all(side.proc().count("MII Status: up") == 5 for side in SIDES))
    traffic = Traffic()
    traffic.frames = traffic.frames[2:]  # as many as four links divide would take every flow to one and the same
    with Recorded("round-robin.pcapng"):
        traffic.rounds(30, 0.06)  # equal frames on two ports within 50 ms are one frame seen twice
    say("round robin")


def main():
    set_up()
    SERVER.bond("mode 802.3ad lacp_rate fast")
    SWITCH.bond("mode 802.3ad lacp_rate fast ad_actor_sys_prio 4096 ad_user_port_key 77")
    with Captured("lacp"):
        until("the ports are aggregated", settled)
        time.sleep(1.5)  # each has said once more what it has heard
        keep_states("lacp")
    links_by_policy()
    connections()
    failover()
    round_robin()
    keep("done", "")


try:
    main()
except BaseException as error:
    import traceback

    print(traceback.format_exc(), getattr(error, "stderr", ""), flush=True)
finally:
    os.sync()
    LIBC.reboot(0x4321FEDC)
