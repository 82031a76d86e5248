"""Telemetry: logs, traces and metrics that real sidecars write, send and count."""
import concurrent.futures
import http.server
import json
import re
import threading

import grpc
import pytest
import yaml
from envoy.service.accesslog.v3 import als_pb2, als_pb2_grpc

import harness
from harness import NET, eventually, free_port, service

CLIENT, SERVER = f"{NET}.160", f"{NET}.161"


def telemetry(spec, name="test", namespace="default"):
    return yaml.safe_dump({"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry", "metadata": {"name": name, "namespace": namespace}, "spec": spec})


class Spans:
    """A Zipkin collector: keeps the spans that it is sent."""

    def __init__(self, ip):
        spans = self.spans = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                spans.extend(json.loads(self.body()))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def body(self):
                if "Content-Length" in self.headers:
                    return self.rfile.read(int(self.headers["Content-Length"]))
                chunks = []
                while size := int(self.rfile.readline(), 16):  # Transfer-Encoding: chunked, as Envoy sends them
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(chunks)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((ip, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]


class Logs(als_pb2_grpc.AccessLogServiceServicer):
    """An access log service: keeps the entries that it is sent."""

    def __init__(self, ip):
        self.entries = []
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
        als_pb2_grpc.add_AccessLogServiceServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port(f"{ip}:0")
        self.server.start()

    def StreamAccessLogs(self, requests, _):
        for message in requests:
            self.entries.extend(message.http_logs.log_entry)
        return als_pb2.StreamAccessLogsResponse()


@pytest.fixture(scope="module")
def mesh():
    """client -> its sidecar -> the server's sidecar -> app; a collector of spans and one of logs beside them."""
    spans, logs = Spans(f"{NET}.3"), Logs(f"{NET}.4")
    with harness.world() as world:
        world.spans, world.logs = spans.spans, logs.entries
        world.port, world.app_port, world.inbound = free_port(CLIENT), free_port("127.0.0.1"), free_port(SERVER)
        world.echo("app", "v1", "127.0.0.1", world.app_port)
        world.write("app.yaml", service("app", world.port, {SERVER: "v1"}, target=world.inbound))
        world.write("zipkin.yaml", service("zipkin", 9411, {f"{NET}.3": "v1"}, target=spans.port, cluster_ip="10.96.0.21"))
        world.write("als.yaml", service("als", 9000, {f"{NET}.4": "v1"}, port_name="grpc", target=logs.port, cluster_ip="10.96.0.22"))
        world.write("sidecar.yaml", yaml.safe_dump({
            "apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": "app", "namespace": "default"},
            "spec": {"workloadSelector": {"labels": {"app": "app"}}, "egress": [{"hosts": ["./*"]}],
                     "ingress": [{"port": {"number": world.inbound, "name": "http", "protocol": "HTTP"}, "bind": SERVER,
                                  "defaultEndpoint": f"127.0.0.1:{world.app_port}"}]}}))
        world.log_file = world.path / "access.log"
        host = "default.svc.cluster.local"
        world.mesh_config.write_text(yaml.safe_dump({"extensionProviders": [
            {"name": "file", "envoyFileAccessLog": {"path": str(world.log_file), "logFormat": {"labels": {"path": "%REQ(:PATH)%", "code": "%RESPONSE_CODE%"}}}},
            {"name": "zipkin", "zipkin": {"service": f"zipkin.{host}", "port": 9411}},
            {"name": "als", "envoyHttpAls": {"service": f"als.{host}", "port": 9000, "additionalRequestHeadersToLog": ["x-tenant"]}}]}))
        world.start_serve()
        facts = {"MESH_ID": "our-mesh"}
        world.server = world.envoy("app-v1", ip=SERVER, labels={"app": "app", "version": "v1"}, metadata=facts).wait_ready()
        world.client = world.envoy("shop-v2", bind=CLIENT, labels={"app": "shop", "version": "v2"}, metadata=facts).wait_ready()
        eventually(lambda: call(world).who == "app/v1", "the app answers through both sidecars")
        yield world
    spans.server.shutdown()
    logs.server.stop(0)


def call(mesh, path="/", **kw):
    return mesh.client.call(mesh.port, "app", path, **kw)


def counted(envoy, name):
    """[(labels, value)] of a metric as Prometheus would scrape it."""
    text = harness.request(envoy.admin, "/stats/prometheus").body.decode()
    found = re.findall(rf"^{name}{{(.*)}} (\S+)$", text, re.MULTILINE)
    return [(dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)) for labels, value in found]


def test_a_file_gets_what_the_filter_lets_through(mesh):
    mesh.write("telemetry.yaml", telemetry({"accessLogging": [
        {"providers": [{"name": "file"}], "match": {"mode": "CLIENT"}, "filter": {"expression": "request.url_path == '/logged'"}}]}))

    def logged():
        call(mesh, "/unlogged")
        call(mesh, "/logged")
        return mesh.log_file.exists() and [json.loads(line) for line in mesh.log_file.read_text().splitlines()]

    lines = eventually(logged, "a line is written")
    assert {line["path"] for line in lines} == {"/logged"}
    assert all(str(line["code"]) == "200" for line in lines)


def test_an_access_log_service_is_told_of_requests_by_the_server_alone(mesh):
    mesh.write("telemetry.yaml", telemetry({"accessLogging": [{"providers": [{"name": "als"}], "match": {"mode": "SERVER"}}]}))

    def told():
        call(mesh, "/als", headers={"x-tenant": "blue"})
        return [e for e in mesh.logs if e.request.path == "/als"]

    entry = eventually(told, "an entry arrives")[0]
    assert entry.request.request_headers["x-tenant"] == "blue"
    assert entry.common_properties.upstream_cluster == f"inbound|{mesh.inbound}||"
    assert mesh.client.rejected() == {} and mesh.server.rejected() == {}


def test_spans_of_both_sidecars_make_one_trace(mesh):
    mesh.write("telemetry.yaml", telemetry({"tracing": [
        {"providers": [{"name": "zipkin"}], "randomSamplingPercentage": 100, "customTags": {"tenant": {"header": {"name": "x-tenant"}}}}]}))

    def traced():
        call(mesh, "/traced", headers={"x-tenant": "green"})
        spans = [s for s in mesh.spans if "/traced" in s["tags"].get("http.url", "")]
        ids = {s["traceId"] for s in spans}
        return next((found for i in ids if len(found := [s for s in spans if s["traceId"] == i]) >= 2), None)

    spans = eventually(traced, "both sidecars send a span of one request")
    assert {s["tags"]["tenant"] for s in spans} == {"green"}
    assert {s["tags"]["istio.mesh_id"] for s in spans} == {"our-mesh"}
    assert {s["localEndpoint"]["serviceName"] for s in spans} == {"app-v1.default", "shop-v2.default"}


def test_metrics_have_istios_names_and_labels_on_both_sides(mesh):
    mesh.write("telemetry.yaml", telemetry({"metrics": [{"providers": [{"name": "prometheus"}]}]}))

    def both():
        answer = call(mesh, "/counted")
        assert "x-amime-peer" not in {name.lower() for name in answer.json["headers"]}, "the application is not told"
        return counted(mesh.client, "istio_requests_total") and [
            found for found in counted(mesh.server, "istio_requests_total") if found[0]["source_workload"] == "shop-v2"]

    eventually(both, "both sidecars count")
    source = counted(mesh.client, "istio_requests_total")[0][0]
    known = {"source_workload": "shop-v2", "source_workload_namespace": "default", "source_app": "shop", "source_version": "v2",
             "source_canonical_service": "shop", "source_canonical_revision": "v2", "source_cluster": "Kubernetes",
             "destination_workload": "app-v1", "destination_workload_namespace": "default", "destination_app": "app", "destination_version": "v1",
             "destination_canonical_service": "app", "destination_canonical_revision": "v1", "destination_cluster": "Kubernetes",
             "response_code": "200", "response_flags": "-", "request_protocol": "http", "grpc_response_status": "",
             "source_principal": "unknown", "destination_principal": "unknown"}
    service_of = {"destination_service": "app.default.svc.cluster.local", "destination_service_name": "app", "destination_service_namespace": "default"}
    assert source == {**known, **service_of, "reporter": "source", "connection_security_policy": "unknown"}
    target = next(labels for labels, _ in counted(mesh.server, "istio_requests_total") if labels["source_workload"] == "shop-v2")
    assert {k: v for k, v in target.items() if k in known} == known
    assert (target["reporter"], target["connection_security_policy"]) == ("destination", "none")
    before = sum(value for _, value in counted(mesh.client, "istio_requests_total"))
    for _ in range(10):
        call(mesh, "/counted")
    eventually(lambda: sum(value for _, value in counted(mesh.client, "istio_requests_total")) == before + 10, "every request counts once")
    for name in ("istio_request_duration_milliseconds_count", "istio_request_bytes_sum", "istio_response_bytes_sum"):
        eventually(lambda: any(value > 0 for _, value in counted(mesh.client, name)), f"{name} is merged into what is shown")


def test_a_tag_is_added_one_removed_a_metric_switched_off(mesh):
    mesh.write("telemetry.yaml", telemetry({"metrics": [{"providers": [{"name": "prometheus"}], "overrides": [
        {"match": {"metric": "REQUEST_COUNT", "mode": "CLIENT"},
         "tagOverrides": {"request_method": {"operation": "UPSERT", "value": "request.method"}, "source_app": {"operation": "REMOVE"}}},
        {"match": {"metric": "REQUEST_SIZE"}, "disabled": True}]}]}))

    def tagged():
        call(mesh, "/tagged", method="PUT")
        return [labels for labels, _ in counted(mesh.client, "istio_requests_total") if labels.get("request_method") == "PUT"]

    labels = eventually(tagged, "the tag is there")[0]
    assert "source_app" not in labels and labels["source_workload"] == "shop-v2"
    assert mesh.client.rejected() == {} and mesh.server.rejected() == {}
