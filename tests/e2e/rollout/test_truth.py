"""What is held, why and how long; and what `amime status`, `wait` and `apply` say of it."""
import re
import subprocess

import pytest
import yaml
from harness import AMIME, eventually

from loads import Http1
from shop import HOST, Shop, istio


@pytest.fixture
def shop(world):
    made = Shop(world)
    yield made
    made.close()


def test_what_dangles_is_held_with_a_reason_and_a_bound(shop):
    world = shop.up("--dangling-timeout", "3s").world
    shop.routes("nowhere")
    status = eventually(lambda: [o for o in world.get("/debug/objects?object=VirtualService/echo").json if o["state"] == "Held"], "the edit is held")
    assert "has subset nowhere" in status[0]["reason"] and "until" in status[0]
    assert shop.ask(shop.addresses[0]) == "echo/v1"
    world.serve.line(r"VirtualService default/echo: held")
    eventually(lambda: shop.ask(shop.addresses[0]) == 503, "it is in force as written once the bound is over")
    world.serve.line(r"VirtualService default/echo: in force as written")


def test_apply_waits_and_puts_back_what_is_refused(shop):
    world = shop.up().world
    ip, port = world.monitoring

    def apply(spec, *flags, timeout="20s"):
        file = world.path / "routes-echo.yaml"
        file.write_text(istio("VirtualService", "echo", spec))
        return subprocess.run([AMIME, "apply", "-f", str(file), "--config-dir", str(world.config), "--monitoring-address", f"{ip}:{port}", "--wait",
                               f"--timeout={timeout}", *flags], capture_output=True, text=True)

    shop.rule({"v1": "v1", "v2": "v2"})
    to_v2 = {"hosts": [HOST], "gateways": ["mesh", "gw"], "http": [{"route": [{"destination": {"host": HOST, "subset": "v2"}}]}]}
    done = apply(to_v2)
    assert (done.returncode, done.stdout) == (0, "routes-echo.yaml configured\n"), done.stderr
    assert {shop.ask(address) for address in shop.addresses} == {"echo/v2"}
    # Nothing is written of a file that is bad.
    done = apply({**to_v2, "http": [{"route": [{"destination": {"host": HOST}, "weight": "many"}]}]})
    assert done.returncode == 65 and "weight" in done.stderr
    assert yaml.safe_load((world.config / "routes-echo.yaml").read_text())["spec"] == to_v2
    # Not in force in time, and asked to put back.
    done = apply({**to_v2, "http": [{"route": [{"destination": {"host": HOST, "subset": "gone"}}]}]}, "--rollback-on=timeout", timeout="1s")
    assert done.returncode == 1 and "no DestinationRule" in done.stderr and "put back" in done.stderr
    assert yaml.safe_load((world.config / "routes-echo.yaml").read_text())["spec"] == to_v2


def test_a_held_edit_stays_held_across_a_restart(shop):
    world = shop.up("--dangling-timeout", "inf").world
    shop.routes("nowhere")

    def held():
        return [o for o in world.get("/debug/objects?object=VirtualService/echo").json if o["state"] == "Held"]

    eventually(held, "the edit is held")
    with Http1("through one", shop.addresses[0], HOST, {"echo/v1"}) as load:
        shop.restart_serve()
        eventually(held, "it is still held")
        before = load.sent
        eventually(lambda: load.sent > before + 100, "traffic goes on")
    assert load.wrong == []
    shop.rule({"v1": "v1", "nowhere": "v2"})
    eventually(lambda: shop.ask(shop.addresses[0]) == "echo/v2", "what was waited for releases it", 40)


# A regular expression that only Envoy's limit of program size refuses.
TOO_LARGE = "(" + "|".join(f"a{{1,1000}}b{i}" for i in range(5)) + ")"


def refused_routes(shop):
    shop.http_routes([{"match": [{"uri": {"regex": TOO_LARGE}}], "route": [{"destination": {"host": HOST}}]},
                      {"route": [{"destination": {"host": HOST, "subset": "v2"}}]}])


def state_of(world, name):
    return {o["object"]: o for o in world.get("/debug/objects").json}[name]


@pytest.mark.parametrize("delta", [True, False], ids=["delta", "sotw"])
def test_what_is_refused_is_traced_to_its_object_and_the_rest_goes_on(world, delta):
    shop = Shop(world, delta)
    try:
        shop.up()
        with Http1("through one", shop.addresses[0], HOST, {"echo/v1"}) as load:
            # Two objects shape what is refused, and both have just been edited.
            shop.rule({"v1": "v1", "v2": "v2"}, trafficPolicy={"connectionPool": {"http": {"maxRetries": 7}}})
            refused_routes(shop)
            status = eventually(lambda: [o for o in [state_of(world, "VirtualService default/echo")] if o["state"] == "Rejected"], "whose fault it is", 20)
            assert "regex" in status[0]["reason"] and "its version before is in force" in status[0]["reason"]
            assert state_of(world, "DestinationRule default/echo")["state"] == "InForce"
            eventually(lambda: f"outbound|{shop.port}|v2|{HOST}" in world.get("/debug/config_dump?proxyID=one.default").body.decode(), "the rest went on")
            # It survives a restart: no proxy is told of it again.
            shop.restart_serve()
            assert state_of(world, "VirtualService default/echo")["state"] == "Rejected"
            assert not re.search(r"\tads\t.*refused", world.serve.log())
        assert load.wrong == []
        shop.routes("v2")
        eventually(lambda: {shop.ask(a) for a in shop.addresses} == {"echo/v2"}, "an edit ends it", 20)
        assert state_of(world, "VirtualService default/echo")["state"] in ("InForce", "Delivering")
    finally:
        shop.close()


def test_apply_puts_back_what_a_proxy_refuses(shop):
    world = shop.up().world
    ip, port = world.monitoring
    good = (world.config / "routes-echo.yaml").read_text()
    file = world.path / "routes-echo.yaml"
    refused_routes(shop)
    (world.config / "routes-echo.yaml").rename(file)
    (world.config / "routes-echo.yaml").write_text(good)
    done = subprocess.run([AMIME, "apply", "-f", str(file), "--config-dir", str(world.config), "--monitoring-address", f"{ip}:{port}", "--wait"],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "regex" in done.stderr and "put back" in done.stderr, done.stderr
    assert (world.config / "routes-echo.yaml").read_text() == good
    assert {shop.ask(a) for a in shop.addresses} == {"echo/v1"}


def test_a_dry_run_says_what_would_happen_and_does_nothing(shop):
    world = shop.up().world
    ip, port = world.monitoring
    folder = world.path / "next"
    folder.mkdir()

    def dry_run(*flags):
        return subprocess.run([AMIME, "apply", "-f", str(folder), "--config-dir", str(world.config), "--monitoring-address", f"{ip}:{port}", "--dry-run", *flags],
                              capture_output=True, text=True)

    def put(name, text):
        (folder / name).write_text(text)

    to_v2 = [{"route": [{"destination": {"host": HOST, "subset": "v2", "port": {"number": shop.port}}}]}]
    put("routes-echo.yaml", istio("VirtualService", "echo", {"hosts": [HOST], "gateways": ["mesh", "gw"], "http": to_v2}))
    before = world.get("/debug/syncz").body
    done = dry_run()
    assert done.returncode == 0, done.stderr
    assert "routes-echo.yaml configured (dry run)" in done.stdout
    assert re.search(r"VirtualService default/echo: would be Held: .*subset v2", done.stdout) and "0 of 3 proxies" in done.stdout
    put("rule-echo.yaml", istio("DestinationRule", "echo", {"host": HOST, "subsets": [{"name": "v2", "labels": {"version": "v2"}}]}))
    done = dry_run("-v")
    assert "3 of 3 proxies" in done.stdout and re.search(r"^vhds +0 +\d+ +0$", done.stdout, re.M), done.stdout
    assert re.search(rf"cds outbound\|{shop.port}\|v2\|{re.escape(HOST)} is there, then vhds \S+ names it", done.stdout)
    assert re.search(rf'^\+ .*"cluster": "outbound\|{shop.port}\|v2\|', done.stdout, re.M), "the difference of a resource"
    # A file that no more names something deletes it.
    put("gateway.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: default}\n")
    assert "Gateway default/gw: would be Retained" in dry_run().stdout
    put("bad.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: many}]}\n")
    assert dry_run().returncode == 65
    assert world.get("/debug/syncz").body == before
    assert {shop.ask(a) for a in shop.addresses} == {"echo/v1"}
