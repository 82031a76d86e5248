"""WasmPlugin: real modules in a real Envoy, from a file and over HTTP; what a plugin that fails means for requests."""
import hashlib

import pytest
import yaml

import harness
import wasm_module
from harness import NET, eventually, free_port, service
from web import page, serving


@pytest.fixture(scope="module")
def mesh():
    with harness.world() as world:
        world.bind = f"{NET}.160"
        world.port = free_port(world.bind)
        world.echo("app", "v1", f"{NET}.1", 8080)
        world.write("services.yaml", service("app", world.port, {f"{NET}.1": "v1"}))
        world.start_serve()
        world.client = world.envoy("client", bind=world.bind, labels={"app": "client"}).wait_ready()
        yield world


def plugin(name="test", **spec):
    return yaml.safe_dump({"apiVersion": "extensions.istio.io/v1alpha1", "kind": "WasmPlugin", "metadata": {"name": name, "namespace": "default"}, "spec": spec})


def module_file(mesh, name, content):
    path = mesh.path / name
    path.write_bytes(content)
    return f"file://{path}"


def get(mesh):
    return mesh.client.call(mesh.port, "app")


@pytest.fixture(autouse=True)
def without_plugins(mesh):
    eventually(lambda: "x-wasm" not in get(mesh).headers and get(mesh).status == 200, "no plugin is in force")
    yield
    for file in mesh.config.glob("plugin*.yaml"):
        file.unlink()


def test_a_module_from_a_file_sees_every_answer(mesh):
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "one.wasm", wasm_module.module("x-wasm", "one"))))
    eventually(lambda: get(mesh).headers.get("x-wasm") == "one", "the plugin's header is there")
    assert get(mesh).who == "app/v1"


def test_another_module_changes_no_listener(mesh):
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "one.wasm", wasm_module.module("x-wasm", "one"))))
    eventually(lambda: get(mesh).headers.get("x-wasm") == "one", "the plugin is in force")
    before = mesh.client.stats("listener_manager.lds.update_success")
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "two.wasm", wasm_module.module("x-wasm", "two"))))
    eventually(lambda: get(mesh).headers.get("x-wasm") == "two", "the other module is in force")
    assert mesh.client.stats("listener_manager.lds.update_success") == before


def test_priorities_order_what_is_done(mesh):
    for name, priority in (("a", 1), ("b", 2)):
        mesh.write(f"plugin-{name}.yaml", plugin(name, priority=priority, url=module_file(mesh, f"{name}.wasm", wasm_module.module("x-wasm", name))))
    # Answers pass the filters the other way round.
    eventually(lambda: get(mesh).headers.get("x-wasm") in ("a, b", "b"), "both are in force")


def test_a_plugin_of_others_does_not_count(mesh):
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "mine.wasm", wasm_module.module("x-wasm", "mine"))))
    mesh.write("plugin-other.yaml", plugin("other", selector={"matchLabels": {"app": "somebody"}}, url="file:///nowhere"))
    eventually(lambda: get(mesh).headers.get("x-wasm") == "mine", "the own one is in force")


@pytest.mark.parametrize("strategy, status", [("FAIL_OPEN", 200), ("FAIL_CLOSE", 503)])
def test_a_module_that_breaks_down(mesh, strategy, status):
    mesh.write("plugin.yaml", plugin(failStrategy=strategy, url=module_file(mesh, "trap.wasm", wasm_module.trap())))
    eventually(lambda: "wasm" in str(mesh.client.stats("wasm.*created")), "the module is loaded")
    eventually(lambda: get(mesh).status == status, f"requests are answered {status}")


@pytest.mark.parametrize("strategy, status", [("FAIL_OPEN", 200), ("FAIL_CLOSE", 403)])
def test_an_image_cannot_be_fetched_and_that_is_said(mesh, strategy, status):
    mesh.write("plugin.yaml", plugin(failStrategy=strategy, url="oci://registry.example/plugin:v1"))
    mesh.serve.line(r"WasmPlugin default/test.*spec\.url.*an Envoy without Istio's agent fetches")
    eventually(lambda: get(mesh).status == status, f"requests are answered {status}")


CONTENT = {}  # what stands at which path


@pytest.fixture
def modules():
    with serving(lambda asked: page(CONTENT.get(asked.path, b""), 200 if asked.path in CONTENT else 404), f"{NET}.170") as port:
        yield f"http://{NET}.170:{port}"


def test_a_module_over_http_is_fetched_and_checked(mesh, modules):
    CONTENT["/one.wasm"] = wasm_module.module("x-wasm", "http-one")
    sha = hashlib.sha256(CONTENT["/one.wasm"]).hexdigest()
    mesh.write("plugin.yaml", plugin(url=f"{modules}/one.wasm", sha256=sha))
    eventually(lambda: get(mesh).headers.get("x-wasm") == "http-one", "the fetched module is in force")


def remote(modules, name, **more):
    """A plugin whose module, a header x-wasm: NAME, is to be fetched."""
    CONTENT[f"/{name}.wasm"] = wasm_module.module("x-wasm", name)
    return plugin(url=f"{modules}/{name}.wasm", sha256=hashlib.sha256(CONTENT[f"/{name}.wasm"]).hexdigest(), **more)


@pytest.mark.parametrize("delta", [True, False])
def test_another_module_is_fetched_and_no_request_passes_without(mesh, modules, delta):
    proxy = mesh.client if delta else mesh.envoy("whole", bind=f"{NET}.162", delta=False).wait_ready()

    def ask():
        return proxy.call(mesh.port, "app")

    mesh.write("plugin.yaml", remote(modules, "first"))
    eventually(lambda: ask().headers.get("x-wasm") == "first", "the first module is in force")
    for name, more in (("second", {}), ("second", {"pluginConfig": {"a": 1}}), ("third", {"failStrategy": "FAIL_OPEN"}), ("first", {})):
        seen = []
        mesh.write("plugin.yaml", remote(modules, name, **more))

        def changed():
            answer = ask()
            seen.append((answer.status, answer.headers.get("x-wasm")))
            return seen[-1][1] == name and len(seen) > 100

        eventually(changed, f"module {name} is in force")
        assert {status for status, _ in seen} == {200}
        assert None not in {header for _, header in seen}, "some requests passed without the plugin"
    assert proxy.rejected() == {}


def test_one_that_judges_requests_and_has_errors_lets_none_pass(mesh):
    where = {"selector": {"matchLabels": {"app": "client"}}, "phase": "AUTHZ"}
    mesh.write("plugin.yaml", plugin(**where))  # no url
    eventually(lambda: get(mesh).status == 403, "requests are refused")
    other = mesh.envoy("bystander", bind=f"{NET}.163", labels={"app": "bystander"}).wait_ready()
    eventually(lambda: other.call(mesh.port, "app").status == 200, "others are not concerned")
    row = mesh.get("/debug/objects?object=WasmPlugin/test").json[0]
    assert row["state"] == "Invalid" and "spec.url" in row["reason"]
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "judge.wasm", wasm_module.module("x-wasm", "judge")), **where))
    eventually(lambda: get(mesh).headers.get("x-wasm") == "judge", "it is mended")
    mesh.write("plugin.yaml", plugin(**where))
    mesh.serve.line(r"WasmPlugin default/test.*spec\.url: is required[\s\S]*WasmPlugin default/test.*spec\.url: is required")
    assert get(mesh).headers.get("x-wasm") == "judge", "a bad edit keeps the version before"


def test_state_of_the_world_proxies_too(mesh):
    bind = f"{NET}.161"
    other = mesh.envoy("other", bind=bind, delta=False).wait_ready()
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "one.wasm", wasm_module.module("x-wasm", "one"))))
    eventually(lambda: other.call(mesh.port, "app").headers.get("x-wasm") == "one", "the plugin is in force")
    mesh.write("plugin.yaml", plugin(url=module_file(mesh, "two.wasm", wasm_module.module("x-wasm", "two"))))
    eventually(lambda: other.call(mesh.port, "app").headers.get("x-wasm") == "two", "the other module is in force")
    mesh.remove("plugin.yaml")
    eventually(lambda: "x-wasm" not in other.call(mesh.port, "app").headers, "the plugin is gone")
    assert other.rejected() == {}
