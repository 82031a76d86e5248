"""What the rows change: a service in two versions, two sidecars that call it, a gateway in front of it; and beside it a TCP
service, whose connections no change of the other may cut."""
import contextlib
import http.client
import random
import socket
import subprocess
import threading
import time

import yaml
from harness import AMIME, NET, eventually, free_port, pod

from loads import Http1, Http2, Lines, WebSocket

HOST = "echo.default.svc.cluster.local"
LINES = "lines.default.svc.cluster.local"
BOTH = ("echo/v1", "echo/v2")
DRAIN = 30  # seconds that Envoy keeps connections of a listener before; longer than any row


def istio(kind, name, spec):
    return yaml.safe_dump({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": spec})


class Relay:
    """Between proxies and control plane, so that a connection can break that neither of them closed."""

    def __init__(self, target):
        self.target, self.pairs, self.lock = target, [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                try:
                    far = socket.create_connection(self.target, 5)
                    far.settimeout(None)
                except OSError:
                    near.close()
                    continue
                with self.lock:
                    self.pairs.append((near, far))
                for a, b in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for s in (source, sink):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                with contextlib.suppress(OSError):
                    s.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()
        self.cut()


class Shop:
    def __init__(self, world, delta=True):
        self.world, self.delta = world, delta
        self.ip = f"{NET}.120"
        self.port, self.other_port, self.lines_port = (free_port(f"{NET}.101") for _ in range(3))
        self.gateway_port = free_port(self.ip)
        self.random = random.Random()
        self.pauses = []
        self.markers = 0
        self.relay = None
        self.running = []  # loads

    # --- objects, one file each ---
    def service(self, *ports, target=8080, cluster_ip="10.96.7.7"):
        """Ports: numbers, or (name, number)."""
        named = [port if isinstance(port, tuple) else (f"http-{port}" if i else "http", port) for i, port in enumerate(ports or (self.port,))]
        self.world.write("service.yaml", yaml.safe_dump({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "echo", "namespace": "default"},
            "spec": {"clusterIP": cluster_ip, "selector": {"app": "echo"},
                     "ports": [{"name": name, "port": number, "targetPort": target} for name, number in named]}}))

    def slices(self, *names, versions=(1, 2), port=8080):
        self.world.write("slices.yaml", slices("echo", names or ("http",), port, versions))

    def rule(self, subsets, name="echo", host=HOST, **policy):
        self.world.write(f"rule-{name}.yaml", istio("DestinationRule", name, {
            "host": host, "subsets": [{"name": subset, "labels": {"version": version}} for subset, version in subsets.items()], **policy}))

    def routes(self, subset, port=None, name="echo", host=HOST):
        destination = {"host": host, "port": {"number": port or self.port}, **({"subset": subset} if subset else {})}
        self.http_routes([{"route": [{"destination": destination}]}], name)

    def http_routes(self, http, name="echo"):
        self.world.write(f"routes-{name}.yaml", istio("VirtualService", name, {"hosts": [HOST], "gateways": ["mesh", "gw"], "http": http}))

    def gateway(self, *ports, more=()):
        servers = [{"port": {"number": port, "name": f"http-{port}", "protocol": "HTTP"}, "bind": self.ip, "hosts": ["*"]} for port in ports]
        self.world.write("gateway.yaml", istio("Gateway", "gw", {"selector": {"istio": "gw"}, "servers": servers + list(more)}))

    def lines(self, versions=(1,)):
        self.world.write("lines.yaml", yaml.safe_dump({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "lines", "namespace": "default"},
            "spec": {"clusterIP": "10.96.7.8", "selector": {"app": "echo"}, "ports": [{"name": "tcp", "port": self.lines_port, "targetPort": 9090}]}}))
        self.world.write("slices-lines.yaml", slices("lines", ("tcp",), 9090, versions))

    # --- life ---
    def up(self, *flags):
        self.flags = flags
        for v in (1, 2):
            self.world.echo("echo", f"v{v}", f"{NET}.{v}", 8080, "--tcp", f"{NET}.{v}:9090")
        self.world.write("pods.yaml", yaml.safe_dump_all([pod(f"echo-v{v}", f"{NET}.{v}", {"app": "echo", "version": f"v{v}"}) for v in (1, 2)]))
        self.service()
        self.slices()
        self.rule({"v1": "v1"})
        self.gateway(self.gateway_port)
        self.routes("v1")
        self.lines()
        self.start_serve()
        self.relay = Relay(self.world.xds)
        facts = {"delta": self.delta, "drain": DRAIN, "xds": self.relay.address}
        self.proxies = [self.world.envoy("one", bind=f"{NET}.101", **facts),
                        self.world.envoy("two", namespace="elsewhere", bind=f"{NET}.102", **facts),
                        self.world.envoy("gw", type="router", ip=self.ip, labels={"istio": "gw"}, **facts)]
        for proxy in self.proxies:
            proxy.wait_ready()
        for address in self.addresses:
            eventually(lambda a=address: self.ask(a) == "echo/v1", f"v1 answers at {address}")
        return self

    def start_serve(self, **address):
        self.world.start_serve(*self.flags, **address)

    def restart_serve(self):
        self.world.serve.stop()
        self.start_serve(xds=f"{self.world.xds[0]}:{self.world.xds[1]}")
        self.wait_connected()

    def wait_connected(self):
        eventually(lambda: len(self.world.get("/debug/syncz").json) == len(self.proxies), "the proxies are back", 60)

    def close(self):
        if self.relay:
            self.relay.close()

    @property
    def addresses(self):
        return [(f"{NET}.101", self.port), (f"{NET}.102", self.port), (self.ip, self.gateway_port)]

    def loads(self):
        one, two, gateway = self.addresses
        return [Http1("HTTP/1 through one", one, HOST, BOTH), Http1("HTTP/1 through the gateway", gateway, HOST, BOTH),
                Http2("HTTP/2 through two", two, HOST, BOTH), Http2("HTTP/2 through the gateway", gateway, HOST, BOTH),
                WebSocket("stream through one", one, HOST), WebSocket("stream through the gateway", gateway, HOST),
                Lines("TCP beside it through two", (f"{NET}.102", self.lines_port), {"echo/v1"}, beside=True)]

    # --- while a row runs ---
    def pause(self, most=2.0):
        self.pauses.append(round(self.random.uniform(0, most), 2))
        time.sleep(self.pauses[-1])

    def ask(self, address, host=HOST):
        connection = http.client.HTTPConnection(*address, timeout=5)
        try:
            connection.request("GET", "/", headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
            return answer.headers.get("x-echo-backend") if answer.status == 200 else answer.status
        finally:
            connection.close()

    def wait_in_force(self, *objects):
        # What was written before is read once this is.
        self.markers += 1
        marker = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"marker-{self.markers}", "namespace": "default"}, "data": {}}
        self.world.write("marker.yaml", yaml.safe_dump(marker))
        eventually(lambda: self.world.get(f"/debug/objects?object=ConfigMap/marker-{self.markers}").json, "what was written is read")
        ip, port = self.world.monitoring
        done = subprocess.run([AMIME, "wait", *objects, "--for=in-force", "--timeout=20s", "--monitoring-address", f"{ip}:{port}"],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def slices(name, ports, number, versions):
    return yaml.safe_dump({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": f"{name}-1", "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
        "ports": [{"name": port, "port": number, "protocol": "TCP"} for port in ports],
        "endpoints": [{"addresses": [f"{NET}.{v}"], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": f"echo-v{v}", "namespace": "default"}}
                      for v in versions]})
