"""What proves who somebody is on the secure port, beside join tokens, and what proves it no more: tokens of issuers, revoked certificates; and what
that opens: pages of /debug."""
import contextlib
import json
import os
import queue
import time

import grpc
import pytest
from envoy.service.discovery.v3 import discovery_pb2

from authority import run
from harness import AMIME, address_of, eventually, request
from netns import Namespace
from test_identity import DELTA, Workload, ask, channel, code_of, first_answer, joined, start_secure
from tokens import Issuer
from web import page, serving

SOTW = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
ISSUER = "https://issuer.example"
UNAUTHENTICATED, PERMISSION_DENIED = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED


@contextlib.contextmanager
def served(keys):
    """Gives the URL at which keys() are."""
    with serving(lambda _: page(keys())) as port:
        yield f"http://127.0.0.1:{port}/keys"


def token(issuer, workload="shop:cart", **claims):
    return issuer.sign(**{"iss": ISSUER, "aud": ["istio-ca"], "sub": f"system:serviceaccount:{workload}", **claims})


def refused(world, text):
    return code_of(lambda: ask(world, Workload(world, "refused"), text)) == UNAUTHENTICATED


def certified(world, workload, text):
    try:
        return ask(world, workload, text)
    except grpc.RpcError as error:
        assert error.code() == UNAUTHENTICATED
        return None


def test_a_token_of_an_issuer_gives_certificates(world):
    issuer, forger = Issuer(world.path, "issuer"), Issuer(world.path, "forger")
    forger.name = issuer.name  # it says that its key is the other's
    with served(lambda: issuer.key_set) as url:
        start_secure(world, "--jwt-rule", json.dumps({"issuer": ISSUER, "jwksUri": url}))
        it = Workload(world, "cart")
        eventually(lambda: certified(world, it, token(issuer)), "the keys are fetched")
    for _ in range(2):  # not used up
        assert it.keep(ask(world, it, token(issuer))).names() == ["spiffe://cluster.local/ns/shop/sa/cart"]
    assert refused(world, token(issuer, aud="somebody-else"))
    assert refused(world, token(issuer, exp=int(time.time()) - 3600))
    assert refused(world, token(issuer, iss="https://elsewhere"))
    assert refused(world, token(issuer, sub="somebody"))
    assert refused(world, token(forger))
    # The issuer is gone by now: the last good keys are kept for the next start.
    world.serve.stop()
    start_secure(world, "--jwt-rule", json.dumps([{"issuer": ISSUER, "jwks_uri": url}]))
    assert ask(world, it, token(issuer))
    assert token(issuer).split(".")[2] not in world.serve.log()


def test_without_keys_no_token_is_a_proof(world):
    issuer, keys = Issuer(world.path, "issuer"), []
    with served(lambda: keys[0] if keys else "not yet") as url:
        start_secure(world, "--jwt-rule", json.dumps({"issuer": ISSUER, "jwksUri": url}))
        assert refused(world, token(issuer))
        assert "the keys of a token issuer are not fetched yet" in world.serve.log()
        keys.append(issuer.key_set)
        eventually(lambda: certified(world, Workload(world, "cart"), token(issuer)), "the keys are fetched")


def test_a_bad_rule_is_refused_at_once(world):
    for rule, flags, words in (("{", ("--secure-xds-address", "127.0.0.1:0"), "--jwt-rule: "), ('{"issuer":"i"}', (), "needs --secure-xds-address")):
        bad = world.start([AMIME, "serve", "--config-dir", str(world.config), "--state-dir", str(world.path / "state"), "--xds-address", "127.0.0.1:0",
                           "--monitoring-address", "127.0.0.1:0", "--jwt-rule", rule, *flags], f"bad-{len(words)}")
        assert bad.ends(15) == 65
        assert words in bad.log()


def debug_answer(world, workload, kind, *names):
    asked = discovery_pb2.DiscoveryRequest(type_url=kind, resource_names=names)
    asked.node.id = "sidecar~1.1.1.1~istioctl.shop~shop.svc.cluster.local"
    asked.node.metadata.update({"NAMESPACE": "shop", "GENERATOR": "event"})
    with channel(world, workload) as c:
        return discovery_pb2.DiscoveryResponse.FromString(next(c.stream_stream(SOTW)(iter([asked.SerializeToString()]), timeout=10)))


@contextlib.contextmanager
def connected(world, workload, namespace, account):
    asked = discovery_pb2.DeltaDiscoveryRequest(type_url="type.googleapis.com/envoy.config.cluster.v3.Cluster")
    asked.node.id = f"sidecar~10.9.9.9~pod.{namespace}~{namespace}.svc.cluster.local"
    asked.node.metadata.update({"NAMESPACE": namespace, "SERVICE_ACCOUNT": account})
    requests = queue.Queue()
    requests.put(asked.SerializeToString())
    with channel(world, workload) as c:
        call = c.stream_stream(DELTA)(iter(requests.get, None), timeout=60)
        next(call)
        yield
        requests.put(None)
        call.cancel()


def test_over_xds_a_workload_sees_what_proxies_of_its_namespace_have(world):
    start_secure(world)
    cart, till = joined(world, "cart", "shop/cart"), joined(world, "till", "bank/till")
    with connected(world, cart, "shop", "cart"), connected(world, till, "bank", "till"):
        assert len(debug_answer(world, cart, "istio.io/debug/syncz").resources) == 1
        for kind, prefix in (("istio.io/debug", "config_dump?proxyID="), ("istio.io/debug/config_dump", "")):
            assert b"not connected" not in debug_answer(world, cart, kind, f"{prefix}pod.shop").resources[0].value
            assert b"not connected" in debug_answer(world, cart, kind, f"{prefix}pod.bank").resources[0].value
        assert b"not connected" in debug_answer(world, cart, "istio.io/debug", "config_dump?proxyID=pod.bank&namespace=bank").resources[0].value
        for page in ("configz", "syncz", "connections"):
            assert code_of(lambda: debug_answer(world, cart, "istio.io/debug", page)) == PERMISSION_DENIED


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
@pytest.mark.xdist_group("netns")
def test_from_elsewhere_debug_is_for_who_proves_to_be_somebody(world):
    issuer, here = Issuer(world.path, "issuer"), "10.97.0.1"
    rule = json.dumps({"issuer": ISSUER, "jwks": issuer.key_set})
    namespace = Namespace(f"{os.getpid()}-debug")
    try:
        namespace.ip("addr", "add", f"{here}/32", "dev", "lo")
        serve = world.start(["ip", "netns", "exec", namespace.name, AMIME, "serve", "--config-dir", str(world.config), "--state-dir", str(world.path / "state"),
                             "--xds-address", "127.0.0.1:0", "--secure-xds-address", "127.0.0.1:0", "--monitoring-address", "0.0.0.0:0", "--jwt-rule", rule], "serve")
        port = address_of(serve.line(r"monitoring on (\S+)").group(1))[1]
        serve.line(r"certificates for \S+ on")

        def status(path, to=here, text=None):
            headers = {"Authorization": f"Bearer {text}"} if text else {}
            return namespace.inside(lambda: request((to, port), path, headers=headers)).status

        admin, cart = token(issuer, "istio-system:kiali"), token(issuer)
        eventually(lambda: status("/debug/syncz", text=admin) == 200, "the root namespace's workloads see all")
        assert status("/version") == status("/metrics") == status("/debug/syncz", to="127.0.0.1") == 200
        assert status("/debug/syncz") == status("/debug") == status("/debug/syncz", text=token(issuer, aud="other")) == 401
        assert status("/debug/syncz", text=cart) == status("/debug/configz", text=cart) == 403
        assert status("/debug/config_dump?proxyID=none", text=cart) == 404  # it may ask
        serve.stop()
    finally:
        namespace.close()


class Revoking:
    """An authority with its database, as `openssl ca` keeps one; its key signs the mesh's certificates."""

    def __init__(self, world):
        self.path, self.plugged = world.path / "authority", world.path / "cacerts"
        self.path.mkdir()
        self.plugged.mkdir()
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/O=company", "-addext",
            "keyUsage=critical,keyCertSign,cRLSign", "-keyout", str(self.plugged / "ca-key.pem"), "-out", str(self.plugged / "ca-cert.pem"))
        (self.plugged / "root-cert.pem").write_bytes((self.plugged / "ca-cert.pem").read_bytes())
        (self.path / "index.txt").write_text("")
        (self.path / "number").write_text("01\n")
        (self.path / "ca.conf").write_text(f"[ca]\ndefault_ca=it\n[it]\ndatabase={self.path}/index.txt\ncrlnumber={self.path}/number\ndefault_md=sha256\n"
                                           f"default_crl_days=1\nunique_subject=no\ncertificate={self.plugged}/ca-cert.pem\nprivate_key={self.plugged}/ca-key.pem\n")

    def ca(self, *arguments):
        run("ca", "-config", str(self.path / "ca.conf"), *arguments)

    def revoke(self, *workloads):
        for workload in workloads:
            self.ca("-revoke", str(workload.chain))
        self.ca("-gencrl", "-out", str(self.path / "crl.pem"))
        self.write((self.path / "crl.pem").read_text())

    def write(self, text):
        (self.path / "new").write_text(text)
        (self.path / "new").rename(self.plugged / "ca-crl.pem")


def test_a_revoked_certificate_is_refused(world):
    authority = Revoking(world)
    start_secure(world, "--cacerts-dir", str(authority.plugged))
    cart, till = joined(world, "cart", "shop/cart"), joined(world, "till", "bank/till")

    def renews(workload):
        return ask(world, Workload(world, "again"), using=channel(world, workload))

    assert first_answer(world, cart, "shop", "cart") and renews(cart)
    authority.revoke(cart)
    world.serve.line(r"the revocation lists are in force")
    assert code_of(lambda: first_answer(world, cart, "shop", "cart")) == UNAUTHENTICATED
    assert code_of(lambda: renews(cart)) == UNAUTHENTICATED
    assert "the client's certificate is revoked" in world.serve.log()
    assert first_answer(world, till, "bank", "till") and renews(till)
    # What cannot be read, or is gone, changes nothing; the next list counts.
    authority.write("nonsense")
    world.serve.line(r"ca-crl.pem: holds no certificate revocation list.*what was before stays")
    assert code_of(lambda: first_answer(world, cart, "shop", "cart")) == UNAUTHENTICATED
    assert first_answer(world, till, "bank", "till")
    (authority.plugged / "ca-crl.pem").unlink()
    world.serve.line(r"the revocation lists are gone.*what was before stays")
    assert code_of(lambda: first_answer(world, cart, "shop", "cart")) == UNAUTHENTICATED
    authority.revoke(till)
    eventually(lambda: code_of_stream(world, till) == UNAUTHENTICATED, "the next list counts")


def code_of_stream(world, workload):
    try:
        first_answer(world, workload, "bank", "till")
        return None
    except grpc.RpcError as error:
        return error.code()
