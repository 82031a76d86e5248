"""What runs beside one Envoy: `amime agent`, with a real control plane and a real Envoy."""
import concurrent.futures
import json
import os
import signal
import socket
import ssl

import pytest

from harness import AMIME, ENVOY, NET, eventually, free_port, request, service
from test_identity import start_secure, token_of

SDS = {"resource_api_version": "V3", "api_config_source": {"api_type": "GRPC", "transport_api_version": "V3", "set_node_on_first_message_only": True,
       "grpc_services": [{"envoy_grpc": {"cluster_name": "sds-grpc"}}]}}


class Agent:
    """An agent with its Envoy; outbound listeners stand at `bind`."""

    def __init__(self, world, name="client", kind="sidecar", namespace="default", account="default", flags=(), env=None, bind=f"{NET}.1", token=None, plaintext=False, control_plane=None):
        self.world, self.name, self.bind = world, name, bind
        self.dir = world.path / f"agent-{name}"
        self.dir.mkdir(exist_ok=True)
        self.ports = {flag: free_port() for flag in ("--status-port", "--admin-port", "--envoy-status-port", "--stats-port")}
        self.admin = ("127.0.0.1", self.ports["--admin-port"])
        self.token = self.dir / "join-token"
        if not plaintext:
            self.token.write_text((token or token_of(world, f"{namespace}/{account}")) + "\n")
        self.env = {**os.environ, "POD_NAME": name, "POD_NAMESPACE": namespace, "SERVICE_ACCOUNT": account, "INSTANCE_IP": f"{NET}.200",
                    "ISTIO_META_INTERCEPTION_MODE": "NONE", "ISTIO_META_AMIME_BIND_ADDRESS": bind,
                    "PROXY_CONFIG": json.dumps({"terminationDrainDuration": "1s", "drainDuration": "1s", "concurrency": 1}), **(env or {})}
        where = ["--plaintext", "--control-plane", control_plane or "%s:%d" % world.xds] if plaintext else [
            "--control-plane", control_plane or "%s:%d" % world.secure, "--control-plane-roots", str(world.path / "state/serving/roots.pem"),
            "--join-token-file", str(self.token), "--identity-dir", str(self.dir / "identity")]
        self.command = [AMIME, "agent", kind, *where, "--run-dir", str(self.dir), "--envoy", ENVOY, *[str(x) for pair in self.ports.items() for x in pair], *flags]
        self.count = 0
        self.start()

    def start(self):
        self.count += 1
        self.process = self.world.start(self.command, f"agent-{self.name}-{self.count}", self.env)
        return self

    def ready(self, seconds=20):
        self.process.line(r"agent\s+ready.*", seconds)
        return self

    def get(self, path):
        return request(self.admin, path)

    def post(self, path):
        return request(self.admin, path, method="POST")

    def stat(self, name):
        return int(self.get(f"/stats?filter=^{name}$").body.decode().strip().rsplit(": ", 1)[1])

    def call(self, port, host, path="/", **more):
        return request((self.bind, port), path, host=host, **more)

    def certificates(self):
        """Serial numbers of what Envoy shows as its own."""
        return {chain["serial_number"] for entry in self.get("/certs").json["certificates"] for chain in entry.get("cert_chain", [])}

    def envoy_pid(self):
        return int(self.process.line(r"started with pid (\d+)(?![\s\S]*started with pid)").group(1))

    def secrets(self):
        dump = self.get("/config_dump?resource=dynamic_active_secrets").json
        return {entry["name"] for entry in dump.get("configs", [])}


def secret_users(port, app_port):
    """A listener with this workload's certificate, and a cluster that trusts the mesh's roots: what makes an Envoy ask for secrets."""
    certificate = [{"name": "default", "sds_config": SDS}]
    tcp = {"@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "tls", "cluster": f"outbound|{app_port}||app.default.svc.cluster.local"}
    listener = {"name": "with-secrets", "address": {"socket_address": {"address": f"{NET}.1", "port_value": port}}, "filter_chains": [{
        "filters": [{"name": "tcp", "typed_config": tcp}],
        "transport_socket": {"name": "tls", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", "require_client_certificate": False,
            "common_tls_context": {"tls_certificate_sds_secret_configs": certificate}}}}]}
    cluster = {"name": "with-roots", "type": "STATIC", "connect_timeout": "1s", "load_assignment": {"cluster_name": "with-roots"},
               "transport_socket": {"name": "tls", "typed_config": {
                   "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                   "common_tls_context": {"tls_certificate_sds_secret_configs": certificate,
                                          "validation_context_sds_secret_config": {"name": "ROOTCA", "sds_config": SDS}}}}}
    patches = [{"applyTo": kind, "patch": {"operation": "ADD", "value": value}} for kind, value in (("LISTENER", listener), ("CLUSTER", cluster))]
    return json.dumps({"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"name": "secrets", "namespace": "default"},
                       "spec": {"configPatches": patches}})


@pytest.fixture
def mesh(world):
    """A control plane with a secure port, an application, and a listener that needs secrets."""
    world.port, world.tls_port = free_port(f"{NET}.1"), free_port(f"{NET}.1")
    world.write("app.yaml", service("app", world.port, {f"{NET}.11": "v1"}))
    world.write("secrets.yaml", secret_users(world.tls_port, world.port))
    world.echo("app", "v1", f"{NET}.11", 8080)
    start_secure(world)
    return world


def serves(world, agent):
    return eventually(lambda: agent.call(world.port, "app").who == "app/v1", "the route is served", 15)


def test_an_agent_gets_its_envoy_ready_with_secrets(mesh):
    agent = Agent(mesh).ready()
    serves(mesh, agent)
    eventually(lambda: agent.secrets() >= {"default", "ROOTCA"}, "Envoy has its secrets")
    assert len(agent.certificates()) == 1
    uris = agent.get("/certs").json["certificates"][0]["cert_chain"][0]["subject_alt_names"]
    assert {"uri": "spiffe://cluster.local/ns/default/sa/default"} in uris
    log = agent.process.log()
    assert "PRIVATE KEY" not in log and agent.token.read_text().strip().split(".")[2] not in log
    for path in ("etc/istio/proxy/envoy-rev.json", "etc/istio/proxy/XDS", "var/run/secrets/workload-spiffe-uds/socket", "etc/istio/proxy/last-good/resources",
                 "identity/workload.pem"):
        assert (agent.dir / path).stat().st_mode & 0o077 == 0, path
    assert b"PRIVATE KEY" not in (agent.dir / "etc/istio/proxy/last-good/resources").read_bytes()
    mesh.write("telemetry.yaml", json.dumps({"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry", "metadata": {"name": "m", "namespace": "default"},
                                             "spec": {"metrics": [{"providers": [{"name": "prometheus"}]}]}}))
    eventually(lambda: agent.call(mesh.port, "app").status == 200 and b"istio_requests_total" in agent.get("/stats/prometheus").body,
               "Istio's metrics are among the statistics that are kept")
    assert agent.process.ends(10, signal.SIGTERM) == 0


def test_a_certificate_is_renewed_while_connections_stay(mesh):
    agent = Agent(mesh, env={"SECRET_TTL": "8s"}).ready()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def connect():
        return context.wrap_socket(socket.create_connection((agent.bind, mesh.tls_port), 5))

    kept = eventually(connect, "the TLS listener answers")
    first = kept.getpeercert(True)

    def answers():
        kept.sendall(b"GET / HTTP/1.1\r\nHost: app\r\n\r\n")
        return kept.recv(4096).startswith(b"HTTP/1.1 200")

    def shown():
        with connect() as other:
            return other.getpeercert(True)

    assert answers()
    second = eventually(lambda: (now := shown()) != first and now, "another certificate is shown", 15)
    assert answers()
    eventually(lambda: shown() not in (first, second), "and another", 15)
    assert answers()
    assert agent.stat("listener_manager.listener_modified") == 0
    kept.close()


def test_all_goes_on_without_a_control_plane(mesh):
    """kill -9 of the control plane, then of Envoy, then of the agent: requests are answered from what was last good."""
    agent = Agent(mesh).ready()
    serves(mesh, agent)
    mesh.serve.ends(5, signal.SIGKILL)
    assert agent.call(mesh.port, "app").who == "app/v1"
    os.kill(agent.envoy_pid(), signal.SIGKILL)
    agent.process.line("no control plane answers: Envoy gets the last good configuration")
    serves(mesh, agent)
    agent.process.ends(5, signal.SIGKILL)
    agent.start().ready()
    assert "with the last good configuration" in agent.process.log()
    serves(mesh, agent)
    eventually(lambda: agent.secrets() >= {"default", "ROOTCA"}, "secrets are from the identity that was kept")


def test_what_changed_meanwhile_arrives_and_nothing_else(mesh):
    agent = Agent(mesh).ready()
    serves(mesh, agent)
    before = agent.stat("cluster_manager.cds.update_success"), agent.stat("listener_manager.listener_added")
    mesh.serve.ends(5, signal.SIGKILL)
    agent.process.line("the control plane at .*: ")
    other = free_port(f"{NET}.1")
    mesh.write("other.yaml", service("other", other, {f"{NET}.12": "v1"}, cluster_ip="10.96.0.11"))
    mesh.echo("other", "v1", f"{NET}.12", 8080)
    secure = "%s:%d" % mesh.secure
    mesh.start_serve("--secure-xds-address", secure)
    eventually(lambda: agent.call(other, "other").who == "other/v1", "the new service is served", 15)
    assert agent.call(mesh.port, "app").who == "app/v1"
    assert agent.stat("listener_manager.listener_modified") == 0
    assert agent.stat("cluster_manager.cluster_modified") == 0
    assert agent.stat("cluster_manager.cds.update_success") > before[0]


def test_another_control_plane_takes_over(mesh):
    """One that is not there is passed over; when the one in use is killed, the next one is at once."""
    mesh.remove("secrets.yaml")  # plaintext: nobody has any
    second = mesh.start([AMIME, "serve", "--config-dir", str(mesh.config), "--xds-address", "127.0.0.1:0", "--monitoring-address", "127.0.0.1:0"], "second")
    other = second.line(r"xDS on ([^\s,]+)").group(1)
    agent = Agent(mesh, plaintext=True, control_plane="127.0.0.1:%d,%s:%d,%s" % (free_port(), *mesh.xds, other))
    agent.process.line("connected to the control plane at %s:%d" % mesh.xds)
    serves(mesh, agent)
    mesh.serve.ends(5, signal.SIGKILL)
    agent.process.line(f"connected to the control plane at {other}", 2)
    port = free_port(f"{NET}.1")
    mesh.write("more.yaml", service("more", port, {f"{NET}.11": "v1"}, cluster_ip="10.96.0.12"))
    eventually(lambda: agent.call(port, "more").who == "app/v1", "changes come from the other one", 10)


def test_names_for_dns_are_received_before_all_is_ready(mesh):
    agent = Agent(mesh, env={"ISTIO_META_DNS_CAPTURE": "true"}).ready()
    assert b"istio.networking.nds.v1.NameTable" in (agent.dir / "etc/istio/proxy/last-good/resources").read_bytes()
    mesh.serve.ends(5, signal.SIGKILL)
    agent.process.ends(5, signal.SIGKILL)
    agent.start().ready()


def test_a_token_of_another_workload_is_refused(mesh):
    agent = Agent(mesh, namespace="bank", token=token_of(mesh, "shop/cart"))
    agent.process.line("the certificate is of spiffe://cluster.local/ns/shop/sa/cart, this workload is spiffe://cluster.local/ns/bank/sa/default")
    assert "ready" not in agent.process.log()


def test_a_certificate_that_was_kept_is_for_its_own_workload_only(mesh):
    agent = Agent(mesh).ready()
    agent.process.stop()
    agent.env["POD_NAMESPACE"] = "bank"
    agent.start()
    agent.process.line("the certificate that was kept is of no use: the certificate is of spiffe://cluster.local/ns/default/sa/default")


def test_an_envoy_that_dies_is_started_again(mesh):
    agent = Agent(mesh).ready()
    first = agent.envoy_pid()
    os.kill(first, signal.SIGKILL)
    agent.process.line(r"Envoy was killed by signal 9; started again in \d+ ms")
    eventually(lambda: agent.envoy_pid() != first, "another Envoy")
    serves(mesh, agent)


def test_plaintext_needs_no_certificate(mesh):
    agent = Agent(mesh, plaintext=True)
    agent.process.line("connected to the control plane")
    eventually(lambda: agent.stat("cluster_manager.cds.update_success") > 0, "clusters are accepted")


def test_as_pilot_agent_in_an_injected_pod(mesh):
    """The arguments and the environment that Istio's injection writes, unchanged, but for ports."""
    link = mesh.path / "pilot-agent"
    link.symlink_to(AMIME)
    agent = Agent(mesh)
    agent.process.stop()
    agent.command = [str(link), "proxy", "sidecar", "--domain", "default.svc.cluster.local", "--proxyLogLevel=warning", "--proxyComponentLogLevel=misc:error",
                     "--log_output_level=default:info", "--concurrency", "1", *agent.command[3:]]
    agent.start().ready()
    serves(mesh, agent)


def test_old_configuration_is_not_used(mesh):
    agent = Agent(mesh, flags=("--last-good-max-age", "1s")).ready()
    mesh.serve.ends(5, signal.SIGKILL)
    agent.process.ends(5, signal.SIGKILL)
    resources = agent.dir / "etc/istio/proxy/last-good/resources"
    os.utime(resources, (0, resources.stat().st_mtime - 60))
    agent.start()
    agent.process.line("is too old")
    assert agent.stat("cluster_manager.cds.update_success") == 0


def test_requests_under_way_end_before_envoy(mesh):
    """SIGTERM while a request is being answered: it is answered, and only then all ends."""
    agent = Agent(mesh, env={"PROXY_CONFIG": json.dumps({"terminationDrainDuration": "3s", "drainDuration": "3s", "concurrency": 1})}).ready()
    serves(mesh, agent)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(agent.call, mesh.port, "app", headers={"x-echo-delay": "1"})
        eventually(lambda: agent.stat("listener_manager.total_listeners_active") > 0, "it is under way")
        agent.process.popen.send_signal(signal.SIGTERM)
        assert slow.result(10).status == 200
    assert agent.process.ends(15) == 0


def test_secrets_of_another_program_are_used(mesh):
    agent = Agent(mesh).ready()
    agent.process.stop()
    path = agent.dir / "var/run/secrets/workload-spiffe-uds/socket"
    assert not path.exists()  # ours is gone with us
    with socket.socket(socket.AF_UNIX) as spire:
        spire.bind(str(path))
        spire.listen()
        before = path.stat().st_ino
        agent.start()
        agent.process.line("secrets come from who listens at")
        eventually(lambda: agent.get("/ready"), "Envoy runs")
        assert path.stat().st_ino == before
        agent.process.stop()
        assert path.exists()
    agent.start().ready()  # one that was left behind is replaced


def test_an_authority_that_is_away_is_waited_for(mesh):
    agent = Agent(mesh, env={"SECRET_TTL": "20s"}).ready()
    mesh.serve.ends(5, signal.SIGKILL)
    agent.process.line(r"no new certificate \(.*\); the one in use is valid for 00:00:\d\d more", 20)
    before = agent.certificates()
    mesh.start_serve("--secure-xds-address", "%s:%d" % mesh.secure)
    eventually(lambda: agent.certificates() != before, "a new certificate is in use", 15)
    assert agent.call(mesh.port, "app").who == "app/v1"
