"""TLS of Kubernetes' Gateway API with real Envoys: clients that must show certificates, and backends that must."""
import http.client
import ssl

import pytest

from authority import Authority, tls_server
from harness import NET, eventually, free_port, service
from test_gateway import certificate, secret
from test_gateway_api import ROUTE, objects, rows, to

GATEWAY = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: default}\nspec: {gatewayClassName: istio, %slisteners: [%s]}\n"
POLICY = """apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: secure, namespace: default}
spec:
  targetRefs: [{group: "", kind: Service, name: secure}]
  validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: %s}], hostname: %s}
"""
IP = f"{NET}.110"


def edge(world):
    return world.envoy("gw", type="router", labels={"gateway.networking.k8s.io/gateway-name": "gw"}, ip=IP, bind=IP)


def status_of(port, pair=None):
    """Of a request over TLS, with a client's certificate or without; None: the connection was not made."""
    context = ssl._create_unverified_context()
    if pair:
        context.load_cert_chain(*map(str, pair))
    connection = http.client.HTTPSConnection(IP, port, timeout=5, context=context)
    try:
        connection.request("GET", "/", headers={"Host": "shop.example"})
        return connection.getresponse().status
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected):
        return None
    finally:
        connection.close()


def frontend(mode):
    validation = "{caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]" + (f", mode: {mode}" if mode else "") + "}"
    return f"tls: {{frontend: {{default: {{validation: {validation}}}}}}}, "


def test_clients_show_certificates(world):
    port = free_port(IP)
    ours, theirs = Authority(world.path), Authority(world.path, "stranger")
    known, unknown = ours.sign("client.example"), theirs.sign("client.example")
    listener = f"{{name: https, port: {port}, protocol: HTTPS, tls: {{certificateRefs: [{{name: shop}}]}}}}"
    world.echo("a", "v1", f"{NET}.1", 8080)
    world.write("services.yaml", service("a", 80, {f"{NET}.1": "v1"}))
    world.write("secret.yaml", secret("shop", *certificate(world.path, "shop")))
    world.write("gateway.yaml", GATEWAY % (frontend(""), listener) + ROUTE % ("r", rows("{%s}" % to("a"))))
    world.start_serve()
    gateway = edge(world).wait_ready()
    row = objects(world, "KubernetesGateway/gw")["KubernetesGateway default/gw"]
    assert "there is no ConfigMap default/ca" in row["reason"] and row["state"] == "NotAccepted"
    world.write("ca.yaml", ours.config_map())
    eventually(lambda: status_of(port, known) == 200, "who shows a certificate comes in")
    assert status_of(port) is None and status_of(port, unknown) is None
    world.write("ca.yaml", theirs.config_map())
    eventually(lambda: status_of(port, unknown) == 200 and status_of(port, known) is None, "another authority is trusted")
    world.write("gateway.yaml", GATEWAY % (frontend("AllowInsecureFallback"), listener) + ROUTE % ("r", rows("{%s}" % to("a"))))
    eventually(lambda: status_of(port) == status_of(port, known) == status_of(port, unknown) == 200, "all come in")
    row = objects(world, "KubernetesGateway/gw")["KubernetesGateway default/gw"]
    assert "InsecureFrontendValidationMode" in {c["type"] for c in row["conditions"]} and row["state"] == "InForce"
    assert gateway.rejected() == {}


@pytest.mark.parametrize("who", ["gateway", "sidecar"])
def test_backends_show_certificates(world, who):
    ours = Authority(world.path)
    bind = IP if who == "gateway" else f"{NET}.120"
    port = free_port(bind)
    backend = f"{NET}.3"
    with tls_server(backend, ours.sign("secure.example")) as target:
        world.write("services.yaml", service("secure", port, {backend: "v1"}, target=target))
        if who == "gateway":
            world.write("gateway.yaml", GATEWAY % ("", f"{{name: http, port: {port}, protocol: HTTP}}") + ROUTE % (
                "r", rows(f"{{backendRefs: [{{name: secure, port: {port}}}]}}")))
        world.write("ca.yaml", ours.config_map())
        world.write("policy.yaml", POLICY % ("ca", "secure.example"))
        world.start_serve()
        proxy = edge(world) if who == "gateway" else world.envoy("client", bind=bind)

        def ask():
            return proxy.call(port, f"secure:{port}")

        eventually(lambda: ask().body == b"secure secure.example", "TLS with the policy's name")
        assert objects(world, "BackendTLSPolicy/secure")["BackendTLSPolicy default/secure"]["state"] == "InForce"
        world.write("policy.yaml", POLICY % ("ca", "other.example"))
        eventually(lambda: ask().status == 503, "the certificate is of another name")
        world.write("policy.yaml", POLICY % ("ca", "secure.example"))
        eventually(lambda: ask().status == 200, "the name is right again")
        world.write("policy.yaml", POLICY % ("nowhere", "secure.example"))
        eventually(lambda: ask().status == (500 if who == "gateway" else 503), "without an authority nothing is sent")
        row = objects(world, "BackendTLSPolicy/secure")["BackendTLSPolicy default/secure"]
        assert row["state"] == "NotAccepted" and "NoValidCACertificate" in row["reason"]
        world.write("ca.yaml", Authority(world.path, "stranger").config_map("nowhere"))
        eventually(lambda: ask().status == 503, "the authority is another one")
        world.write("ca.yaml", ours.config_map("nowhere"))
        eventually(lambda: ask().status == 200, "the authority is there")
        assert proxy.rejected() == {}
