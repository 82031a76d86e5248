"""Processes that come and go under traffic: control plane, proxies, files, endpoints. No request may notice."""
import signal
import threading
import time

import pytest

from harness import NET, eventually, free_port, request, service
from test_first_light import DESTINATION_RULE, VIRTUAL_SERVICE, bring_up


class Traffic:
    """Requests one after another until stopped; what did not answer as expected is kept."""

    def __init__(self, envoy, port, expected):
        self.sent, self.wrong = 0, []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(envoy, port, expected))

    def _run(self, envoy, port, expected):
        while not self._stop.is_set():
            self.sent += 1
            try:
                answer = envoy.call(port, "reviews")
                if answer.who not in expected:
                    self.wrong.append((answer.status, answer.body[:80]))
            except OSError as error:
                self.wrong.append(repr(error))

    def __enter__(self):
        self._thread.start()
        eventually(lambda: self.sent > 20, "traffic flows")
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)


@pytest.mark.parametrize("delta", [True, False], ids=["delta", "sotw"])
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_the_control_plane_restarts_under_traffic(world, delta, sig):
    envoy, port = bring_up(world, delta=delta)
    xds = f"{world.xds[0]}:{world.xds[1]}"
    with Traffic(envoy, port, {"reviews/v1"}) as traffic:
        began = time.monotonic()
        world.serve.stop(sig)
        assert time.monotonic() - began < 5
        world.start_serve(xds=xds)
        eventually(lambda: "client.default" in world.get("/debug/syncz").body.decode(), "the proxy is back", 40)
        before = traffic.sent
        eventually(lambda: traffic.sent > before + 50, "traffic goes on")
    assert traffic.wrong == []
    # And it is served: a change arrives.
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=0, v2=100))
    eventually(lambda: envoy.call(port, "reviews").who == "reviews/v2", "requests go to v2", 40)


def test_a_bad_file_survives_a_restart_as_its_last_good_version(world):
    envoy, port = bring_up(world)
    xds = f"{world.xds[0]}:{world.xds[1]}"
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=0, v2=100))
    eventually(lambda: envoy.call(port, "reviews").who == "reviews/v2", "requests go to v2")
    world.write("routes.yaml", "kind: [not, a, VirtualService")
    world.serve.line(r"routes\.yaml")
    world.serve.stop()
    world.start_serve(xds=xds)
    fresh = world.envoy("late", bind=f"{NET}.101").wait_ready()
    world.write("services2.yaml", service("other", free_port(), {f"{NET}.9": "v1"}, cluster_ip="10.96.0.11"))
    assert {fresh.call(port, "reviews").who for _ in range(10)} == {"reviews/v2"}
    assert "routes.yaml" in world.get("/debug/configz").body.decode()


def test_endpoints_leave_at_once(world):
    envoy, port = bring_up(world)
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=50, v2=50))
    eventually(lambda: envoy.call(port, "reviews").who == "reviews/v2", "v2 is asked")
    world.remove("routes.yaml")
    world.write("services.yaml", service("reviews", port, {f"{NET}.2": "v2"}))
    eventually(lambda: {envoy.call(port, "reviews").who for _ in range(10)} == {"reviews/v2"}, "v1 left")


def test_git_like_replacement_is_no_deletion(world):
    envoy, port = bring_up(world)
    with Traffic(envoy, port, {"reviews/v1"}) as traffic:
        for _ in range(5):
            text = (world.config / "routes.yaml").read_text()
            world.remove("routes.yaml")
            (world.config / "routes.yaml").write_text(text)
            before = traffic.sent
            eventually(lambda: traffic.sent > before + 30, "traffic goes on")
    assert traffic.wrong == []


def test_a_rejected_resource_is_named_and_harms_nothing_else(world):
    envoy, port = bring_up(world)
    # Understood by us, refused by Envoy: two gateways' worth of nonsense cannot be had in YAML, a regex that only Envoy's
    # program size limit refuses can.
    huge = "(" + "|".join(f"a{{1,1000}}b{i}" for i in range(5)) + ")"
    world.write("bad.yaml", f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: bad, namespace: default}}
spec:
  hosts: [bad.example]
  http: [{{match: [{{uri: {{regex: "{huge}"}}}}], route: [{{destination: {{host: reviews}}}}]}}]
""")
    world.write("routes.yaml", VIRTUAL_SERVICE.format(v1=0, v2=100))
    eventually(lambda: envoy.call(port, "reviews").who == "reviews/v2", "an unrelated change arrives")


def test_a_second_control_plane_on_the_port_says_so(world):
    bring_up(world)
    other = world.start([*world.serve.popen.args[:1], "serve", "--config-dir", str(world.config), "--xds-address", f"{world.xds[0]}:{world.xds[1]}",
                         "--monitoring-address", "127.0.0.1:0"], "second")
    assert other.ends(10) == 1
    assert "in use" in other.log()


def test_status_says_who_has_what(world):
    envoy, port = bring_up(world)
    eventually(lambda: world.get("/debug/syncz").json[0]["proxy"] == "client.default", "the proxy is listed")
    proxy = world.get("/debug/syncz").json[0]
    assert proxy["cluster_sent"] and proxy["cluster_sent"] == proxy["cluster_acked"]
    assert proxy["listener_sent"] == proxy["listener_acked"]
    metrics = world.get("/metrics").body.decode()
    for name in ("pilot_xds", "pilot_xds_pushes", "pilot_proxy_convergence_time", "amime_config_acked_seconds"):
        assert name in metrics
    dump = world.get("/debug/config_dump?proxyID=client.default").body.decode()
    assert "outbound|" in dump and "reviews.default.svc.cluster.local" in dump
    assert request(world.monitoring, "/version").status == 200
    assert envoy.rejected() == {}
