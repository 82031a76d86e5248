"""Kubernetes Gateway API and Ingress with real Envoys: what a request sees, and what the status says."""
from harness import NET, eventually, free_port, service
from test_gateway import certificate, https, secret, subject

GATEWAY = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: default}\nspec: {gatewayClassName: istio, listeners: [%s]}\n"
ROUTE = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: %s, namespace: default}\nspec:\n  parentRefs: [{name: gw}]\n%s\n"


def objects(world, name):
    """Rows of /debug/objects by their object's name."""
    return {row["object"]: row for row in world.get(f"/debug/objects?object={name}").json}


def rows(*rules):
    return "  rules:\n" + "\n".join(f"  - {rule}" for rule in rules)


def bring_up(world, listeners, *routes):
    world.echo("a", "v1", f"{NET}.1", 8080)
    world.echo("b", "v1", f"{NET}.2", 8080)
    world.write("services.yaml", service("a", 80, {f"{NET}.1": "v1"}) + "---\n" + service("b", 80, {f"{NET}.2": "v1"}, cluster_ip="10.96.0.11"))
    world.write("gateway.yaml", GATEWAY % listeners + "".join(routes))
    world.start_serve()
    ip = f"{NET}.110"
    return world.envoy("gw", type="router", labels={"gateway.networking.k8s.io/gateway-name": "gw"}, ip=ip, bind=ip)


def to(name, more=""):
    return f"backendRefs: [{{name: {name}, port: 80{more}}}]"


def test_what_a_request_sees(world):
    port = free_port(f"{NET}.110")
    gateway = bring_up(world, f"{{name: http, port: {port}, protocol: HTTP}}", ROUTE % ("r", "  hostnames: [shop.example]\n" + rows(
        "{matches: [{path: {value: /b}}], %s}" % to("b"),
        "{matches: [{path: {type: Exact, value: /b/one}}], %s}" % to("a"),
        "{matches: [{headers: [{name: x-to, value: b}]}, {queryParams: [{name: to, value: b}]}, {method: DELETE}], %s}" % to("b"),
        "{matches: [{path: {value: /gone}}], %s}" % to("nowhere"),
        "{matches: [{path: {value: /empty}}]}",
        "{matches: [{path: {value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]}",
        "{matches: [{path: {value: /strip}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}], %s}" % to("a"),
        "{matches: [{path: {value: /seen}}], filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x-seen, value: 'yes'}]}}], %s}" % to("a"),
        "{%s}" % to("a"))))

    def ask(path="/", **kw):
        return gateway.call(port, "shop.example", path, **kw)

    eventually(lambda: ask().who == "a/v1", "the gateway routes")
    assert gateway.call(port, "other.example").status == 404
    assert ask("/b").who == ask("/b/two").who == "b/v1"
    assert ask("/bee").who == "a/v1", "a prefix is whole elements"
    assert ask("/b/one").who == "a/v1", "the exact path comes first"
    assert ask(headers={"x-to": "b"}).who == ask("/?to=b").who == ask(method="DELETE").who == "b/v1"
    assert ask("/gone").status == ask("/empty").status == 500
    moved = ask("/old/x")
    assert moved.status == 302 and moved.headers["location"].endswith(f"shop.example:{port}/x")
    assert ask("/strip/x/y").json["path"] == "/x/y" and ask("/strip").json["path"] == "/"
    assert ask("/seen").headers["x-seen"] == "yes"
    row = objects(world, "HTTPRoute/r")["HTTPRoute default/r"]
    assert "BackendNotFound" in row["reason"] and row["state"] == "InForce"
    assert [c["status"] for c in row["parts"][0]["conditions"]] == ["True", "False"]
    assert objects(world, "KubernetesGateway/gw")["KubernetesGateway default/gw"]["parts"][0]["attachedRoutes"] == 1
    world.write("nowhere.yaml", service("nowhere", 80, {f"{NET}.2": "v1"}, cluster_ip="10.96.0.12"))
    eventually(lambda: ask("/gone").who == "b/v1", "the backend that came is used")
    assert gateway.rejected() == {}


def test_what_filters_do(world):
    port = free_port(f"{NET}.110")
    gateway = bring_up(world, f"{{name: http, port: {port}, protocol: HTTP}}", ROUTE % ("r", rows(
        "{matches: [{path: {value: /whole}}], filters: [{type: URLRewrite, urlRewrite: {hostname: new.example, path: {type: ReplaceFullPath, replaceFullPath: /one}}}], %s}" % to("a"),
        "{matches: [{path: {value: /prefix}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new/}}}], %s}" % to("a"),
        "{matches: [{path: {value: /to}}], filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: x.example, port: 8443, statusCode: 308, path: {type: ReplaceFullPath, replaceFullPath: /all}}}]}",
        "{matches: [{path: {value: /secure}}], filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}",
        "{matches: [{path: {value: /request}}], filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-set, value: '1'}], add: [{name: x-add, value: '2'}], remove: [x-gone]}}], %s}" % to("a"),
        "{matches: [{path: {value: /own}}], backendRefs: [{name: a, port: 80, weight: 0}, {name: b, port: 80, filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: x-own, value: b}]}}]}]}",
        "{matches: [{path: {value: /mirror}}], filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}, fraction: {numerator: 1, denominator: 1}}}], %s}" % to("a"),
        "{matches: [{path: {value: /cors}}], filters: [{type: CORS, cors: {allowOrigins: ['https://*.shop.example'], allowMethods: [PUT], allowCredentials: true, maxAge: 60}}], %s}" % to("a"),
        "{matches: [{path: {value: /slow}}], timeouts: {request: 200ms}, %s}" % to("a"),
        "{matches: [{path: {value: /again}}], retry: {codes: [503], attempts: 3, backoff: 10ms}, %s}" % to("a"),
        "{%s}" % to("a"))), ROUTE % ("patterns", "  hostnames: [patterns.example]\n" + rows(
            "{matches: [{path: {type: RegularExpression, value: '/v[0-9]+/.*'}, headers: [{type: RegularExpression, name: x-kind, value: 'a.c'}], queryParams: [{type: RegularExpression, name: q, value: '[xy]'}]}], %s}" % to("b"))))

    def ask(path="/", **kw):
        return gateway.call(port, "shop.example", path, **kw)

    def sent_to_b():
        return sum(int(n) for name, n in gateway.stats("upstream_rq_total").items() if "|b.default" in name and name.endswith("upstream_rq_total"))

    eventually(lambda: ask().who == "a/v1", "the gateway routes")
    whole = ask("/whole/x").json
    assert (whole["path"], whole["host"]) == ("/one", "new.example")
    assert ask("/prefix/x").json["path"] == "/new/x" and ask("/prefix").json["path"] == "/new"
    moved = ask("/to/x")
    assert (moved.status, moved.headers["location"]) == (308, "https://x.example:8443/all")
    assert ask("/secure/x").headers["location"] == "https://shop.example/secure/x"
    seen = {k.lower(): v for k, v in ask("/request", headers={"x-set": "0", "x-add": "1", "x-gone": "1"}).json["headers"].items()}
    assert seen["x-set"] == "1" and "2" in str(seen["x-add"]) and "x-gone" not in seen
    own = [ask("/own") for _ in range(20)]
    assert {answer.who for answer in own} == {"b/v1"} and {answer.headers["x-own"] for answer in own} == {"b"}
    before = sent_to_b()
    assert ask("/mirror").who == "a/v1"
    eventually(lambda: sent_to_b() == before + 1, "the mirror is sent")
    preflight = ask("/cors", method="OPTIONS", headers={"origin": "https://a.shop.example", "access-control-request-method": "PUT"})
    assert preflight.headers["access-control-allow-origin"] == "https://a.shop.example" and preflight.headers["access-control-max-age"] == "60"
    assert "access-control-allow-origin" not in ask("/cors", headers={"origin": "https://shop.other"}).headers
    assert ask("/slow", headers={"x-echo-delay": "2"}).status == 504
    assert ask("/again", headers={"x-echo-fail": "2", "x-echo-id": "again"}).status == 200
    for path, kind, taken in (("/v1/x?q=x", "abc", True), ("/v1/x?q=z", "abc", False), ("/v1/x?q=x", "ac", False), ("/v/x?q=x", "abc", False)):
        assert (gateway.call(port, "patterns.example", path, headers={"x-kind": kind}).who == "b/v1") == taken
    assert gateway.rejected() == {}


def test_weights_and_a_backend_that_is_not_there(world):
    port = free_port(f"{NET}.110")
    gateway = bring_up(world, f"{{name: http, port: {port}, protocol: HTTP}}", ROUTE % ("r", rows(
        "backendRefs: [{name: a, port: 80, weight: 1}, {name: b, port: 80, weight: 1}, {name: nowhere, port: 80, weight: 1}]")))
    eventually(lambda: gateway.call(port, "x.example").who, "the gateway routes")
    seen = [gateway.call(port, "x.example") for _ in range(90)]
    assert {answer.who for answer in seen} == {"a/v1", "b/v1", None}
    assert {answer.status for answer in seen} == {200, 500}


def test_routes_of_one_host_and_a_route_that_goes(world):
    port = free_port(f"{NET}.110")
    gateway = bring_up(world, f"{{name: http, port: {port}, protocol: HTTP}}",
                       ROUTE % ("one", "  hostnames: [x.example]\n" + rows("{%s}" % to("a"))),
                       ROUTE % ("two", "  hostnames: [x.example, y.example]\n" + rows("{matches: [{path: {value: /two}}], %s}" % to("b"))))
    eventually(lambda: gateway.call(port, "x.example").who == "a/v1", "the gateway routes")
    assert gateway.call(port, "x.example", "/two").who == gateway.call(port, "y.example", "/two").who == "b/v1"
    world.write("gateway.yaml", GATEWAY % f"{{name: http, port: {port}, protocol: HTTP}}" + ROUTE % ("one", "  hostnames: [x.example]\n" + rows("{%s}" % to("a"))))
    eventually(lambda: gateway.call(port, "x.example", "/two").who == "a/v1", "the other route is gone")


def test_a_route_waits_for_its_gateway(world):
    world.write("route.yaml", ROUTE % ("r", rows("{%s}" % to("a"))))
    world.start_serve()
    row = objects(world, "HTTPRoute/r")["HTTPRoute default/r"]
    assert row["state"] == "NotAccepted" and "there is no KubernetesGateway default/gw" in row["reason"]
    world.write("class.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: istio}\nspec: {controllerName: example.com/other}\n")
    world.write("gateway.yaml", GATEWAY % "{name: http, port: 80, protocol: HTTP}")
    eventually(lambda: objects(world, "HTTPRoute/r")["HTTPRoute default/r"]["state"] == "Ignored", "another controller's Gateway is left alone")


def test_https_with_a_secret_of_another_namespace(world):
    port = free_port(f"{NET}.110")
    bring_up(world, f"{{name: https, hostname: shop.example, port: {port}, protocol: HTTPS, tls: {{certificateRefs: [{{name: shop, namespace: certs}}]}}}}",
             ROUTE % ("r", rows("{%s}" % to("a"))))
    pair = certificate(world.path, "shop")
    world.write("secret.yaml", secret("shop", *pair).replace("namespace: default", "namespace: certs"))
    eventually(lambda: "RefNotPermitted" in objects(world, "KubernetesGateway/gw")["KubernetesGateway default/gw"]["reason"], "it may not be used")
    world.write("grant.yaml", """apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: gw, namespace: certs}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: default}]
  to: [{group: "", kind: Secret}]
""")
    eventually(lambda: https((f"{NET}.110", port), "shop.example") == (200, subject(pair[0])), "TLS with the Secret")


def test_a_route_of_the_mesh(world):
    world.echo("a", "v1", f"{NET}.1", 8080)
    world.echo("b", "v1", f"{NET}.2", 8080)
    port = free_port(f"{NET}.120")
    world.write("services.yaml", service("a", port, {f"{NET}.1": "v1"}) + "---\n" + service("b", port, {f"{NET}.2": "v1"}, cluster_ip="10.96.0.11"))
    world.start_serve()
    client = world.envoy("client", bind=f"{NET}.120")
    eventually(lambda: client.call(port, f"a:{port}").who == "a/v1", "the mesh routes")
    world.write("route.yaml", f"""apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r, namespace: default}}
spec:
  parentRefs: [{{group: "", kind: Service, name: a}}]
  rules:
  - {{matches: [{{path: {{value: /b}}}}], backendRefs: [{{name: b, port: {port}}}]}}
  - {{backendRefs: [{{name: a, port: {port}}}]}}
""")
    eventually(lambda: client.call(port, f"a:{port}", "/b").who == "b/v1", "the route is in force")
    assert client.call(port, f"a:{port}", "/c").who == "a/v1"


def test_ingress(world):
    ip = f"{NET}.110"
    port = 80
    world.echo("a", "v1", f"{NET}.1", 8080)
    world.echo("b", "v1", f"{NET}.2", 8080)
    # The gateway's Service leads port 80 to one that a test may bind.
    target = free_port(ip)
    edge = f"""---
apiVersion: v1
kind: Service
metadata: {{name: istio-ingressgateway, namespace: istio-system}}
spec: {{clusterIP: 10.96.0.20, selector: {{istio: ingressgateway}}, ports: [{{name: http, port: {port}, targetPort: {target}}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: edge, namespace: istio-system, labels: {{istio: ingressgateway}}}}
spec: {{containers: [{{name: istio-proxy, image: x}}]}}
status: {{phase: Running, podIP: {ip}, conditions: [{{type: Ready, status: "True"}}]}}
"""
    world.write("services.yaml", service("a", 80, {f"{NET}.1": "v1"}) + "---\n" + service("b", 80, {f"{NET}.2": "v1"}, cluster_ip="10.96.0.11") + edge)
    world.write("ingress.yaml", """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: default}
spec:
  ingressClassName: istio
  defaultBackend: {service: {name: b, port: {number: 80}}}
  rules:
  - host: shop.example
    http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other, namespace: default}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: b, port: {number: 80}}}
""")
    world.start_serve()
    gateway = world.envoy("edge", type="router", namespace="istio-system", labels={"istio": "ingressgateway"}, ip=ip, bind=ip)
    eventually(lambda: gateway.call(target, "shop.example", "/a/x").who == "a/v1", "the ingress routes")
    assert gateway.call(target, "shop.example", "/ab").who == gateway.call(target, "x.example").who == "b/v1"
    assert objects(world, "Ingress/other")["Ingress default/other"]["state"] == "Ignored"
    assert objects(world, "Ingress/web")["Ingress default/web"]["state"] == "InForce"
