"""MeshConfig.discoverySelectors: what a namespace's labels let requests reach, changed while they run."""
import harness
from harness import NET, eventually, free_port, service


def namespace(name, **labels):
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n"


def test_namespaces_come_and_go_with_their_labels_and_with_the_selectors():
    with harness.world() as world:
        bind = f"{NET}.195"
        port = free_port(bind)
        world.echo("app", "v1", f"{NET}.1", 8080)
        world.write("services.yaml", service("app", port, {f"{NET}.1": "v1"}, namespace="shop"))
        # So that there is a listener, whatever the other namespace is.
        world.write("own.yaml", service("own", port, {}, cluster_ip="10.96.0.11"))
        world.write("namespaces.yaml", namespace("default", mesh="yes") + "---\n" + namespace("shop"))
        world.mesh_config.write_text("{discoverySelectors: [{matchLabels: {mesh: 'yes'}}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
        world.start_serve()
        client = world.envoy("client", bind=bind).wait_ready()
        reached = lambda: client.call(port, "app.shop").who == "app/v1"  # noqa: E731
        assert client.call(port, "app.shop").status == 502
        unselected = [o for o in world.get("/debug/objects").json if o["state"] == "Unselected"]
        assert "Service shop/app" in [o["object"] for o in unselected]
        world.write("namespaces.yaml", namespace("default", mesh="yes") + "---\n" + namespace("shop", mesh="yes"))
        eventually(reached, "the namespace is selected by its label")
        world.mesh_config.write_text("{discoverySelectors: [{matchLabels: {kubernetes.io/metadata.name: default}}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
        eventually(lambda: client.call(port, "app.shop").status == 502, "the selectors select it no more", 20)
        world.mesh_config.write_text("{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
        eventually(reached, "without selectors everything is read")
