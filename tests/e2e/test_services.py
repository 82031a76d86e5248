"""Which services a sidecar reaches and how: ServiceEntries, visibility, Sidecar objects, captured TCP and HTTP, protocols."""
import socket

import pytest
import yaml

import harness
from harness import NET, eventually, free_port, pod, service


def obj(kind, name, spec, namespace="default", api="networking.istio.io/v1", **meta):
    return yaml.safe_dump({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace, **meta}, "spec": spec}) + "---\n"


@pytest.fixture
def mesh(world):
    world.bind = f"{NET}.130"
    world.port = free_port(world.bind)
    return world


def sidecar(world, **kw):
    return world.envoy("client", bind=world.bind, **kw).wait_ready()


def test_service_entries(mesh):
    mesh.echo("ext", "v1", f"{NET}.1", 8080)
    mesh.echo("vm", "v1", f"{NET}.2", 8080)
    ports = [{"number": mesh.port, "name": "http", "protocol": "HTTP", "targetPort": 8080}]
    mesh.write("entries.yaml", "".join([
        obj("ServiceEntry", "static", {"hosts": ["static.example"], "resolution": "STATIC", "ports": ports, "endpoints": [{"address": f"{NET}.1"}]}),
        obj("ServiceEntry", "dns", {"hosts": ["dns.example"], "resolution": "DNS", "ports": ports, "endpoints": [{"address": f"{NET}.1"}]}),
        obj("ServiceEntry", "vm", {"hosts": ["vm.example"], "location": "MESH_INTERNAL", "resolution": "STATIC", "ports": ports,
                                   "workloadSelector": {"labels": {"app": "vm"}}}),
        obj("WorkloadEntry", "vm", {"address": f"{NET}.2", "labels": {"app": "vm"}}, labels={"app": "vm"}),
        obj("ServiceEntry", "hidden", {"hosts": ["hidden.example"], "resolution": "STATIC", "ports": ports, "endpoints": [{"address": f"{NET}.1"}],
                                       "exportTo": ["."]}, namespace="elsewhere")]))
    mesh.mesh_config.write_text("outboundTrafficPolicy: {mode: REGISTRY_ONLY}")
    mesh.start_serve()
    client = sidecar(mesh)
    assert client.call(mesh.port, "static.example").who == "ext/v1"
    eventually(lambda: client.call(mesh.port, "dns.example").who == "ext/v1", "the name is resolved")
    assert client.call(mesh.port, "vm.example").who == "vm/v1"
    assert client.call(mesh.port, "hidden.example").status == 502
    assert client.call(mesh.port, "unknown.example").status == 502
    assert client.rejected() == {}


def test_a_sidecar_object_narrows_and_widens(mesh):
    mesh.echo("near", "v1", f"{NET}.1", 8080)
    mesh.echo("far", "v1", f"{NET}.2", 8080)
    mesh.write("near.yaml", service("near", mesh.port, {f"{NET}.1": "v1"}))
    mesh.write("far.yaml", service("far", mesh.port, {f"{NET}.2": "v1"}, namespace="elsewhere", cluster_ip="10.96.0.11"))
    mesh.mesh_config.write_text("outboundTrafficPolicy: {mode: REGISTRY_ONLY}")
    mesh.start_serve()
    client = sidecar(mesh)
    assert client.call(mesh.port, "far.elsewhere").who == "far/v1"
    mesh.write("sidecar.yaml", obj("Sidecar", "default", {"egress": [{"hosts": ["./*"]}]}))
    eventually(lambda: client.call(mesh.port, "far.elsewhere").status == 502, "the far service is out of sight")
    assert client.call(mesh.port, "near").who == "near/v1"
    mesh.write("sidecar.yaml", obj("Sidecar", "default", {"egress": [{"hosts": ["./*", "elsewhere/*"]}]}))
    eventually(lambda: client.call(mesh.port, "far.elsewhere").who == "far/v1", "the far service is back")


def test_export_to_and_rule_precedence(mesh):
    for i in (1, 2):
        mesh.echo("app", f"v{i}", f"{NET}.{i}", 8080)
    mesh.write("app.yaml", service("app", mesh.port, {f"{NET}.1": "v1", f"{NET}.2": "v2"}, namespace="server"))
    host = "app.server.svc.cluster.local"
    subset = lambda version: [{"name": "only", "labels": {"version": version}}]  # noqa: E731
    mesh.write("rules.yaml", obj("VirtualService", "app", {"hosts": [host], "http": [{"route": [{"destination": {"host": host, "subset": "only"}}]}]}, "server")
               + obj("DestinationRule", "app", {"host": host, "subsets": subset("v1")}, "server")
               + obj("DestinationRule", "app", {"host": host, "subsets": subset("v2")}, "default"))
    mesh.start_serve()
    client = sidecar(mesh)
    other = mesh.envoy("other", namespace="third", bind=f"{NET}.131").wait_ready()
    assert {client.call(mesh.port, "app.server").who for _ in range(8)} == {"app/v2"}, "the client's own namespace wins"
    assert {other.call(mesh.port, "app.server").who for _ in range(8)} == {"app/v1"}, "else the service's namespace"


def captured(world, **kw):
    return world.envoy("captured", mode="REDIRECT", ip=f"{NET}.140", **kw).wait_ready()


def tcp_ask(envoy, ip, port, line=b"hello"):
    with socket.create_connection(envoy.capture, 5) as s:
        s.sendall(f"PROXY TCP4 {envoy.ip} {ip} 33333 {port}\r\n".encode() + line + b"\n")
        return s.makefile("rb").readline().decode().split()[0]


def test_captured_traffic(mesh):
    mesh.echo("web", "v1", f"{NET}.1", 8080)
    mesh.echo("outside", "v1", f"{NET}.3", 8080)
    mesh.start([harness.AMIME, "echo", "--listen", f"{NET}.2:8081", "--tcp", f"{NET}.2:9090", "--name", "queue", "--version-label", "v1"], "queue")
    eventually(lambda: socket.create_connection((f"{NET}.2", 9090), 1).close() is None, "the queue listens")
    mesh.write("web.yaml", service("web", 8080, {f"{NET}.1": "v1"}))
    mesh.write("queue.yaml", service("queue", 9000, {f"{NET}.2": "v1"}, port_name="tcp", target=9090, cluster_ip="10.96.0.12"))
    mesh.start_serve()
    client = captured(mesh)
    assert client.call_captured("10.96.0.10", 8080, "web").who == "web/v1"
    assert tcp_ask(client, "10.96.0.12", 9000) == "queue/v1"
    assert client.call_captured(f"{NET}.3", 8080, "whatever.example").who == "outside/v1", "an address that no Service has passes"
    assert client.rejected() == {}


def test_headless_pods_are_reached_one_by_one(mesh):
    mesh.echo("db", "v1", f"{NET}.1", 8080)
    mesh.echo("db", "v2", f"{NET}.2", 8080)
    mesh.write("db.yaml", service("db", 8080, {f"{NET}.1": "v1", f"{NET}.2": "v2"}, cluster_ip="None"))
    mesh.start_serve()
    client = captured(mesh)
    assert [client.call_captured(f"{NET}.{i}", 8080, "db").who for i in (1, 2, 1, 2)] == ["db/v1", "db/v2", "db/v1", "db/v2"]


def test_an_unnamed_port_is_sniffed(mesh):
    mesh.echo("web", "v1", f"{NET}.1", 8080)
    mesh.write("web.yaml", service("web", 8000, {f"{NET}.1": "v1"}, port_name=""))
    mesh.start_serve()
    client = captured(mesh)
    answer = client.call_captured("10.96.0.10", 8000, "web")
    assert answer.who == "web/v1"
    assert client.rejected() == {}


def test_endpoints_that_are_not_ready_get_nothing(mesh):
    mesh.echo("app", "v1", f"{NET}.1", 8080)
    mesh.echo("app", "v2", f"{NET}.2", 8080)
    text = service("app", mesh.port, {f"{NET}.1": "v1", f"{NET}.2": "v2"})
    mesh.write("app.yaml", text)
    mesh.start_serve()
    client = sidecar(mesh)
    eventually(lambda: {client.call(mesh.port, "app").who for _ in range(12)} == {"app/v1", "app/v2"}, "both answer")
    documents = list(yaml.safe_load_all(text))
    documents[1]["endpoints"][1]["conditions"] = {"ready": False, "serving": False}
    mesh.write("app.yaml", yaml.safe_dump_all(documents))
    eventually(lambda: {client.call(mesh.port, "app").who for _ in range(12)} == {"app/v1"}, "the unready one is left out")


def test_circuit_breaker_and_outliers(mesh):
    mesh.echo("good", "v1", f"{NET}.1", 8080)
    mesh.echo("ill", "v1", f"{NET}.2", 8080, "--status", "503")
    mesh.write("app.yaml", service("app", mesh.port, {f"{NET}.1": "v1", f"{NET}.2": "v2"}))
    mesh.write("rule.yaml", obj("DestinationRule", "app", {"host": "app", "trafficPolicy": {
        "outlierDetection": {"consecutive5xxErrors": 2, "interval": "1s", "baseEjectionTime": "60s", "maxEjectionPercent": 100}}}))
    mesh.start_serve()
    client = sidecar(mesh)
    eventually(lambda: [client.call(mesh.port, "app").status for _ in range(12)] == [200] * 12, "the ill one is ejected")


def test_consistent_hash_keeps_to_one(mesh):
    for i in (1, 2, 3):
        mesh.echo("app", f"v{i}", f"{NET}.{i}", 8080)
    mesh.write("app.yaml", service("app", mesh.port, {f"{NET}.{i}": f"v{i}" for i in (1, 2, 3)}))
    mesh.write("rule.yaml", obj("DestinationRule", "app", {"host": "app", "trafficPolicy": {"loadBalancer": {"consistentHash": {"httpHeaderName": "x-user"}}}}))
    mesh.start_serve()
    client = sidecar(mesh)
    for user in ("a", "b", "c"):
        assert len({client.call(mesh.port, "app", headers={"x-user": user}).who for _ in range(10)}) == 1
    assert len({client.call(mesh.port, "app", headers={"x-user": f"user {i}"}).who for i in range(30)}) > 1


def test_inbound_reaches_the_application(mesh):
    """A server's own sidecar in `amime up`'s mode: bound at one loopback address, the application at another."""
    mesh.echo("server", "v1", f"{NET}.1", 8080)
    mesh.write("server.yaml", service("server", mesh.port, {f"{NET}.50": "v1"}))
    mesh.write("pod.yaml", yaml.safe_dump(pod("server-v1", f"{NET}.50", {"app": "server", "version": "v1"})))
    mesh.start_serve()
    server = mesh.envoy("server-v1", ip=f"{NET}.50", labels={"app": "server", "version": "v1"}, bind=f"{NET}.51",
                        metadata={"AMIME_INBOUND_ADDRESS": f"{NET}.50", "AMIME_APP_ADDRESS": f"{NET}.1"}).wait_ready()
    client = sidecar(mesh)
    eventually(lambda: client.call(mesh.port, "server").who == "server/v1", "the request goes through both proxies")
    assert int(server.stats("inbound.*downstream_rq_total").popitem()[1]) >= 1 or server.stats("rq_total")
    assert server.rejected() == {}
