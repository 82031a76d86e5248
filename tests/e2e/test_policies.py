"""Policies fail closed: bad edits, first versions with errors, restarts, keys that cannot be had (docs/policies.md)."""
import json

import pytest

import tokens
from harness import NET, eventually, free_port, request, service
from web import page, serving

SERVER, APP = f"{NET}.11", f"{NET}.111"


def policy(kind, spec, name="case"):
    return f"{{apiVersion: security.istio.io/v1, kind: {kind}, metadata: {{name: {name}, namespace: default}}, spec: {spec}}}\n"


DENY_NO = policy("AuthorizationPolicy", "{action: DENY, rules: [{to: [{operation: {paths: [/no]}}]}]}")
BROKEN = policy("AuthorizationPolicy", "{action: DENY, selector: {matchLabels: {app: app}}, rules: [{to: [{operation: {ports: [many]}}]}]}")


@pytest.fixture
def server(world):
    """An application behind a sidecar that takes plain text; `ask` is anybody."""
    world.write("app.yaml", service("app", free_port(), {SERVER: "v1"}))
    world.echo("app", "v1", APP, 8080)
    world.start_serve("--removal-grace", "0s")
    envoy = world.envoy("app-v1", ip=SERVER, labels={"app": "app"}, bind=f"{NET}.2",
                        metadata={"AMIME_INBOUND_ADDRESS": SERVER, "AMIME_APP_ADDRESS": APP}).wait_ready()

    def ask(path="/", **more):
        return request((SERVER, 8080), path, host="app", **more).status
    envoy.ask = ask
    eventually(lambda: ask() == 200, "requests pass")
    return envoy


def state(world, name):
    rows = {row["object"]: row["state"] for row in world.get("/debug/objects").json}
    return rows.get(name)


def test_a_bad_edit_keeps_the_last_good_version(world, server):
    world.write("policy.yaml", DENY_NO)
    eventually(lambda: server.ask("/no") == 403, "it denies")
    world.write("policy.yaml", BROKEN)
    eventually(lambda: "many" in world.get("/debug/configz").body.decode(), "the edit is read")
    assert (server.ask("/no"), server.ask("/yes")) == (403, 200)


def test_a_first_version_with_errors_denies_what_it_selects(world, server):
    world.write("policy.yaml", BROKEN)
    eventually(lambda: server.ask() == 403, "everything is denied")
    assert server.ask("/anything") == 403
    world.serve.line(r"policy.yaml:\d+: AuthorizationPolicy default/case: spec.rules\[0\].to\[0\].operation.ports\[0\]")
    world.write("policy.yaml", BROKEN.replace("app: app", "app: other"))
    eventually(lambda: server.ask() == 200, "it is about others")


def test_a_first_allow_with_errors_allows_nothing(world, server):
    world.write("policy.yaml", policy("AuthorizationPolicy", "{rules: [{from: [{source: {ipBlocks: [nowhere]}}]}]}"))
    eventually(lambda: server.ask() == 403, "nothing is allowed")


def test_a_restart_loses_no_policy(world, server):
    """The file is broken while the control plane is away."""
    world.write("policy.yaml", DENY_NO)
    eventually(lambda: server.ask("/no") == 403, "it denies")
    xds = world.xds
    world.serve.stop()
    world.write("policy.yaml", BROKEN)
    world.start_serve("--removal-grace", "0s", xds="%s:%d" % xds)
    eventually(lambda: [c for c in world.get("/debug/connections").json["clients"] if "app-v1" in json.dumps(c)], "the proxy is back")
    eventually(lambda: state(world, "AuthorizationPolicy default/case") is not None, "the policy is known")
    assert (server.ask("/no"), server.ask("/yes")) == (403, 200)


@pytest.mark.parametrize("discovered", [False, True], ids=["jwksUri", "issuer"])
def test_keys_are_fetched_and_outlive_their_server_and_a_restart(world, server, discovered):
    issuer, asked = tokens.Issuer(world.path, "k"), []

    def keys(handler):  # the issuer's, and on all other paths where they are
        asked.append(handler.path)
        return page(issuer.key_set if handler.path == "/keys" else json.dumps({"jwks_uri": f"http://{handler.headers['Host']}/keys"}))
    with serving(keys) as port:
        url = f"http://127.0.0.1:{port}"
        token = issuer.sign(iss=url, sub="ann")
        rule = f"{{issuer: '{url}'}}" if discovered else f"{{issuer: '{url}', jwksUri: '{url}/keys'}}"
        world.write("policy.yaml", policy("RequestAuthentication", f"{{jwtRules: [{rule}]}}"))

        def with_token(text):
            return server.ask(headers={"authorization": f"Bearer {text}"})
        eventually(lambda: with_token(token) == 200 and with_token(token[:-4] + "AAAA") == 401, "keys are fetched")
        assert server.ask() == 200
        assert len(asked) <= 2
    xds = world.xds
    world.serve.stop()
    world.start_serve("--removal-grace", "0s", xds="%s:%d" % xds)
    eventually(lambda: [c for c in world.get("/debug/connections").json["clients"] if "app-v1" in json.dumps(c)], "the proxy is back")
    world.serve.line("no keys from .*the last good ones stay")
    assert with_token(token) == 200 and with_token(token[:-4] + "AAAA") == 401


def test_tokens_are_refused_as_long_as_there_are_no_keys(world, server):
    issuer = tokens.Issuer(world.path, "k")
    token = issuer.sign(iss="issuer", sub="ann")
    world.write("policy.yaml", policy("RequestAuthentication", f"{{jwtRules: [{{issuer: issuer, jwksUri: 'http://127.0.0.1:{free_port()}/keys'}}]}}"))
    eventually(lambda: server.ask(headers={"authorization": f"Bearer {token}"}) == 401, "refused")
    assert server.ask() == 200
    world.serve.line("no keys from .*tokens are refused until there are some")
