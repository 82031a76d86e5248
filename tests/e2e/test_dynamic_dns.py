"""Names that are resolved on the way: unknown hosts (ALLOW_ANY_DYNAMIC_DNS) and wildcard ServiceEntries (DYNAMIC_DNS)."""
import pytest

import harness
from harness import NET, eventually, free_port, service

# Every resolver knows localhost and what is below it; nothing is asked outside.


@pytest.fixture(scope="module")
def mesh():
    with harness.world() as world:
        world.bind = f"{NET}.190"
        world.port, world.wild = free_port(world.bind), free_port(world.bind)
        world.app_port = free_port()
        world.echo("outside", "v1", "127.0.0.1", world.app_port)
        world.echo("app", "v1", f"{NET}.1", 8080)
        world.write("services.yaml", service("app", world.port, {f"{NET}.1": "v1"}))
        world.mesh_config.write_text("outboundTrafficPolicy: {mode: ALLOW_ANY_DYNAMIC_DNS}\n")
        world.start_serve()
        world.client = world.envoy("client", bind=world.bind).wait_ready()
        yield world


def test_an_unknown_host_is_resolved_where_known_ones_are_not(mesh):
    eventually(lambda: mesh.client.call(mesh.port, f"localhost:{mesh.app_port}").who == "outside/v1", "the name leads to the application")
    assert mesh.client.call(mesh.port, "app").who == "app/v1"
    assert mesh.client.call(mesh.port, "no-such-name.invalid").status == 503


def test_a_wildcard_service_entry_is_resolved_for_its_hosts_only(mesh):
    mesh.mesh_config.write_text("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n")
    mesh.write("wild.yaml", f"""
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: wild, namespace: default}}
spec:
  hosts: ["*.localhost"]
  location: MESH_EXTERNAL
  resolution: DYNAMIC_DNS
  ports: [{{number: {mesh.wild}, name: http, protocol: HTTP}}]
""")
    eventually(lambda: mesh.client.call(mesh.wild, f"any.localhost:{mesh.app_port}").who == "outside/v1", "its hosts are resolved")
    assert mesh.client.call(mesh.wild, f"localhost:{mesh.app_port}").status == 502, "others are blocked"
