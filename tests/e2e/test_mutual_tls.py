"""Mutual TLS between workloads, and policies about who they are: agents give Envoys their certificates, nothing is set up by hand."""
import socket

import pytest

from harness import AMIME, NET, eventually, free_port, request
from test_agent import Agent
from test_identity import start_secure

SERVER, APP, CLIENT = f"{NET}.11", f"{NET}.111", f"{NET}.1"
PORTS = {"http": 8080, "grpc": 9090, "tcp": 7070}
IDENTITY = "spiffe://cluster.local/ns/default/sa"


def objects(services):
    """Service `app` with a port for each protocol; its one Pod stands behind a sidecar."""
    ports = [f"{{name: {name}, port: {services[name]}, targetPort: {port}}}" for name, port in PORTS.items()]
    slices = [f"{{name: {name}, port: {port}}}" for name, port in PORTS.items()]
    return f"""
{{apiVersion: v1, kind: Service, metadata: {{name: app, namespace: default}}, spec: {{clusterIP: 10.96.0.10, selector: {{app: app}}, ports: [{", ".join(ports)}]}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: app-v1, namespace: default, labels: {{app: app, version: v1, security.istio.io/tlsMode: istio}}}}
spec: {{serviceAccountName: app}}
status: {{podIP: {SERVER}, phase: Running, conditions: [{{type: Ready, status: "True"}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: app, namespace: default, labels: {{kubernetes.io/service-name: app}}}}
addressType: IPv4
ports: [{", ".join(slices)}]
endpoints: [{{addresses: [{SERVER}], conditions: {{ready: true}}, targetRef: {{kind: Pod, name: app-v1, namespace: default}}}}]
"""


def policy(kind, spec, name="case"):
    return f"{{apiVersion: security.istio.io/v1, kind: {kind}, metadata: {{name: {name}, namespace: default}}, spec: {spec}}}\n---\n"


class Pair:
    """A client's sidecar and a server's, the applications behind them, and the control plane of both."""

    def __init__(self, world, env=None):
        self.world = world
        self.ports = {name: free_port(CLIENT) for name in PORTS}
        world.write("app.yaml", objects(self.ports))
        start_secure(world, "--removal-grace", "0s")
        for name in ("http", "grpc"):
            world.echo("app", "v1", APP, PORTS[name], "--threads", "1")
        world.start([AMIME, "echo", "--tcp", f"{APP}:{PORTS['tcp']}", "--name", "app", "--version-label", "v1", "--threads", "1"], "echo-tcp").line("ready")
        self.server = Agent(world, name="app-v1", account="app", bind=f"{NET}.2", env={
            "INSTANCE_IP": SERVER, "ISTIO_META_AMIME_INBOUND_ADDRESS": SERVER, "ISTIO_META_AMIME_APP_ADDRESS": APP,
            "ISTIO_METAJSON_LABELS": '{"app": "app", "version": "v1"}', **(env or {})})
        self.client = Agent(world, name="client", account="client", bind=CLIENT, env={"ISTIO_METAJSON_LABELS": '{"app": "client"}', **(env or {})})
        self.server.ready()
        self.client.ready()

    def put(self, *policies):
        """Replaces the policies, and waits until both have them."""
        self.world.write("policies.yaml", "".join(policies) or "# none\n")
        wanted = len(policies)

        def in_force():
            rows = [row for row in self.world.get("/debug/objects").json if row["object"].split()[0] in ("PeerAuthentication", "AuthorizationPolicy", "DestinationRule")]
            return len(rows) == wanted and all(row["state"] == "InForce" for row in rows) and self.server.stat("listener_manager.total_listeners_warming") == 0
        eventually(in_force, "the policies are in force")

    def http(self, name="http", **more):
        """Of a client with a sidecar: what the application answers."""
        return self.client.call(self.ports[name], "app", **more)

    def lines(self, address):
        with socket.create_connection(address, 5) as s:
            s.sendall(b"hello\n")
            return s.recv(4096)

    def without_sidecar(self, name):
        try:
            if name == "tcp":
                return bool(self.lines((SERVER, PORTS["tcp"])))
            return request((SERVER, PORTS[name]), "/", host="app").status == 200
        except OSError:
            return False

    def with_sidecar(self, name):
        if name == "tcp":
            return bool(self.lines((CLIENT, self.ports["tcp"])))
        return self.http(name).status == 200


@pytest.fixture
def pair(world):
    return Pair(world)


MODES = {"STRICT": (True, False), "PERMISSIVE": (True, True), "DISABLE": (False, True)}  # encrypted; plain text is taken


@pytest.mark.parametrize("protocol", PORTS)
def test_the_matrix(pair, protocol):
    """Each mode of the server: a client with a sidecar is always served, encrypted where the server can; one without where it may."""
    for mode, (encrypted, plain) in MODES.items():
        pair.put(policy("PeerAuthentication", f"{{mtls: {{mode: {mode}}}}}"))
        eventually(lambda: pair.with_sidecar(protocol), f"{mode}: a client with a sidecar is served")
        eventually(lambda: pair.without_sidecar(protocol) == plain, f"{mode}: plain text is {'taken' if plain else 'refused'}")
        if protocol != "tcp":
            seen = pair.http(protocol).json["headers"].get("x-forwarded-client-cert", "")
            assert (f"URI={IDENTITY}/client" in str(seen)) == encrypted, f"{mode}: {seen}"


def test_a_port_of_its_own(pair):
    pair.put(policy("PeerAuthentication", "{selector: {matchLabels: {app: app}}, mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: DISABLE}}}"))
    eventually(lambda: not pair.without_sidecar("http"), "STRICT")
    eventually(lambda: pair.without_sidecar("grpc"), "DISABLE")
    assert pair.with_sidecar("http") and pair.with_sidecar("grpc")


RULES = {
    "principals": ("{principals: [cluster.local/ns/default/sa/client]}", "{principals: [cluster.local/ns/default/sa/other]}"),
    "namespaces": ("{namespaces: [default]}", "{namespaces: [other]}"),
    "serviceAccounts": ("{serviceAccounts: [client]}", "{serviceAccounts: [other/client]}"),
    "trustDomains": ("{trustDomains: [cluster.local]}", "{trustDomains: [other.local]}"),
    "notPrincipals": ("{notPrincipals: ['*/sa/other']}", "{notPrincipals: ['*/sa/client']}"),
}


def test_policies_about_identities(pair):
    for name, (allowed, denied) in RULES.items():
        pair.put(policy("AuthorizationPolicy", f"{{selector: {{matchLabels: {{app: app}}}}, rules: [{{from: [{{source: {allowed}}}]}}]}}"))
        eventually(lambda: pair.http().status == 200, f"{name}: allowed")
        assert pair.lines((CLIENT, pair.ports["tcp"])), name
        pair.put(policy("AuthorizationPolicy", f"{{selector: {{matchLabels: {{app: app}}}}, rules: [{{from: [{{source: {denied}}}]}}]}}"))
        eventually(lambda: pair.http().status == 403, f"{name}: denied")
        assert not pair.lines((CLIENT, pair.ports["tcp"])), name


def test_metrics_say_who_asked_whom(pair):
    pair.world.write("telemetry.yaml", "{apiVersion: telemetry.istio.io/v1, kind: Telemetry, metadata: {name: metrics, namespace: istio-system}, spec: {metrics: [{providers: [{name: prometheus}]}]}}")

    def counted(agent, *labels):
        text = agent.get("/stats/prometheus").body.decode()
        return any(all(label in line for label in labels) for line in text.splitlines() if "requests_total{" in line)
    principals = f'source_principal="{IDENTITY}/client"', f'destination_principal="{IDENTITY}/app"'
    eventually(lambda: pair.http().status == 200 and counted(pair.server, 'connection_security_policy="mutual_tls"', *principals), "the server counts")
    eventually(lambda: pair.http().status == 200 and counted(pair.client, *principals), "the client counts")


def test_a_server_that_is_somebody_else_is_not_believed(pair):
    """The client expects the service accounts of the endpoints that the mesh knows of."""
    assert pair.http().status == 200
    pair.put(f"""{{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {{name: case, namespace: default}},
      spec: {{host: app, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL, subjectAltNames: ["{IDENTITY}/other"]}}}}}}}}\n---\n""")
    eventually(lambda: pair.http().status == 503, "another name is expected")
    pair.put()
    eventually(lambda: pair.http().status == 200, "its own")


def test_requests_go_on_while_certificates_change(world):
    """Certificates of 5 s for both sides: hundreds of requests, each over a connection of its own, none fails."""
    pair = Pair(world, {"SECRET_TTL": "5s"})
    eventually(lambda: pair.with_sidecar("http"), "served")
    first = pair.client.certificates()
    failed, count = [], 0

    def renewed():
        nonlocal count
        count += 1
        answer = pair.http(headers={"connection": "close"})
        if answer.status != 200:
            failed.append((answer.status, answer.body))
        return pair.client.certificates().isdisjoint(first)
    eventually(renewed, "certificates are renewed", 20)
    for _ in range(100):
        renewed()
    assert not failed and count > 100, failed[:3]
