"""What the long proofs play with: two workloads behind agents with mutual TLS, and all kinds of requests between them."""
import base64
import json
import os
import re
import subprocess

from harness import AMIME, eventually, free_port
from test_mutual_tls import CLIENT, PORTS, Pair, objects, policy
from traffic import Http1, Http2, Lines, Traffic

STRICT = policy("PeerAuthentication", "{mtls: {mode: STRICT}}", "strict")
# What is needed to see every handshake between proxies that failed; drained connections end after a second.
PROXY_CONFIG = {"terminationDrainDuration": "1s", "drainDuration": "1s", "concurrency": 1,
                "proxyStatsMatcher": {"inclusionRegexps": [r".*\.ssl\..*", r".*\.ssl_.*", r".*upstream_cx_connect_fail"]}}
FAILED_HANDSHAKES = r"\.ssl\.(connection_error|fail_verify_error|fail_verify_no_cert|fail_verify_san|fail_verify_cert_hash)$|upstream_cx_connect_fail$"
# Service `fresh` is `app` once more, but the proxies open a connection for each request to it: what is new is new between them too.
FRESH = """{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: fresh, namespace: default},
  spec: {host: fresh, trafficPolicy: {connectionPool: {http: {maxRequestsPerConnection: 1}}}}}
---
"""


def again(pair, name):
    """Another Service in front of the same Pod; gives its ports."""
    ports = {port: free_port(CLIENT) for port in PORTS}
    text = objects(ports)
    text = text.replace("{name: app, namespace: default}", "{name: %s, namespace: default}" % name).replace("10.96.0.10", f"10.96.{len(name)}.11")
    text = text.replace("{name: app, namespace: default, labels: {kubernetes.io/service-name: app}}",
                        "{name: %s, namespace: default, labels: {kubernetes.io/service-name: %s}}" % (name, name))
    service, _, slices = text.split("---\n")
    pair.world.write(f"{name}.yaml", f"{service}---\n{slices}")
    return ports


def encrypted_pair(world, env=None, drain="1s", **more):
    """A client's and a server's agent with mutual TLS that is not optional: what passes was encrypted, by certificates of the mesh."""
    pair = Pair(world, {"PROXY_CONFIG": json.dumps({**PROXY_CONFIG, "drainDuration": drain}), **(env or {})}, **more)
    pair.fresh = again(pair, "fresh")
    pair.put(STRICT, FRESH)
    eventually(lambda: pair.client.call(pair.fresh["http"], "fresh").status == 200, "the other service is served", 20)
    for name in PORTS:
        eventually(lambda n=name: pair.with_sidecar(n), f"{name} is served", 20)
        eventually(lambda n=name: not pair.without_sidecar(n), f"{name} takes nothing in plain text", 20)
    return pair


def flows(pair, where=CLIENT, name="", **more):
    """HTTP/1.1, HTTP/2 and TCP through the client's sidecar at `where`, on kept and on new connections; between the proxies, too."""
    kinds = (("HTTP/1.1", Http1, "http"), ("HTTP/2", Http2, "grpc"), ("TCP", Lines, "tcp"))
    return [kind(f"{name}{words}", (where, ports[port]), kept, host, **more) for words, kind, port in kinds
            for kept, host, ports in ((True, "app", pair.ports), (False, "fresh", pair.fresh))]


def handshakes(agent):
    """How many the server's Envoy has completed."""
    lines = agent.get("/stats?filter=^listener.*ssl.handshake$").body.decode().splitlines()
    return sum(int(line.rpartition(": ")[2]) for line in lines)


def traffic(pair):
    return Traffic(*flows(pair))


def failed_handshakes(*agents):
    """Counters of Envoys about connections between them that did not come to be, as far as they are not zero."""
    out = {}
    for agent in agents:
        for line in agent.get("/stats?filter=(ssl|connect_fail)").body.decode().splitlines():
            name, _, value = line.partition(": ")
            if re.search(FAILED_HANDSHAKES, name) and value != "0":
                out[f"{agent.name}: {name}"] = int(value)
    return out


def secret(agent, name):
    """The PEM text of a secret that Envoy has: of its certificate chain, or of the roots that it trusts."""
    for entry in agent.get("/config_dump?resource=dynamic_active_secrets").json.get("configs", []):
        if entry["name"] == name:
            it = entry["secret"]
            data = it["tls_certificate"]["certificate_chain"] if "tls_certificate" in it else it["validation_context"]["trusted_ca"]
            return base64.b64decode(data["inline_bytes"]).decode()
    return ""


def wait_in_force(world, *objects, seconds=60):
    """`amime wait`: every proxy has acknowledged them."""
    command = [AMIME, "wait", *objects, "--for=in-force", f"--timeout={seconds}s", "--monitoring-address", "%s:%d" % world.monitoring]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class Use:
    """What a process uses of the machine: resident memory in MiB, threads, file descriptors; from /proc."""

    def __init__(self, pid):
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status") if ":\t" in line)
        self.memory, self.threads, self.files = int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]), len(os.listdir(f"/proc/{pid}/fd"))

    def __repr__(self):
        return f"{self.memory:.1f} MiB, {self.threads} threads, {self.files} files"


def judges_memory():
    """Not under a sanitizer: it keeps what was freed."""
    with open(AMIME, "rb") as file:
        return b"__asan_init" not in file.read()


def show(title, traffic, *more):
    print(f"\n{title}: {traffic.sent} requests, {len(traffic.wrong)} failed", *more, traffic.table(), sep="\n")
