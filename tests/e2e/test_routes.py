"""What a VirtualService says is what answers: each item of spec.http through a real sidecar, told by YAML and requests."""
import time

import pytest
import yaml

import harness
from harness import NET, eventually, free_port, service

RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: app, namespace: default}
spec:
  host: app
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
"""


@pytest.fixture(scope="module")
def mesh():
    with harness.world() as world:
        world.bind = f"{NET}.120"
        world.port = free_port(world.bind)
        for i in (1, 2):
            world.echo("app", f"v{i}", f"{NET}.{i}", 8080)
        world.echo("other", "v1", f"{NET}.3", 8080)
        world.write("services.yaml", service("app", world.port, {f"{NET}.1": "v1", f"{NET}.2": "v2"}))
        world.write("other.yaml", service("other", world.port, {f"{NET}.3": "v1"}, cluster_ip="10.96.0.20"))
        world.write("rule.yaml", RULE)
        world.start_serve()
        world.client = world.envoy("client", bind=world.bind, labels={"app": "client"}).wait_ready()
        world.case = 0
        yield world
        assert world.client.rejected() == {}


class Routes:
    """Puts spec.http in force and waits until it is: a last route, /in-force, says which case is answering."""

    def __init__(self, mesh, http, annotations=None):
        mesh.case += 1
        self.mesh = mesh
        mark = {"match": [{"uri": {"exact": "/in-force"}}], "directResponse": {"status": 200, "body": {"string": f"case {mesh.case}"}}}
        spec = {"hosts": ["app"], "http": [mark, *yaml.safe_load(http)]}
        mesh.write("routes.yaml", yaml.safe_dump({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                                                  "metadata": {"name": "app", "namespace": "default", "annotations": annotations or {}}, "spec": spec}))
        eventually(lambda: self.get("/in-force").body == f"case {mesh.case}".encode(), "the routes are in force")

    def get(self, path="/", **kw):
        return self.mesh.client.call(self.mesh.port, kw.pop("host", "app"), path, **kw)


V1, V2 = "{destination: {host: app, subset: v1}}", "{destination: {host: app, subset: v2}}"
MATCHES = [  # match, then requests that do and do not
    ("{uri: {exact: /a}}", [("/a", {})], [("/a/", {}), ("/ab", {})]),
    ("{uri: {prefix: /a}}", [("/a", {}), ("/ab/c", {})], [("/b", {})]),
    ("{uri: {regex: '/[a-c]+/[0-9]'}}", [("/abc/7", {})], [("/abc/77", {}), ("/x/7", {})]),
    ("{uri: {prefix: /A}, ignoreUriCase: true}", [("/abc", {}), ("/ABC", {})], [("/b", {})]),
    ("{uri: {exact: /Q}, ignoreUriCase: true}", [("/q?x=1", {})], [("/qq", {})]),
    ("{method: {exact: PUT}}", [("/", {"method": "PUT"})], [("/", {"method": "POST"})]),
    ("{scheme: {exact: http}}", [("/", {})], []),
    ("{authority: {prefix: app.}}", [("/", {"host": "app.default"})], [("/", {"host": "app"})]),
    ("{headers: {x-a: {exact: '1'}}}", [("/", {"headers": {"x-a": "1"}})], [("/", {}), ("/", {"headers": {"x-a": "11"}})]),
    ("{headers: {x-a: {prefix: ab}}}", [("/", {"headers": {"x-a": "abc"}})], [("/", {"headers": {"x-a": "a"}})]),
    ("{headers: {x-a: {regex: '[0-9]+'}}}", [("/", {"headers": {"x-a": "42"}})], [("/", {"headers": {"x-a": "42x"}})]),
    ("{headers: {x-a: {}}}", [("/", {"headers": {"x-a": "anything"}})], [("/", {})]),
    ("{withoutHeaders: {x-a: {exact: '1'}}}", [("/", {}), ("/", {"headers": {"x-a": "2"}})], [("/", {"headers": {"x-a": "1"}})]),
    ("{withoutHeaders: {x-a: {}}}", [("/", {})], [("/", {"headers": {"x-a": "2"}})]),
    ("{queryParams: {q: {exact: a}}}", [("/?q=a", {}), ("/?z=1&q=a", {})], [("/?q=ab", {}), ("/", {})]),
    ("{queryParams: {q: {regex: 'a+'}}}", [("/?q=aaa", {})], [("/?q=ab", {})]),
    ("{uri: {prefix: /a}, headers: {x-a: {exact: '1'}}}", [("/a", {"headers": {"x-a": "1"}})], [("/a", {}), ("/b", {"headers": {"x-a": "1"}})]),
    ("{sourceLabels: {app: client}}", [("/", {})], []),
    ("{sourceNamespace: default}", [("/", {})], []),
]
NEVER = ["{sourceLabels: {app: somebody}}", "{sourceNamespace: elsewhere}", "{gateways: [istio-system/gw]}", "{port: 1}", "{scheme: {exact: https}}"]


@pytest.mark.parametrize("match,hits,misses", MATCHES, ids=[m[0] for m in MATCHES])
def test_match(mesh, match, hits, misses):
    routes = Routes(mesh, f"[{{match: [{match}], route: [{V2}]}}, {{route: [{V1}]}}]")
    for path, kw in hits:
        assert routes.get(path, **kw).who == "app/v2", (path, kw)
    for path, kw in misses:
        assert routes.get(path, **kw).who == "app/v1", (path, kw)


@pytest.mark.parametrize("match", NEVER)
def test_match_of_somebody_else(mesh, match):
    assert Routes(mesh, f"[{{match: [{match}], route: [{V2}]}}, {{route: [{V1}]}}]").get().who == "app/v1"


def test_matches_of_one_route_are_alternatives(mesh):
    routes = Routes(mesh, f"[{{match: [{{uri: {{exact: /a}}}}, {{headers: {{x-a: {{exact: '1'}}}}}}], route: [{V2}]}}, {{route: [{V1}]}}]")
    assert [routes.get("/a").who, routes.get("/", headers={"x-a": "1"}).who, routes.get("/b").who] == ["app/v2", "app/v2", "app/v1"]


def test_nothing_matches(mesh):
    assert Routes(mesh, f"[{{match: [{{uri: {{prefix: /only}}}}], route: [{V1}]}}]").get("/else").status == 404


def test_weights(mesh):
    routes = Routes(mesh, "[{route: [{destination: {host: app, subset: v1}, weight: 75}, {destination: {host: app, subset: v2}, weight: 25}]}]")
    who = [routes.get().who for _ in range(300)]
    assert 0.6 < who.count("app/v1") / len(who) < 0.9
    assert set(who) == {"app/v1", "app/v2"}


def test_headers_of_route_and_destination(mesh):
    routes = Routes(mesh, """
- headers: {request: {set: {x-set: route, host: rewritten.example}, add: {x-add: more}, remove: [x-gone]}, response: {set: {x-answer: route}}}
  route:
  - destination: {host: app, subset: v1}
    headers: {request: {add: {x-destination: d}}, response: {remove: [x-hidden]}}
""")
    answer = routes.get(headers={"x-set": "client", "x-add": "client", "x-gone": "1", "x-echo-set": "x-hidden=1"})
    seen = {k.lower(): v for k, v in answer.json["headers"].items()}
    assert seen["x-set"] == "route" and "more" in str(seen["x-add"]) and "x-gone" not in seen and seen["x-destination"] == "d"
    assert answer.json["host"] == "rewritten.example"
    assert answer.headers["x-answer"] == "route" and "x-hidden" not in answer.headers


REDIRECTS = [
    ("{uri: /new}", "/old/x", 301, "http://app/new"),
    ("{authority: other.example}", "/p?q=1", 301, "http://other.example/p?q=1"),
    ("{scheme: https, redirectCode: 308}", "/p", 308, "https://app/p"),
    ("{port: 8443, redirectCode: 302}", "/p", 302, "http://app:8443/p"),
]


@pytest.mark.parametrize("redirect,path,status,location", REDIRECTS, ids=[r[0] for r in REDIRECTS])
def test_redirect(mesh, redirect, path, status, location):
    answer = Routes(mesh, f"[{{redirect: {redirect}}}]").get(path)
    assert (answer.status, answer.headers["location"]) == (status, location)


def test_direct_response(mesh):
    answer = Routes(mesh, "[{directResponse: {status: 418, body: {string: short and stout}}}]").get()
    assert (answer.status, answer.body) == (418, b"short and stout")


REWRITES = [
    ("{uri: {prefix: /old/}}", "{uri: /new/}", "/old/x?y=1", "/new/x?y=1"),
    ("{uri: {prefix: /old/}}", "{uri: /}", "/old/x", "/x"),
    ("{uri: {exact: /old}}", "{uri: /new}", "/old", "/new"),
    ("{uri: {prefix: /u}}", "{uriRegexRewrite: {match: '/u/([0-9]+)', rewrite: '/users/\\1'}}", "/u/7/x", "/users/7/x"),
]


@pytest.mark.parametrize("match,rewrite,path,seen", REWRITES, ids=[r[1] for r in REWRITES])
def test_rewrite(mesh, match, rewrite, path, seen):
    assert Routes(mesh, f"[{{match: [{match}], rewrite: {rewrite}, route: [{V1}]}}]").get(path).json["path"] == seen


def test_rewrite_of_the_authority(mesh):
    assert Routes(mesh, f"[{{rewrite: {{authority: inner.example}}, route: [{V1}]}}]").get().json["host"] == "inner.example"


def test_timeout(mesh):
    routes = Routes(mesh, f"[{{timeout: 300ms, route: [{V1}]}}]")
    began = time.monotonic()
    assert routes.get(headers={"x-echo-delay": "3"}).status == 504
    assert time.monotonic() - began < 2
    assert routes.get().status == 200


def test_retries(mesh):
    routes = Routes(mesh, f"[{{retries: {{attempts: 2, retryOn: 5xx}}, route: [{V1}]}}]")
    assert routes.get(headers={"x-echo-fail": "2", "x-echo-status": "503", "x-echo-id": "retries-2"}).status == 200
    none = Routes(mesh, f"[{{retries: {{attempts: 0}}, route: [{V1}]}}]")
    assert none.get(headers={"x-echo-fail": "1", "x-echo-status": "503", "x-echo-id": "retries-0"}).status == 503


def test_fault(mesh):
    assert Routes(mesh, f"[{{fault: {{abort: {{percentage: {{value: 100}}, httpStatus: 503}}}}, route: [{V1}]}}]").get().status == 503
    routes = Routes(mesh, f"[{{fault: {{delay: {{percentage: {{value: 100}}, fixedDelay: 400ms}}}}, route: [{V1}]}}]")
    began = time.monotonic()
    assert routes.get().who == "app/v1" and time.monotonic() - began > 0.35  # Envoy rounds timers to milliseconds
    half = Routes(mesh, f"[{{fault: {{abort: {{percentage: {{value: 50}}, httpStatus: 500}}}}, route: [{V1}]}}]")
    assert 60 < [half.get().status for _ in range(200)].count(500) < 140


def test_cors(mesh):
    routes = Routes(mesh, f"""
[{{corsPolicy: {{allowOrigins: [{{exact: "https://a.example"}}, {{regex: "https://[a-z]+\\\\.b\\\\.example"}}], allowMethods: [GET, POST], allowHeaders: [x-a], maxAge: 1h, allowCredentials: true}}, route: [{V1}]}}]
""")
    preflight = routes.get(method="OPTIONS", headers={"origin": "https://a.example", "access-control-request-method": "POST"})
    assert preflight.status == 200 and preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert preflight.headers["access-control-max-age"] == "3600" and preflight.headers["access-control-allow-credentials"] == "true"
    assert routes.get(headers={"origin": "https://x.b.example"}).headers["access-control-allow-origin"] == "https://x.b.example"
    assert "access-control-allow-origin" not in routes.get(headers={"origin": "https://evil.example"}).headers


def test_delegate(mesh):
    mesh.write("delegate.yaml", f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: part, namespace: default}}
spec:
  http:
  - {{match: [{{uri: {{prefix: /part/two}}}}], route: [{V2}]}}
  - {{route: [{V1}]}}
""")
    routes = Routes(mesh, "[{match: [{uri: {prefix: /part}}], delegate: {name: part}}, {directResponse: {status: 404}}]")
    eventually(lambda: routes.get("/part/two").who == "app/v2", "the delegate is in force")
    assert routes.get("/part/one").who == "app/v1"
    assert routes.get("/").status == 404


def test_a_destination_of_another_host(mesh):
    assert Routes(mesh, "[{route: [{destination: {host: other}}]}]").get().who == "other/v1"


@pytest.mark.parametrize("destination", ["{host: app, subset: none}", "{host: nobody}", "{host: app, port: {number: 1}}"])
def test_a_destination_that_is_not_there_answers_503(mesh, destination):
    now = {"amime.dev/dangling-timeout": "0"}  # else the edit is held, see rollout/
    routes = Routes(mesh, f"[{{match: [{{uri: {{prefix: /gone}}}}], route: [{{destination: {destination}}}]}}, {{route: [{V1}]}}]", now)
    assert routes.get("/gone").status == 503
    assert routes.get("/").who == "app/v1"
