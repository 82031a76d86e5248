"""Two network namespaces, a pod and the world around it, joined by a veth pair; and sockets in them that say how they were reached.

Nothing here touches the namespace that the tests run in: a thread goes into a namespace, opens its socket there, and ends.
"""
import ctypes
import json
import os
import selectors
import socket
import struct
import subprocess
import threading

from harness import AMIME

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
SO_ORIGINAL_DST = 80  # of both families
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75

WORLD, ELSEWHERE, POD = "10.99.0.1", "10.98.0.1", "10.99.0.2"
WORLD6, POD6 = "fd99::1", "fd99::2"


def run(*command, **kw):
    """Its output; fails with what it said on stderr."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **kw)
    assert done.returncode == 0, f"{command}: {done.returncode}: {done.stderr}"
    return done.stdout


class Namespace:
    def __init__(self, name):
        self.name, self.sockets = name, []
        run("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def run(self, *command, **kw):
        return run("ip", "netns", "exec", self.name, *command, **kw)

    def inside(self, what, uid=0, gid=0):
        """what(), called in the namespace, as that user: only its thread changes."""
        result = {}

        def work():
            try:
                with open(f"/run/netns/{self.name}") as file:
                    if LIBC.setns(file.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                LIBC.setfsgid(gid)
                LIBC.setfsuid(uid)
                result["value"] = what()
            except BaseException as error:  # handed to the caller
                result["error"] = error

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(20)
        if "error" in result:
            raise result["error"]
        return result["value"]

    def close(self):
        run("ip", "netns", "del", self.name)


class Listener:
    """Accepts at the ports of a namespace, and tells every client at which port it arrived, and whereto it wanted."""

    def __init__(self, namespace, who, tcp=(), udp=(), transparent=(), uid=0, addresses=("0.0.0.0", "::")):
        self.who, self.addresses, self.stopping = who, addresses, threading.Event()
        self.selector = selectors.DefaultSelector()
        for port in tcp:
            namespace.inside(lambda port=port: self.open(socket.SOCK_STREAM, port, port in transparent), uid, uid)
        for port in udp:
            namespace.inside(lambda port=port: self.open(socket.SOCK_DGRAM, port, False), uid, uid)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def open(self, kind, port, transparent):
        for address in self.addresses:
            family = family_of(address)
            s = socket.socket(family, kind)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if transparent:
                level, option = (socket.IPPROTO_IP, IP_TRANSPARENT) if family == socket.AF_INET else (socket.IPPROTO_IPV6, IPV6_TRANSPARENT)
                s.setsockopt(level, option, 1)
            s.bind((address, port))
            if kind == socket.SOCK_STREAM:
                s.listen(64)
            s.setblocking(False)
            self.selector.register(s, selectors.EVENT_READ, (kind, port))

    def serve(self):
        while not self.stopping.is_set():
            for key, _ in self.selector.select(0.1):
                kind, port = key.data
                try:
                    if kind == socket.SOCK_DGRAM:
                        _, peer = key.fileobj.recvfrom(2048)
                        key.fileobj.sendto(json.dumps({"who": self.who, "port": port}).encode(), peer)
                    else:
                        self.accept(key.fileobj, port)
                except OSError:
                    pass  # a client that went away

    def accept(self, listener, port):
        accepted, peer = listener.accept()
        with accepted:
            accepted.settimeout(5)
            told = {"who": self.who, "port": port, "peer": peer[0], "to": list(accepted.getsockname()[:2]), "original": original_destination(accepted)}
            told["said"] = accepted.recv(64).decode().strip()
            accepted.sendall(json.dumps(told).encode())

    def close(self):
        self.stopping.set()
        self.thread.join(5)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


def original_destination(s):
    """Whereto the client connected, as Envoy asks it; None: it was not redirected."""
    try:
        if s.family == socket.AF_INET:
            port, packed = struct.unpack("!2xH4s8x", s.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16))
            return [socket.inet_ntoa(packed), port]
        port, packed = struct.unpack("!2xH4x16s4x", s.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28))
        return [socket.inet_ntop(socket.AF_INET6, packed), port]
    except OSError:
        return None


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def connect(namespace, address, port, uid=0, gid=0, source=None):
    """What the listener that got the connection says of it."""

    def ask():
        with socket.socket(family_of(address), socket.SOCK_STREAM) as s:
            s.settimeout(5)
            if source:
                s.bind((source, 0))
            s.connect((address, port))
            s.sendall(b"hello\r\n")  # a whole line: Envoy wants to see what protocol it is
            return json.loads(b"".join(iter(lambda: s.recv(4096), b"")))

    return namespace.inside(ask, uid, gid)


def datagram(namespace, address, port, uid=0, gid=0):
    """The same for UDP. The socket is connected: an answer from another address than it asked would not reach it."""

    def ask():
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect((address, port))
            s.send(b"hello")
            return json.loads(s.recv(4096))

    return namespace.inside(ask, uid, gid)


class Pod:
    """A pod with its world. Who listens where: see the fixture of test_interception.py."""

    def __init__(self, mark):
        self.world, self.pod = Namespace(f"amime-w-{mark}"), Namespace(f"amime-p-{mark}")
        self.listeners = []
        self.world.ip("link", "add", "veth0", "type", "veth", "peer", "name", "eth0", "netns", self.pod.name)
        for namespace, device, addresses in ((self.world, "veth0", (f"{WORLD}/24", f"{WORLD6}/64", f"{ELSEWHERE}/24")),
                                             (self.pod, "eth0", (f"{POD}/24", f"{POD6}/64"))):
            for address in addresses:
                nodad = ("nodad",) if ":" in address else ()
                namespace.ip("addr", "add", address, "dev", device, *nodad)
            namespace.ip("link", "set", device, "up")
        self.pod.ip("route", "add", "default", "via", WORLD)
        self.pod.ip("-6", "route", "add", "default", "via", WORLD6)

    def listen(self, namespace, who, **ports):
        listener = Listener(namespace, who, **ports)
        self.listeners.append(listener)
        return listener

    def init(self, *flags, resolv_conf=None, env=None, code=0, as_uid=None):
        """`amime agent init` in the pod; what it said."""
        command = ["ip", "netns", "exec", self.pod.name]
        if resolv_conf:  # the mounts of `ip netns exec` are its own
            command += ["sh", "-c", 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh", str(resolv_conf)]
        if as_uid:
            command += ["setpriv", "--reuid", str(as_uid), "--regid", str(as_uid), "--clear-groups"]
        done = subprocess.run(command + [AMIME, "agent", *flags], capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})})
        assert done.returncode == code, f"{done.returncode}: {done.stdout} {done.stderr}"
        return done.stdout + done.stderr

    def state(self):
        """All rules, routes and addresses that interception may have left, as the tools print them."""
        rules = "".join(self.pod.run(tool) for tool in ("iptables-save", "ip6tables-save"))
        lines = [line for line in rules.splitlines() if not line.startswith(("#", ":PRE", ":OUT", ":IN", ":FOR", ":POST", "*", "COMMIT"))]
        tables = [line for line in self.pod.run("nft", "list", "tables").splitlines() if "istio" in line]
        routes = [self.pod.ip(family, "rule", "show", "fwmark", "1337") for family in ("-4", "-6")]
        routes += [self.pod.ip("route", "show", "table", "all").count("table 133")]
        return lines + tables + [str(r) for r in routes if r] + [a for a in [self.pod.ip("-6", "addr", "show", "dev", "lo", "to", "::6/128")] if a]

    def close(self):
        for listener in self.listeners:
            listener.close()
        self.pod.close()
        self.world.close()
