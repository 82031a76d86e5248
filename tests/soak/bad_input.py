"""What comes from outside and is wrong: the secure port, and the agent's ports, refuse it, and forget it."""
import asyncio
import concurrent.futures
import contextlib
import random
import socket
import ssl
import struct

import grpc
import h2.config
import h2.connection
import h2.events
import pytest

from harness import eventually, free_port, request
from meshes import Use, judges_memory
from test_agent import Agent, serves
from test_agent_edge import resolve
from test_identity import CREATE, DELTA, SERVER, Workload, ask, channel, code_of, encoded, first_answer, joined, start_secure, token_of

REFUSED = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED
LONGEST = 64 << 20  # one request of a proxy, src/delivery/grpc_server.h


def client_hello():
    """The first bytes of a TLS client."""
    out = ssl.MemoryBIO()
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2"])
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=SERVER).do_handshake()
    return out.read()


def connected(address, first=b""):
    s = socket.socket(socket.AF_UNIX) if isinstance(address, str) else socket.socket()
    s.settimeout(20)
    s.connect(address)
    s.sendall(first)
    return s


def half_open(address, count, first):
    """Connections that have begun, and say no more."""
    return [connected(address, first) for _ in range(count)]


def no_more(s):
    """We have said all; the other side may have gone before."""
    with contextlib.suppress(OSError):
        s.shutdown(socket.SHUT_WR)


def ended(s):
    """Did the other side end it? What it says before does not matter."""
    s.settimeout(0.2)
    with contextlib.suppress(ConnectionError):
        try:
            while s.recv(65536):
                pass
        except TimeoutError:
            return False
    return True


def garbage(chance, address, count=20):
    """Connections with bytes of no meaning. Each is answered by an end, an error, or nothing as long as we stay; never by more."""
    for _ in range(count):
        with contextlib.suppress(ConnectionError), connected(address) as s:
            s.sendall(chance.randbytes(chance.choice((1, 9, 100, 5000))))
            no_more(s)
            eventually(lambda: ended(s), "it is ended once we have ended", 20)


def one_byte_at_a_time(address, data, count):
    """Slow clients, all at once: their bytes arrive in packets of their own."""
    async def slow():
        reader, writer = await asyncio.open_connection(*address)
        writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.003)
        answer = await asyncio.wait_for(reader.read(1), 20)
        writer.transport.abort()
        return answer

    async def all_of_them():
        return await asyncio.gather(*(slow() for _ in range(count)))
    return asyncio.run(all_of_them())


def unfinished_call(address, path, size):
    """A client without certificate and token begins a message of `size` bytes and keeps back its last one. Gives the connection, which stays
    open, and how many bytes were taken before it was refused."""
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2"])
    s = context.wrap_socket(socket.create_connection(address, 20), server_hostname=SERVER)
    s.settimeout(5)
    c = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    c.initiate_connection()
    c.send_headers(1, [(":method", "POST"), (":scheme", "https"), (":path", path), (":authority", SERVER), ("content-type", "application/grpc"), ("te", "trailers")])
    c.send_data(1, struct.pack("!BI", 0, size))
    left = size - 1
    with contextlib.suppress(OSError):
        while left:
            some = min(left, c.local_flow_control_window(1), c.max_outbound_frame_size)
            if some:
                c.send_data(1, bytes(some))
                left -= some
            s.sendall(c.data_to_send())
            if not some:
                events = c.receive_data(s.recv(65536))
                if any(isinstance(e, (h2.events.StreamEnded, h2.events.StreamReset, h2.events.ConnectionTerminated)) for e in events):
                    break
    return s, size - 1 - left


def strangers_fill_no_memory(world, count):
    """Proves: `count` clients that nobody knows, each with a message of 60 MiB for the secure port that does not end, take no more than 4 MiB each
    of the control plane's memory: who asks is looked at before what is asked is read."""
    if not judges_memory():
        pytest.skip("a sanitizer keeps what was freed")
    start_secure(world)
    pid = world.serve.popen.pid
    for path in (DELTA, CREATE):
        before = Use(pid).memory
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            calls = list(pool.map(lambda _: unfinished_call(world.secure, path, 60 << 20), range(count)))
        grown = Use(pid).memory - before
        print(f"{path}: {[taken >> 20 for _, taken in calls]} MiB sent, memory grew by {grown:.0f} MiB")
        for s, _ in calls:
            s.close()
        assert grown < 4 * count + 8, f"{path}: {count} strangers, {grown:.0f} MiB"


class Subjects:
    """The processes under fire, what they used before, and what must go on."""

    def __init__(self, mesh):
        self.mesh, self.dns = mesh, free_port()
        self.agent = Agent(mesh, env={"ISTIO_META_DNS_CAPTURE": "true", "DNS_PROXY_ADDR": f"127.0.0.1:{self.dns}"}).ready(60)
        self.status = "127.0.0.1", self.agent.ports["--status-port"]
        self.sockets = [str(self.agent.dir / path) for path in ("var/run/secrets/workload-spiffe-uds/socket", "etc/istio/proxy/XDS")]
        serves(mesh, self.agent)
        self.good = joined(mesh, "good", "shop/cart")
        self.pids = {"amime serve": mesh.serve.popen.pid, "amime agent": self.agent.process.popen.pid}
        self.others_are_served()

    def use(self):
        return {name: Use(pid) for name, pid in self.pids.items()}

    def others_are_served(self):
        """A certificate, configuration, readiness, a name, a request through Envoy: each within seconds."""
        assert len(ask(self.mesh, self.good, using=channel(self.mesh, self.good))) == 2
        assert first_answer(self.mesh, self.good, "shop", "cart").resources
        assert request(self.status, "/healthz/ready", timeout=10).status == 200
        assert resolve(self.dns, "app")
        assert self.agent.call(self.mesh.port, "app", timeout=10).who == "app/v1"


def against_the_secure_port(subjects, chance, half):
    mesh, good = subjects.mesh, subjects.good
    csr = good.request.read_bytes()
    with channel(mesh, good) as c:
        create = c.unary_unary(CREATE)
        for _ in range(60):
            bad = bytearray(csr)
            for _ in range(chance.randrange(1, 40)):
                bad[chance.randrange(30, len(bad) - 30)] = chance.randrange(33, 127)
            bad = chance.choice((bytes(bad), chance.randbytes(300), csr[:chance.randrange(len(csr) - 40)], b""))
            assert code_of(lambda: create(encoded(bad), timeout=20)) == grpc.StatusCode.INVALID_ARGUMENT
            assert code_of(lambda: create(chance.randbytes(chance.randrange(1, 200)), timeout=20)) in (*REFUSED, grpc.StatusCode.INTERNAL)
    token = token_of(mesh, "shop/cart")
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), token.replace("amime-join", "amime-jo1n"), token.split(".")[0], "x" * 5000, "a.b.c",
                   "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6c2hvcDpjYXJ0In0."):
        assert code_of(lambda: ask(mesh, Workload(mesh, "forger"), forged)) == grpc.StatusCode.UNAUTHENTICATED
    for namespace, account, code in (("bank", "cart", "PERMISSION_DENIED"), ("shop", "admin", "PERMISSION_DENIED"), ("shop\n", "cart", "PERMISSION_DENIED"),
                                     ("", "cart", "INVALID_ARGUMENT")):
        assert code_of(lambda: first_answer(mesh, good, namespace, account)).name == code
    with channel(mesh, good) as c:
        assert code_of(lambda: c.unary_unary(CREATE)(encoded(b"x" * LONGEST), timeout=60)) == grpc.StatusCode.RESOURCE_EXHAUSTED
    garbage(chance, mesh.secure)
    hello = client_hello()
    assert set(one_byte_at_a_time(mesh.secure, hello, 20)) == {b"\x16"}, "slow is not wrong: the handshake goes on"
    waiting = half_open(mesh.secure, half, hello[:len(hello) // 2]) + half_open(mesh.secure, half // 4, hello) + half_open(mesh.secure, half // 4, b"")
    subjects.others_are_served()
    return waiting


def against_the_agent(subjects, chance, half):
    for address in (subjects.status, ("127.0.0.1", subjects.dns)):
        garbage(chance, address)
    for path in subjects.sockets:
        garbage(chance, path)
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        with connected(path, preface + b"\0\0\0\4\0\0\0\0\0" + chance.randbytes(2000)) as s:
            with contextlib.suppress(OSError):
                no_more(s)
            eventually(lambda: ended(s), "frames of no meaning end the connection", 20)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(300):
            s.sendto(chance.randbytes(chance.choice((1, 11, 12, 13, 100, 1400))), ("127.0.0.1", subjects.dns))
    with connected(subjects.status) as s:
        with contextlib.suppress(ConnectionError):
            s.sendall(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * (4 << 20))
        eventually(lambda: ended(s), "a header without end is not read to its end", 20)
    waiting = half_open(subjects.status, half, b"GET /healthz/ready HTTP/1.1\r\nHost:") + half_open(("127.0.0.1", subjects.dns), half, b"\x01")
    for path in subjects.sockets:
        waiting += half_open(path, half // 4, b"PRI * HTTP/2.0\r\n")
    subjects.others_are_served()
    return waiting


def is_refused_and_forgotten(mesh, rounds, half=200, wait_for_the_end=False):
    """Proves, in each of `rounds`, against `amime serve` and an agent with its Envoy: requests for certificates that are malformed, forged
    tokens, Nodes of another namespace or service account, a request that is longer than any may be, bytes of no meaning and
    clients that send a byte at a time or stop in the middle (`half` and more TLS handshakes, requests, questions of DNS at once) are
    refused with the code that says why, or wait without harm: others get certificates, configuration, names and answers meanwhile.

    When the clients are gone, threads and file descriptors are what they were, and from the second round on memory does not grow
    by more than 48 MiB (what allocators keep differs from round to round; a single request that stays is 64). `wait_for_the_end`: clients that stopped in the middle stay, and the servers end them by themselves."""
    subjects, chance = Subjects(mesh), random.Random(7)
    before, memory = subjects.use(), []
    print(f"\nbad input: before {before}")
    for number in range(rounds):
        for fire in (against_the_secure_port, against_the_agent):
            waiting = fire(subjects, chance, half)
            for s in waiting:
                s.close()

        def as_before():
            return [f"{name}: {now} now, {before[name]} before" for name, now in subjects.use().items()
                    if now.files > before[name].files + 4 or now.threads > before[name].threads + 6]
        eventually(lambda: not as_before(), "threads and files are what they were", 30)
        memory.append(subjects.use())
        print(f"round {number}: {memory[-1]}")
    subjects.others_are_served()
    if judges_memory() and rounds > 1:
        grown = {name: memory[-1][name].memory - memory[0][name].memory for name in subjects.pids}
        assert all(more < 48 for more in grown.values()), (grown, memory)
    if wait_for_the_end:
        hello = client_hello()
        for what, waiting in (("handshakes", half_open(mesh.secure, 20, hello[:50])), ("requests", half_open(subjects.status, 20, b"GET / HT")),
                              ("questions", half_open(("127.0.0.1", subjects.dns), 20, b"\x01"))):
            eventually(lambda w=waiting: all(map(ended, w)), f"{what} without end are ended", 200, every=1)
            for s in waiting:
                s.close()
    for process in (mesh.serve, subjects.agent.process):
        assert "PRIVATE KEY" not in process.log()
