"""What an agent offers around it: readiness, merged metrics, the application's probes, DNS, drain and quit; with a real Envoy."""
import contextlib
import json
import socket
import struct

import pytest

from harness import NET, eventually, free_port, request, service
from test_agent import Agent, mesh  # noqa: F401 (a fixture)
from web import page, serving


class Application:
    """An application with metrics and a health check."""

    def __init__(self):
        self.healthy, self.peers, self.port = True, [], 0

    def answer(self, asked):
        self.peers.append(asked.client_address[0])
        if asked.path == "/app-metrics":
            return page("# TYPE app_orders counter\napp_orders 7\n", kind="text/plain; version=0.0.4")
        return page("fine", 200 if self.healthy or asked.path != "/health" else 503)


@pytest.fixture
def application():
    made = Application()
    with contextlib.ExitStack() as server:
        made.port, made.close = server.enter_context(serving(made.answer, "0.0.0.0")), server.close
        yield made


def status(agent):
    return "127.0.0.1", agent.ports["--status-port"]


def test_readiness_through_envoy(mesh):  # noqa: F811
    agent = Agent(mesh).ready()
    eventually(lambda: request(status(agent), "/healthz/ready").status == 200, "the agent says so")
    eventually(lambda: request(("127.0.0.1", agent.ports["--envoy-status-port"]), "/healthz/ready").status == 200, "and Envoy passes it on")


def test_not_ready_says_why(mesh):  # noqa: F811
    agent = Agent(mesh, control_plane="127.0.0.1:%d" % free_port())
    answer = eventually(lambda: request(status(agent), "/healthz/ready"), "the agent answers")
    assert answer.status == 503 and answer.body.strip()


def test_metrics_are_merged(mesh, application):  # noqa: F811
    annotations = {"scrape": "true", "port": str(application.port), "path": "/app-metrics"}
    agent = Agent(mesh, env={"ISTIO_PROMETHEUS_ANNOTATIONS": json.dumps(annotations)}).ready()
    for path in ("/stats/prometheus", "/metrics"):
        answer = request(status(agent), path)
        text = answer.body.decode()
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
        assert "app_orders 7" in text and "envoy_server_uptime" in text and "istio_agent_scrapes_total" in text
    application.close()
    text = request(status(agent), "/stats/prometheus").body.decode()
    assert "envoy_server_uptime" in text and 'istio_agent_scrape_failures_total{type="application"}' in text


def test_probes_of_the_application(mesh, application):  # noqa: F811
    probers = {"/app-health/app/readyz": {"httpGet": {"path": "/health", "port": application.port}},
               "/app-health/app/livez": {"tcpSocket": {"port": application.port}}}
    agent = Agent(mesh, env={"ISTIO_KUBE_APP_PROBERS": json.dumps(probers)}).ready()
    assert request(status(agent), "/app-health/app/readyz").status == 200
    assert request(status(agent), "/app-health/app/livez").status == 200
    assert set(application.peers) == {"127.0.0.6"}
    application.healthy = False
    assert request(status(agent), "/app-health/app/readyz").status == 503


def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", 0x4D4D, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def resolve(port, name):
    """The first address, by UDP; None: no such answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect(("127.0.0.1", port))
        s.send(question(name))
        reply = s.recv(4096)
    assert reply[:2] == b"MM"
    return socket.inet_ntoa(reply[-4:]) if struct.unpack("!H", reply[6:8])[0] else None


def test_names_of_the_mesh(mesh):  # noqa: F811
    port = free_port()
    agent = Agent(mesh, env={"ISTIO_META_DNS_CAPTURE": "true", "DNS_PROXY_ADDR": f"127.0.0.1:{port}"}).ready()
    address = eventually(lambda: resolve(port, "app"), "the agent knows the name")
    for name in ("app.default", "app.default.svc", "app.default.svc.cluster.local"):
        assert resolve(port, name) == address
    table = request(status(agent), "/debug/ndsz").json["table"]
    assert table["app.default.svc.cluster.local"]["ips"][0] == address
    mesh.write("other.yaml", service("other", free_port(f"{NET}.1"), {f"{NET}.12": "v1"}, cluster_ip="10.96.0.11"))
    eventually(lambda: resolve(port, "other.default"), "a new name")
    assert resolve(port, "app") == address


def test_drain_and_quit(mesh):  # noqa: F811
    agent = Agent(mesh).ready()
    assert request(status(agent), "/drain").status == 405
    assert request(status(agent), "/drain", method="POST").body == b"OK"
    assert agent.call(mesh.port, "app").who == "app/v1", "it still serves"
    assert request(status(agent), "/quitquitquit", method="POST").body == b"OK"
    assert agent.process.ends(15) == 0
