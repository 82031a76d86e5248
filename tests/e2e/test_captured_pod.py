"""A whole pod: interception, an agent and its Envoy as user 1337, DNS; the application knows nothing of any of it."""
import http.client
import itertools
import json
import os
import pathlib
import socket
import struct
import tempfile

import pytest

from harness import AMIME, ENVOY, Process, eventually, service
from netns import POD, WORLD, Pod, connect

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"), pytest.mark.xdist_group("netns")]
COUNT = itertools.count()
CLUSTER_IP = "10.96.0.10"
AS_PROXY = ("setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups")


class CapturedPod(Pod):
    def __init__(self, path):
        super().__init__(f"{os.getpid()}-c{next(COUNT)}")
        self.path, self.processes = path, []

    def start(self, *flags):
        self.resolv_conf = self.path / "resolv.conf"
        self.resolv_conf.write_text(f"nameserver {WORLD}\nsearch default.svc.cluster.local svc.cluster.local\n")
        self.start_world()
        self.init("init", "-u", "1337", *flags, resolv_conf=self.resolv_conf, env={"ISTIO_META_DNS_CAPTURE": "true"})
        self.start_agent()

    def run_in(self, namespace, name, *command, env=None):
        process = Process(["ip", "netns", "exec", namespace.name, *command], self.path / f"{name}.log", env and {**os.environ, **env})
        self.processes.append(process)
        return process

    def start_world(self):
        config = self.path / "config"
        config.mkdir()
        (self.path / "mesh.yaml").write_text("{}")
        (config / "app.yaml").write_text(service("app", 80, {WORLD: "v1"}, cluster_ip=CLUSTER_IP))
        self.run_in(self.world, "app", AMIME, "echo", "--listen", f"{WORLD}:8080", "--name", "app", "--version-label", "v1")
        self.listen(self.pod, "own", tcp=(9090,))
        serve = self.run_in(self.world, "serve", AMIME, "serve", "--config-dir", str(config), "--mesh-config", str(self.path / "mesh.yaml"),
                            "--state-dir", str(self.path / "state"), "--xds-address", f"{WORLD}:0", "--monitoring-address", "127.0.0.1:0")
        self.xds = serve.line(r"xDS on ([^\s,]+)").group(1)

    def start_agent(self):
        run_dir = self.path / "proxy"
        run_dir.mkdir()
        os.chown(run_dir, 1337, 1337)
        env = {"POD_NAME": "client", "POD_NAMESPACE": "default", "SERVICE_ACCOUNT": "default", "INSTANCE_IP": POD, "ISTIO_META_DNS_CAPTURE": "true",
               "ISTIO_META_INTERCEPTION_MODE": "REDIRECT", "PROXY_CONFIG": json.dumps({"concurrency": 1, "terminationDrainDuration": "1s"})}
        mount = ("sh", "-c", 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh", str(self.resolv_conf))
        self.agent = self.run_in(self.pod, "agent", *mount, *AS_PROXY, AMIME, "agent", "sidecar", "--plaintext", "--control-plane", self.xds,
                                 "--run-dir", str(run_dir), "--envoy", ENVOY, env=env)
        self.agent.line(r"agent\s+ready.*", 20)

    def get(self, namespace, ip, port, path="/", host=None):
        """Status, headers and body, as a client in that namespace sees them."""

        def ask():
            connection = http.client.HTTPConnection(ip, port, timeout=5)
            connection.request("GET", path, headers={"Host": host} if host else {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

        return namespace.inside(ask)

    def resolve(self, name):
        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(5)
                s.connect((WORLD, 53))
                labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
                s.send(struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1))
                reply = s.recv(4096)
                return socket.inet_ntoa(reply[-4:]) if reply[7] else None

        return self.pod.inside(ask)

    def close(self):
        for process in reversed(self.processes):
            process.stop()
        super().close()


@pytest.fixture(params=[(), ("--native-nftables",)], ids=["iptables", "nftables"])
def pod(request):
    with tempfile.TemporaryDirectory(prefix="amime-pod-") as path:  # pytest's own are closed to other users
        os.chmod(path, 0o755)
        made = CapturedPod(pathlib.Path(path))
        try:
            made.start(*request.param)
            yield made
        finally:
            made.close()


def test_a_pod_that_knows_nothing(pod):
    address = eventually(lambda: pod.resolve("app.default"), "the name of a service is known")
    assert address == CLUSTER_IP, "though nobody in the world answers DNS"
    _, headers, body = eventually(lambda: (got := pod.get(pod.pod, address, 80, host="app"))[0] == 200 and got, "a request to it is answered")
    assert json.loads(body)["name"] == "app" and "x-envoy-upstream-service-time" in headers, "by way of Envoy"
    told = connect(pod.world, POD, 9090)
    assert (told["who"], told["peer"], told["said"]) == ("own", "127.0.0.6", "hello"), "the pod's own application is reached by way of Envoy"
    assert pod.get(pod.world, POD, 15021, "/healthz/ready")[0] == 200, "kubelet's question"
    assert b"envoy_server_uptime" in pod.get(pod.world, POD, 15020, "/stats/prometheus")[2]
    assert pod.get(pod.world, POD, 15020, "/quitquitquit")[0] == 403, "from elsewhere"
