"""Who a workload is: certificates from the mesh's own authority, and the port where proxies prove who they are."""
import queue
import re
import subprocess

import grpc
import pytest
from envoy.service.discovery.v3 import discovery_pb2

from authority import run
from harness import AMIME, NET, address_of, eventually, free_port, service

CREATE = "/istio.v1.auth.IstioCertificateService/CreateCertificate"
DELTA = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
SERVER = "istiod.istio-system.svc"


class Workload:
    """A key of its own, and what the authority gave it."""

    def __init__(self, world, name):
        self.key, self.request, self.chain = (world.path / f"{name}.{end}" for end in ("key", "csr", "pem"))
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=nobody", "-keyout", str(self.key), "-out", str(self.request))

    def keep(self, chain):
        self.chain.write_text("".join(chain[:-1]))
        return self

    def names(self):
        text = subprocess.run(["openssl", "x509", "-in", str(self.chain), "-noout", "-ext", "subjectAltName"], capture_output=True, text=True, check=True).stdout
        return re.findall(r"URI:(\S+)", text)


@pytest.fixture
def secure(world):
    world.write("app.yaml", service("app", 80, {f"{NET}.11": "v1"}))
    start_secure(world)
    return world


def start_secure(world, *flags):
    serve = world.start_serve("--secure-xds-address", "127.0.0.1:0", *flags)
    world.secure = address_of(serve.line(r"certificates for \S+ on (\S+)").group(1))


def amime(*arguments):
    return subprocess.run([AMIME, *map(str, arguments)], capture_output=True, text=True)


def token_of(world, workload, *flags):
    made = amime("token", "create", "--workload", workload, "--state-dir", world.path / "state", *flags)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def channel(world, workload=None):
    own = {"private_key": workload.key.read_bytes(), "certificate_chain": workload.chain.read_bytes()} if workload else {}
    roots = (world.path / "state/serving/roots.pem").read_bytes()
    credentials = grpc.ssl_channel_credentials(root_certificates=roots, **own)
    return grpc.secure_channel("%s:%d" % world.secure, credentials, [("grpc.ssl_target_name_override", SERVER), ("grpc.use_local_subchannel_pool", 1)])


def encoded(csr, seconds=3600):
    """IstioCertificateRequest: csr = 1, validity_duration = 3."""
    def varint(n):
        return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
    return b"\x0a" + varint(len(csr)) + csr + b"\x18" + varint(seconds)


def decoded(answer):
    """IstioCertificateResponse: cert_chain = 1, repeated."""
    out = []
    while answer:
        assert answer[0] == 0x0A
        size, shift, at = 0, 0, 1
        while True:
            size |= (answer[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if answer[at - 1] < 128:
                break
        out.append(answer[at:at + size].decode())
        answer = answer[at + size:]
    return out


def ask(world, workload, token=None, using=None, csr=None, seconds=3600):
    metadata = [("authorization", f"Bearer {token}")] if token else []
    with using or channel(world) as c:
        return decoded(c.unary_unary(CREATE)(encoded(csr or workload.request.read_bytes(), seconds), metadata=metadata, timeout=10))


def joined(world, name, workload):
    it = Workload(world, name)
    return it.keep(ask(world, it, token_of(world, workload)))


def code_of(call):
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code()


def test_a_join_token_gives_one_certificate(secure):
    token, it = token_of(secure, "shop/cart"), Workload(secure, "cart")
    chain = ask(secure, it, token)
    assert it.keep(chain).names() == ["spiffe://cluster.local/ns/shop/sa/cart"]
    assert len(chain) == 2 and chain[1] == (secure.path / "state/serving/roots.pem").read_text()
    assert code_of(lambda: ask(secure, it, token)) == grpc.StatusCode.UNAUTHENTICATED


def test_a_certificate_renews_itself(secure):
    cart = joined(secure, "cart", "shop/cart")
    again = Workload(secure, "again")
    assert again.keep(ask(secure, again, using=channel(secure, cart))).names() == ["spiffe://cluster.local/ns/shop/sa/cart"]


def test_strangers_get_nothing(secure):
    it = Workload(secure, "stranger")
    for token in (None, "amime-join.0123456789abcdef." + "0" * 64, "a.b.c"):
        assert code_of(lambda: ask(secure, it, token)) == grpc.StatusCode.UNAUTHENTICATED
    assert code_of(lambda: next(channel(secure).stream_stream(DELTA)(iter([b""]), timeout=10))) == grpc.StatusCode.UNAUTHENTICATED
    plain = grpc.insecure_channel("%s:%d" % secure.xds)
    assert code_of(lambda: ask(secure, it, token_of(secure, "shop/cart"), using=plain)) == grpc.StatusCode.UNIMPLEMENTED


def test_a_bad_request_is_refused_with_its_reason(secure):
    cart = joined(secure, "cart", "shop/cart")
    for csr, seconds in ((b"hello", 3600), (cart.request.read_bytes(), 91 * 24 * 3600), (b"x" * 100_000, 3600)):
        assert code_of(lambda: ask(secure, cart, using=channel(secure, cart), csr=csr, seconds=seconds)) == grpc.StatusCode.INVALID_ARGUMENT
    assert secure.get("/ready").status == 200


def test_tokens_are_listed_and_revoked(secure):
    token = token_of(secure, "shop/cart", "--ttl", "5m")
    listed = amime("token", "list", "--state-dir", secure.path / "state").stdout
    identifier = token.split(".")[1]
    assert re.search(rf"^{identifier} +shop/cart +\d{{4}}-", listed, re.M)
    assert token.split(".")[2] not in listed
    assert amime("token", "revoke", identifier, "--state-dir", secure.path / "state").returncode == 0
    assert code_of(lambda: ask(secure, Workload(secure, "cart"), token)) == grpc.StatusCode.UNAUTHENTICATED
    assert amime("token", "revoke", identifier, "--state-dir", secure.path / "state").returncode == 1
    assert amime("token", "create", "--workload", "shop", "--state-dir", secure.path / "state").returncode == 65


def first_answer(world, workload, namespace, account):
    request = discovery_pb2.DeltaDiscoveryRequest(type_url="type.googleapis.com/envoy.config.cluster.v3.Cluster")
    request.node.id = f"sidecar~{NET}.200~pod.{namespace}~{namespace}.svc.cluster.local"
    request.node.metadata.update({"NAMESPACE": namespace, "SERVICE_ACCOUNT": account})
    requests = queue.Queue()
    requests.put(request.SerializeToString())
    with channel(world, workload) as c:
        answer = next(c.stream_stream(DELTA)(iter(requests.get, None), timeout=10))
        requests.put(None)
        return discovery_pb2.DeltaDiscoveryResponse.FromString(answer)


def test_a_node_must_be_what_it_proved_to_be(secure):
    cart = joined(secure, "cart", "shop/cart")
    assert first_answer(secure, cart, "shop", "cart").resources
    for namespace, account in (("bank", "cart"), ("shop", "admin")):
        assert code_of(lambda: first_answer(secure, cart, namespace, account)) == grpc.StatusCode.PERMISSION_DENIED


def mutual_tls(world, workload):
    """The transport socket with which a real Envoy comes to the secure port."""
    return {"name": "tls", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "sni": SERVER,
        "common_tls_context": {
            "tls_certificates": [{"certificate_chain": {"filename": str(workload.chain)}, "private_key": {"filename": str(workload.key)}}],
            "validation_context": {"trusted_ca": {"filename": str(world.path / "state/serving/roots.pem")},
                                   "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": SERVER}}]}}}}


def test_an_envoy_gets_its_configuration_over_mutual_tls(secure):
    port = free_port(f"{NET}.1")
    secure.write("app.yaml", service("app", port, {f"{NET}.11": "v1"}))
    secure.echo("app", "v1", f"{NET}.11", 8080)
    me = joined(secure, "client", "default/default")
    client = secure.envoy("client", bind=f"{NET}.1", xds=secure.secure, xds_tls=mutual_tls(secure, me)).wait_ready()
    assert client.call(port, "app").who == "app/v1"
    assert client.rejected() == {}


def test_nothing_secret_is_logged(secure):
    token = token_of(secure, "shop/cart")
    it = Workload(secure, "cart")
    ask(secure, it, token)
    code_of(lambda: ask(secure, it, token))
    log = eventually(secure.serve.log, "the control plane logs")
    assert token.split(".")[1] in log  # the id, so that one can be told from another
    assert token.split(".")[2] not in log and "PRIVATE KEY" not in log


def test_the_authority_survives_a_restart(secure):
    cart = joined(secure, "cart", "shop/cart")
    roots = (secure.path / "state/serving/roots.pem").read_text()
    secure.serve.stop()
    start_secure(secure)
    assert (secure.path / "state/serving/roots.pem").read_text() == roots
    assert first_answer(secure, cart, "shop", "cart").resources


def test_an_authority_can_be_plugged_in_while_all_goes_on(world):
    """Own root first; then files as of Istio's Secret cacerts, trusted together with it."""
    plugged = world.path / "cacerts"
    plugged.mkdir()
    start_secure(world, "--cacerts-dir", str(plugged))
    cart = joined(world, "cart", "shop/cart")
    own = (world.path / "state/serving/roots.pem").read_text()
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/O=company",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", str(world.path / "root.key"), "-out", str(world.path / "root.pem"))
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/O=mesh", "-keyout", str(world.path / "between.key"),
        "-out", str(world.path / "between.csr"))
    (world.path / "between.ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")
    run("x509", "-req", "-in", str(world.path / "between.csr"), "-CA", str(world.path / "root.pem"), "-CAkey", str(world.path / "root.key"), "-CAcreateserial",
        "-days", "20", "-extfile", str(world.path / "between.ext"), "-out", str(world.path / "between.pem"))
    root, between = (world.path / "root.pem").read_text(), (world.path / "between.pem").read_text()
    for name, text in (("root-cert.pem", root + own), ("cert-chain.pem", between + root), ("ca-cert.pem", between),
                       ("ca-key.pem", (world.path / "between.key").read_text())):
        (plugged / name).write_text(text)
    eventually(lambda: root in (world.path / "state/serving/roots.pem").read_text(), "the new root is trusted")
    other = Workload(world, "other")

    def renewed():
        return ask(world, other, using=channel(world, cart))  # by a certificate of the old root

    chain = eventually(lambda: (c := renewed()) and len(c) == 3 and c, "leaves are signed by the new authority")
    assert chain[1].strip() == between.strip()
    first_answer(world, other.keep(chain), "shop", "cart")  # at once: the port trusts what its authority signs
    first_answer(world, cart, "shop", "cart")


def test_the_secure_port_needs_a_place_for_the_authority(world):
    bad = world.start([AMIME, "serve", "--config-dir", str(world.config), "--xds-address", "127.0.0.1:0", "--monitoring-address", "127.0.0.1:0",
                       "--secure-xds-address", f"127.0.0.1:{free_port()}"], "bad")
    assert bad.ends(15) == 65
    assert "--secure-xds-address needs --state-dir" in bad.log()
