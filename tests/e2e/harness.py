"""What the end-to-end tests play with: a real `amime serve`, real Envoys, real echo applications, on loopback.

Every wait is for a condition and has a bound. Ports are the kernel's choice (port 0), addresses are below 127.0.0.0/8, a
different /24 for each test process, so that tests can run beside each other.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
AMIME = os.environ.get("AMIME", str(ROOT / "build" / "amime"))
ENVOY = os.environ.get("AMIME_ENVOY", str(ROOT / ".deps" / "envoy"))
NET = f"127.{100 + os.getpid() % 100}.{os.getpid() // 100 % 250}"


def eventually(condition, what, seconds=10.0, every=0.02):
    """Waits until condition() is true and returns its value; fails with what it waited for and why it is not so."""
    end = time.monotonic() + seconds
    why = None
    while True:
        try:
            value = condition()
            if value:
                return value
            why = value
        except (OSError, AssertionError, http.client.HTTPException, KeyError, ValueError) as error:
            why = error
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s still not: {what} ({why!r})")
        time.sleep(every)


class Process:
    """A child with its output in a file; ended by its own pid only."""

    def __init__(self, command, log, env=None):
        self.log_path = pathlib.Path(log)
        self.may_end = False  # a test ended it, or waited for its end
        with open(self.log_path, "ab") as out:
            self.popen = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def line(self, pattern, seconds=15):
        def find():
            match = re.search(pattern, self.log())
            if not match and self.popen.poll() is not None:
                raise RuntimeError(f"ended with {self.popen.returncode}: {self.log()[-1000:]}")
            return match

        return eventually(find, f"{self.log_path.name} says {pattern}", seconds)

    def ends(self, seconds, sig=None):
        """Its exit code, once it ended: by itself, or by `sig`."""
        self.may_end = True
        if sig:
            self.popen.send_signal(sig)
        return self.popen.wait(seconds)

    def died(self):
        """How it ended although nobody asked it to, with its last words; None: it did not."""
        if self.may_end or self.popen.poll() is None:
            return None
        return f"{self.log_path.name}: ended with {self.popen.returncode}: {self.log()[-6000:]}"

    def stop(self, sig=signal.SIGTERM, seconds=8):
        self.may_end = True
        if self.popen.poll() is None:
            self.popen.send_signal(sig)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def who(self):
        """name/version of the echo application that answered; None if none did."""
        try:
            return f"{self.json['name']}/{self.json['version']}"
        except (ValueError, KeyError, TypeError):
            return None


def request(address, path="/", host=None, method="GET", headers=None, body=None, timeout=5):
    ip, port = address
    connection = http.client.HTTPConnection(ip, port, timeout=timeout)
    try:
        all_headers = dict(headers or {})
        if host:
            all_headers["Host"] = host
        connection.request(method, path, body=body, headers=all_headers)
        answer = connection.getresponse()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class World:
    """One test's mesh: a configuration directory, a control plane, proxies and applications."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.config = self.path / "config"
        self.config.mkdir()
        self.mesh_config = self.path / "mesh.yaml"
        self.mesh_config.write_text("{}")
        self.processes = []
        self.serve = None
        self.count = 0

    # --- configuration ---
    def write(self, name, text):
        """Replaces a file as editors do: written beside, then renamed over."""
        beside = self.path / f"beside-{name}"
        beside.write_text(text)
        beside.rename(self.config / name)

    def remove(self, name):
        (self.config / name).unlink()

    # --- processes ---
    def start(self, command, name, env=None):
        process = Process(command, self.path / f"{name}.log", env)
        self.processes.append(process)
        return process

    def start_serve(self, *flags, xds="127.0.0.1:0", monitoring="127.0.0.1:0"):
        self.count += 1
        command = [AMIME, "serve", "--config-dir", str(self.config), "--mesh-config", str(self.mesh_config),
                   "--state-dir", str(self.path / "state"), "--xds-address", xds, "--monitoring-address", monitoring, *flags]
        self.serve = self.start(command, f"serve-{self.count}")
        self.xds = address_of(self.serve.line(r"xDS on ([^\s,]+)").group(1))
        self.monitoring = address_of(self.serve.line(r"monitoring on (\S+)").group(1))
        eventually(lambda: self.get("/ready").status == 200, "the control plane is ready")
        return self.serve

    def get(self, path):
        return request(self.monitoring, path)

    def echo(self, name, version, ip, port, *flags):
        """An application at ip:port."""
        process = self.start([AMIME, "echo", "--listen", f"{ip}:{port}", "--name", name, "--version-label", version, *flags], f"echo-{name}-{version}-{ip}-{port}")
        eventually(lambda: socket.create_connection((ip, port), 1).close() is None, f"{name} {version} listens")
        return process

    def envoy(self, name, **facts):
        envoy = Envoy(self, name, **facts)
        self.processes.append(envoy.process)
        return envoy

    def close(self):
        """Ends everything. What had ended by itself before is a failure whatever the test saw, and says why."""
        died = [words for words in (process.died() for process in self.processes) if words]
        for process in reversed(self.processes):
            process.stop()
        assert not died, "\n".join(died)


def address_of(text):
    ip, port = text.rsplit(":", 1)
    return ip.strip("[]"), int(port)


class Envoy:
    """A real Envoy with the bootstrap of a sidecar or gateway. In mode NONE, `bind` is where its outbound listeners stand."""

    def __init__(self, world, name, type="sidecar", namespace="default", ip=None, labels=None, mode="NONE", bind=None, metadata=None, delta=True, drain=1, xds=None, xds_tls=None):
        self.name, self.ip, self.bind = name, ip or f"{NET}.200", bind
        facts = {"NAME": name, "NAMESPACE": namespace, "CLUSTER_ID": "Kubernetes", "ISTIO_VERSION": "1.32.0", "INSTANCE_IPS": self.ip,
                 "SERVICE_ACCOUNT": "default", "WORKLOAD_NAME": name, "LABELS": labels or {}}
        if type == "sidecar":
            facts["INTERCEPTION_MODE"] = mode
        if bind:
            facts["AMIME_BIND_ADDRESS"] = bind
        facts.update(metadata or {})
        ads = {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}
        self.capture = None
        control_plane = xds_cluster(xds or world.xds)
        if xds_tls:
            control_plane["transport_socket"] = xds_tls
        bootstrap = {
            "node": {"id": f"{type}~{self.ip}~{name}.{namespace}~{namespace}.svc.cluster.local", "cluster": f"{name}.{namespace}", "metadata": facts},
            "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
            "dynamic_resources": {
                "lds_config": ads, "cds_config": ads,
                "ads_config": {"api_type": "DELTA_GRPC" if delta else "GRPC", "set_node_on_first_message_only": True, "transport_api_version": "V3",
                               "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}]}},
            "static_resources": {"clusters": [control_plane]}}
        if mode == "REDIRECT" and type == "sidecar":
            self.capture = (f"{NET}.250", free_port(f"{NET}.250"))
            add_capture(bootstrap, self.capture)
        file = world.path / f"{name}.json"
        file.write_text(json.dumps(bootstrap))
        self.admin_path = world.path / f"{name}.admin"
        self.process = Process([ENVOY, "-c", str(file), "--concurrency", "1", "--disable-hot-restart", "--admin-address-path", str(self.admin_path),
                                "--drain-time-s", str(drain), "--file-flush-interval-msec", "20", "-l", "warning"], world.path / f"{name}.log")

    @property
    def admin(self):
        return address_of(eventually(lambda: self.admin_path.read_text().strip(), "Envoy says where its admin listens"))

    def stats(self, pattern):
        text = request(self.admin, f"/stats?filter={pattern}").body.decode()
        return {line.split(": ")[0]: line.split(": ")[1] for line in text.splitlines() if ": " in line}

    def config_dump(self):
        return request(self.admin, "/config_dump?include_eds").json

    def wait_ready(self, seconds=15):
        eventually(lambda: request(self.admin, "/ready").status == 200, f"Envoy {self.name} is ready", seconds)
        return self

    def rejected(self):
        return {k: v for k, v in self.stats("update_rejected").items() if v != "0"}

    def call(self, port, host, path="/", **kw):
        """A request of the application beside this sidecar, or of a client of this gateway."""
        return request((self.bind or "127.0.0.1", port), path, host=host, **kw)

    def call_captured(self, ip, port, host, path="/", timeout=5):
        """A request to ip:port as iptables would capture it: the original destination travels in a PROXY header."""
        with socket.create_connection(self.capture, timeout) as s:
            s.sendall(f"PROXY TCP4 {self.ip} {ip} 33333 {port}\r\n".encode())
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(s)
            answer.begin()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


def xds_cluster(address):
    http2 = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    endpoint = {"endpoint": {"address": {"socket_address": {"address": address[0], "port_value": address[1]}}}}
    return {"name": "xds-grpc", "type": "STATIC", "connect_timeout": "1s",
            "load_assignment": {"cluster_name": "xds-grpc", "endpoints": [{"lb_endpoints": [endpoint]}]},
            "typed_extension_protocol_options": {http2[len("type.googleapis.com/"):]: {"@type": http2, "explicit_http_config": {"http2_protocol_options": {}}}}}


def add_capture(bootstrap, address):
    proxy_protocol = {"@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"}
    tcp = {"@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "capture", "cluster": "nowhere"}
    bootstrap["static_resources"]["listeners"] = [{
        "name": "capture", "use_original_dst": True, "address": {"socket_address": {"address": address[0], "port_value": address[1]}},
        "listener_filters": [{"name": "proxy_protocol", "typed_config": proxy_protocol}],
        "filter_chains": [{"filters": [{"name": "tcp", "typed_config": tcp}]}]}]
    bootstrap["static_resources"]["clusters"].append(
        {"name": "nowhere", "type": "STATIC", "connect_timeout": "1s", "load_assignment": {"cluster_name": "nowhere"}})


def free_port(ip="127.0.0.1"):
    """A port that the kernel calls free at this address. For what cannot be told to choose by itself: service ports."""
    with contextlib.closing(socket.socket()) as s:
        s.bind((ip, 0))
        return s.getsockname()[1]


def service(name, port, endpoints, namespace="default", port_name="http", target=8080, cluster_ip="10.96.0.10"):
    """A Service, its EndpointSlice and the pods behind it: endpoints = {ip: version}."""
    objects = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
                "spec": {"clusterIP": cluster_ip, "selector": {"app": name}, "ports": [{"name": port_name, "port": port, "targetPort": target}]}},
               {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": {"name": f"{name}-1", "namespace": namespace, "labels": {"kubernetes.io/service-name": name}}, "addressType": "IPv4",
                "ports": [{"name": port_name, "port": target, "protocol": "TCP"}],
                "endpoints": [{"addresses": [ip], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": f"{name}-{v}", "namespace": namespace}}
                              for ip, v in endpoints.items()]}]
    for ip, version in endpoints.items():
        objects.append(pod(f"{name}-{version}", ip, {"app": name, "version": version}, namespace, target))
    return yaml.safe_dump_all(objects)


def pod(name, ip, labels, namespace="default", port=8080):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"containers": [{"name": "app", "image": "example.invalid/app:1", "ports": [{"containerPort": port}]}]},
            "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [{"type": "Ready", "status": "True"}]}}


@contextlib.contextmanager
def world():
    with tempfile.TemporaryDirectory(prefix="amime-e2e-") as path:
        made = World(path)
        try:
            yield made
        finally:
            made.close()
