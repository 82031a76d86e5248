"""DNS capture: the table of names that a proxy's agent answers from (NDS), and where the addresses in it lead."""
import queue
import subprocess

import grpc
import pytest
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

import harness
from harness import NET, eventually, service
from test_services import captured, obj, tcp_ask

NAMES = "type.googleapis.com/istio.networking.nds.v1.NameTable"
CLUSTERS, LISTENERS = (f"type.googleapis.com/envoy.config.{what}" for what in ("cluster.v3.Cluster", "listener.v3.Listener"))
CAPTURES = {"DNS_CAPTURE": "true"}


@pytest.fixture(scope="module")
def name_table(tmp_path_factory):
    """The message, from our own schema."""
    file = tmp_path_factory.mktemp("nds") / "nds.pb"
    schemas = harness.ROOT / "api" / "schemas"
    subprocess.run(["protoc", "-I", str(schemas), "--descriptor_set_out", str(file), "nds/name_table.proto"], check=True)
    pool = descriptor_pool.DescriptorPool()
    for described in descriptor_pb2.FileDescriptorSet.FromString(file.read_bytes()).file:
        pool.Add(described)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("istio.networking.nds.v1.NameTable"))


class Agent:
    """What Istio's agent says upstream: Envoy's requests, and after them its own for names."""

    def __init__(self, world, delta, metadata):
        self.delta, self.requests, self.nonces = delta, queue.Queue(), {}
        self.channel = grpc.insecure_channel("{}:{}".format(*world.xds))
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(self.channel)
        call = stub.DeltaAggregatedResources if delta else stub.StreamAggregatedResources
        self.answers = call(iter(self.requests.get, None), timeout=30)
        self.node = {"id": f"sidecar~{NET}.201~agent.default~default.svc.cluster.local", "metadata": {"NAMESPACE": "default", **metadata}}
        for kind in (CLUSTERS, LISTENERS, NAMES):
            self.say(kind)

    def say(self, kind, nonce=""):
        message = discovery_pb2.DeltaDiscoveryRequest if self.delta else discovery_pb2.DiscoveryRequest
        request = message(type_url=kind, response_nonce=nonce)
        json_format.ParseDict(self.node, request.node)
        self.requests.put(request)

    def take(self, kind):
        """The next message of this type; everything that comes is accepted."""
        for answer in self.answers:
            self.say(answer.type_url, answer.nonce)
            if answer.type_url == kind:
                return [r.resource for r in answer.resources] if self.delta else list(answer.resources)

    def table(self, name_table):
        (resource,) = self.take(NAMES)
        return {host: list(info.ips) for host, info in name_table.FromString(resource.value).table.items()}

    def close(self):
        self.requests.put(None)
        self.channel.close()


def entry(name, host, ip, port=9000):
    return obj("ServiceEntry", name, {"hosts": [host], "ports": [{"number": port, "name": "tcp", "protocol": "TCP"}], "resolution": "STATIC",
                                      "endpoints": [{"address": ip}]})


@pytest.mark.parametrize("delta", [True, False], ids=["delta", "sotw"])
@pytest.mark.parametrize("metadata", [CAPTURES, {}], ids=["captures", "asks-all-the-same"])
def test_an_agent_is_told_the_names_and_what_changes(world, name_table, delta, metadata):
    world.write("web.yaml", service("web", 80, {f"{NET}.1": "v1"}, cluster_ip="10.96.0.10"))
    world.write("queue.yaml", entry("queue", "queue.example", f"{NET}.2"))
    world.start_serve()
    agent = Agent(world, delta, metadata)
    try:
        first = agent.table(name_table)
        assert first["web.default.svc.cluster.local"] == ["10.96.0.10"]
        assert ("queue.example" in first) == bool(metadata), "allocated addresses are for those that capture"
        world.write("db.yaml", service("db", 80, {f"{NET}.3": "v1", f"{NET}.4": "v1"}, cluster_ip="None"))
        assert sorted(agent.table(name_table)["db.default.svc.cluster.local"]) == [f"{NET}.3", f"{NET}.4"]
    finally:
        agent.close()


def test_allocated_addresses_lead_to_their_hosts(world):
    """Two TCP services of one port, without addresses: only what DNS answered tells them apart."""
    for i, name in ((2, "queue"), (3, "store")):
        world.start([harness.AMIME, "echo", "--listen", f"{NET}.{i}:8081", "--tcp", f"{NET}.{i}:9000", "--name", name, "--version-label", "v1"], name)
        world.write(f"{name}.yaml", entry(name, f"{name}.example", f"{NET}.{i}"))
    world.start_serve()
    client = captured(world, metadata=CAPTURES)
    agent = Agent(world, True, CAPTURES)
    try:
        agent.take(NAMES)
        shown = world.get("/debug/ndsz?proxyID=agent.default").json["configs"][0]["table"]
    finally:
        agent.close()
    for name in ("queue", "store"):
        eventually(lambda: tcp_ask(client, shown[f"{name}.example"]["ips"][0], 9000) == f"{name}/v1", f"{name} answers")
    assert client.rejected() == {}
