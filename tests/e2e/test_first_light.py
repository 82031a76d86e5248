"""The shortest way through everything: a Service, a VirtualService, one sidecar; then a change and a mistake."""
from harness import NET, eventually, free_port, service

VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: reviews, namespace: default}}
spec:
  hosts: [reviews]
  http: [{{route: [{{destination: {{host: reviews, subset: v1}}, weight: {v1}}}, {{destination: {{host: reviews, subset: v2}}, weight: {v2}}}]}}]
"""
DESTINATION_RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: default}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
"""


def bring_up(world, **facts):
    bind = f"{NET}.100"
    port = free_port(bind)
    for i, version in ((1, "v1"), (2, "v2")):
        world.echo("reviews", version, f"{NET}.{i}", 8080)
    world.write("services.yaml", service("reviews", port, {f"{NET}.1": "v1", f"{NET}.2": "v2"}))
    world.write("rule.yaml", DESTINATION_RULE)
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=100, v2=0))
    world.start_serve()
    return world.envoy("client", bind=bind, **facts).wait_ready(), port


def test_a_weight_moves_requests(world):
    envoy, port = bring_up(world)
    assert {envoy.call(port, "reviews").who for _ in range(20)} == {"reviews/v1"}
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=0, v2=100))
    eventually(lambda: envoy.call(port, "reviews").who == "reviews/v2", "requests go to v2")
    assert {envoy.call(port, "reviews").who for _ in range(20)} == {"reviews/v2"}
    assert envoy.rejected() == {}


def test_state_of_the_world_does_the_same(world):
    envoy, port = bring_up(world, delta=False)
    assert envoy.call(port, "reviews").who == "reviews/v1"
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=0, v2=100))
    eventually(lambda: envoy.call(port, "reviews").who == "reviews/v2", "requests go to v2")
    assert envoy.rejected() == {}


def test_a_mistake_leaves_the_last_good_version_in_force(world):
    envoy, port = bring_up(world)
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=0, v2=100).replace("weight", "wieght"))
    world.serve.line(r"routes\.yaml:\d+.*wieght")
    assert {envoy.call(port, "reviews").who for _ in range(20)} == {"reviews/v1"}
