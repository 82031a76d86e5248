"""EnvoyFilter: what a patch says is what requests see, through a real sidecar; a bad one harms nothing."""
import pytest
import yaml

import harness
from harness import NET, eventually, free_port, service

MANAGER = "envoy.filters.network.http_connection_manager"


@pytest.fixture(scope="module")
def mesh():
    with harness.world() as world:
        world.bind = f"{NET}.150"
        world.port = free_port(world.bind)
        world.echo("app", "v1", f"{NET}.1", 8080)
        world.echo("authz", "v1", f"{NET}.2", 9000)
        world.write("services.yaml", service("app", world.port, {f"{NET}.1": "v1"}))
        world.start_serve()
        world.client = world.envoy("client", bind=world.bind, labels={"app": "client"}).wait_ready()
        world.case = 0
        yield world


def envoy_filter(patches, name="test", **spec):
    return yaml.safe_dump({"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"name": name, "namespace": "default"},
                           "spec": {"configPatches": patches, **spec}})


def lua(code):
    return {"name": "test.lua", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                                                 "default_source_code": {"inline_string": code}}}


def http_filter(operation, value, sub_filter=None, context="SIDECAR_OUTBOUND"):
    filter_match = {"name": MANAGER, **({"subFilter": {"name": sub_filter}} if sub_filter else {})}
    return {"applyTo": "HTTP_FILTER", "match": {"context": context, "listener": {"filterChain": {"filter": filter_match}}},
            "patch": {"operation": operation, "value": value}}


def answer_with(mark):
    return lua(f"function envoy_on_response(handle) handle:headers():add('x-case', '{mark}') end")


def get(mesh, path="/", host="app", **kw):
    return mesh.client.call(mesh.port, host, path, **kw)


def in_force(mesh, patches, **spec):
    """Puts the patches in force with one more, that marks every answer; returns once answers carry the mark."""
    mesh.case += 1
    mark = f"case-{mesh.case}"
    mesh.write("filter.yaml", envoy_filter([*patches, http_filter("INSERT_FIRST", {**answer_with(mark), "name": "test.mark"})], **spec))
    eventually(lambda: get(mesh).headers.get("x-case") == mark, "the patches are in force")


def test_a_filter_before_the_router_sees_every_request(mesh):
    in_force(mesh, [http_filter("INSERT_BEFORE", lua("function envoy_on_request(handle) handle:respond({[':status'] = '418'}, 'tea') end"),
                                "envoy.filters.http.router")])
    assert (get(mesh).status, get(mesh).body) == (418, b"tea")


@pytest.mark.parametrize("anchor", ["istio.stats", "istio.alpn", "istio.metadata_exchange"])
def test_filters_that_only_istios_proxy_has_are_places_too(mesh, anchor):
    in_force(mesh, [http_filter("INSERT_BEFORE", lua("function envoy_on_response(handle) handle:headers():add('x-here', '1') end"), anchor)])
    assert get(mesh).headers["x-here"] == "1"


def test_a_rate_limit(mesh):
    limit = {"name": "limit", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", "stat_prefix": "limit",
        "token_bucket": {"max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "3600s"},
        "filter_enabled": {"default_value": {"numerator": 100}}, "filter_enforced": {"default_value": {"numerator": 100}}}}
    in_force(mesh, [http_filter("INSERT_BEFORE", limit, "envoy.filters.http.router")])  # its own first request took the token
    assert get(mesh).status == 429


def test_a_filter_and_the_cluster_that_it_asks_come_together(mesh):
    authz = {"name": "authz", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "http_service": {"server_uri": {"uri": "http://authz", "cluster": "authz-service", "timeout": "2s"}, "path_prefix": "/check"}}}
    cluster = {"name": "authz-service", "type": "STATIC", "connect_timeout": "1s", "load_assignment": {
        "cluster_name": "authz-service", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {
            "socket_address": {"address": f"{NET}.2", "port_value": 9000}}}}]}]}}
    refused = mesh.client.rejected()
    in_force(mesh, [http_filter("INSERT_BEFORE", authz, "envoy.filters.http.router"),
                    {"applyTo": "CLUSTER", "match": {"context": "SIDECAR_OUTBOUND"}, "patch": {"operation": "ADD", "value": cluster}}])
    assert get(mesh).who == "app/v1"
    assert int(mesh.client.stats("cluster.authz-service.upstream_rq_total")["cluster.authz-service.upstream_rq_total"]) > 0
    assert mesh.client.rejected() == refused


def route_patch(mesh, operation, value, **route):
    vhost = {"name": f"app.default.svc.cluster.local:{mesh.port}", **({"route": route} if route else {})}
    return {"applyTo": "HTTP_ROUTE", "match": {"context": "SIDECAR_OUTBOUND", "routeConfiguration": {"vhost": vhost}},
            "patch": {"operation": operation, "value": value}}


def test_routes_are_merged_inserted_and_removed(mesh):
    first = {"name": "first", "match": {"path": "/first"}, "direct_response": {"status": 202}}
    in_force(mesh, [route_patch(mesh, "INSERT_FIRST", first),
                    route_patch(mesh, "MERGE", {"response_headers_to_add": [{"header": {"key": "x-merged", "value": "yes"}}]}, action="ROUTE")])
    assert get(mesh, "/first").status == 202
    assert get(mesh, "/else").headers["x-merged"] == "yes"


def test_a_virtual_host_is_added_and_taken_away(mesh):
    host = {"name": "added", "domains": ["added.example"], "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 203}}]}
    add = {"applyTo": "VIRTUAL_HOST", "match": {"context": "SIDECAR_OUTBOUND", "routeConfiguration": {"portNumber": mesh.port}},
           "patch": {"operation": "ADD", "value": host}}
    in_force(mesh, [add])
    eventually(lambda: get(mesh, host="added.example").status == 203, "the added host answers")
    in_force(mesh, [])
    eventually(lambda: get(mesh, host="added.example").status != 203, "it is gone")


def test_another_workloads_filter_is_not_for_this_one(mesh):
    in_force(mesh, [])
    mesh.write("other.yaml", envoy_filter([http_filter("INSERT_FIRST", answer_with("other"))], "other", workloadSelector={"labels": {"app": "somebody"}}))
    in_force(mesh, [])
    assert "other" not in get(mesh).headers["x-case"]


def test_what_is_no_message_of_envoys_is_refused_with_its_place(mesh):
    in_force(mesh, [])
    mark = get(mesh).headers["x-case"]
    mesh.write("filter.yaml", envoy_filter([http_filter("INSERT_FIRST", {**answer_with("bad"), "no_such": 1, "typed_config": {"@type": "type.googleapis.com/none"}})]))
    mesh.serve.line(r"filter\.yaml:\d+: .*spec\.configPatches\[0\]\.patch\.value")
    assert get(mesh).headers["x-case"] == mark, "its version before stays in force"


def test_what_envoy_refuses_is_taken_back(mesh):
    in_force(mesh, [])
    mark = get(mesh).headers["x-case"]
    mesh.write("filter.yaml", envoy_filter([http_filter("INSERT_FIRST", lua("this is no Lua"))]))
    eventually(lambda: any(o["object"] == "EnvoyFilter default/test" and o["state"] == "Rejected" for o in mesh.get("/debug/objects").json),
               "the filter is told to be at fault", 20)
    assert get(mesh).headers["x-case"] == mark
    in_force(mesh, [])


def test_what_the_proxy_was_not_built_with_is_not_sent_and_said(mesh):
    """Stock Envoy refuses every listener that carries a filter of Istio's build; its list of extensions says so beforehand."""
    stats = {"name": "istio.stats", "typed_config": {"@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                                                     "type_url": "type.googleapis.com/stats.PluginConfig", "value": {}}}
    rejected = mesh.client.rejected()
    in_force(mesh, [http_filter("INSERT_FIRST", stats)])  # the mark comes, so the listener was accepted
    assert mesh.client.rejected() == rejected, "nothing was refused"
    row = next(o for o in mesh.get("/debug/objects").json if o["object"] == "EnvoyFilter default/test")
    assert row["state"] in ("InForce", "Delivering")
    assert any("spec.configPatches[0]" in note and "stats.PluginConfig" in note for note in row["notes"]), row
    assert "istio.stats" not in str(mesh.client.config_dump())
    in_force(mesh, [])
    row = next(o for o in mesh.get("/debug/objects").json if o["object"] == "EnvoyFilter default/test")
    assert "notes" not in row, row
