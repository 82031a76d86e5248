"""Bytes that stay encrypted: an east-west gateway leads by the name in the ClientHello; a Sidecar's ingress ends clients' own TLS."""
import contextlib
import socket
import ssl
import subprocess
import threading

import pytest

import harness
from harness import NET, eventually, free_port

WEB = "web.default.svc.cluster.local"


def key_pair(path, name):
    key, crt = path / f"{name}.key", path / f"{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", str(key), "-out", str(crt)], check=True, capture_output=True)
    return crt, key


@contextlib.contextmanager
def tls_server(ip, port, crt, key):
    """Says hello to whoever speaks TLS to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    context.set_alpn_protocols(["istio"])
    with socket.create_server((ip, port)) as listening:
        def serve():
            while True:
                try:
                    raw, _ = listening.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as s:
                    s.sendall(b"hello from behind")
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)


def hello(address, name, alpn="istio"):
    """What the server behind says; None: the connection is closed."""
    context = ssl._create_unverified_context()
    context.set_alpn_protocols([alpn])
    try:
        with socket.create_connection(address, 5) as raw, context.wrap_socket(raw, server_hostname=name) as s:
            return s.recv(100)
    except OSError:
        return None


def slice_of(pods):
    """EndpointSlice and pods: {ip: labels}."""
    text = f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: default, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{name: tcp, port: 9443}}]
endpoints:
"""
    for i, (ip, _) in enumerate(pods.items()):
        text += f"- {{addresses: [{ip}], targetRef: {{kind: Pod, name: web-{i}, namespace: default}}}}\n"
    for i, (ip, labels) in enumerate(pods.items()):
        text += f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web-{i}, namespace: default, labels: {{{labels}}}}}\nspec: {{containers: [{{name: app}}]}}\nstatus: {{podIP: {ip}, phase: Running}}\n"
    return text


@pytest.fixture
def world():
    with harness.world() as world:
        yield world


def test_an_east_west_gateway_leads_by_name_to_mutual_tls_only(world):
    ip, server = f"{NET}.180", f"{NET}.3"
    port = free_port(ip)
    crt, key = key_pair(world.path, "behind")
    world.write("gateway.yaml", f"""
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: eastwest, namespace: default}}
spec:
  selector: {{istio: eastwest}}
  servers: [{{port: {{number: {port}, name: tls, protocol: TLS}}, bind: {ip}, hosts: ["*.local"], tls: {{mode: AUTO_PASSTHROUGH}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: default}}
spec: {{clusterIP: 10.96.0.1, ports: [{{name: tcp, port: 90, targetPort: 9443}}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: web, namespace: default}}
spec: {{host: web, subsets: [{{name: v1, labels: {{version: v1}}}}, {{name: v2, labels: {{version: v2}}}}]}}
""")
    world.write("pods.yaml", slice_of({server: "version: v1, security.istio.io/tlsMode: istio"}))
    world.start_serve()
    with tls_server(server, 9443, crt, key):
        world.envoy("eastwest", type="router", labels={"istio": "eastwest"}).wait_ready()
        eventually(lambda: hello((ip, port), f"outbound_.90_._.{WEB}") == b"hello from behind", "the service is reached")
        assert hello((ip, port), f"outbound_.90_.v1_.{WEB}") == b"hello from behind"
        assert hello((ip, port), f"outbound_.90_.v2_.{WEB}") is None, "no endpoint has these labels"
        assert hello((ip, port), f"outbound_.91_._.{WEB}") is None, "there is no such port"
        assert hello((ip, port), f"outbound_.90_._.{WEB}", alpn="http/1.1") is None, "that is not Istio's mutual TLS"
        world.write("pods.yaml", slice_of({server: "version: v1"}))
        eventually(lambda: hello((ip, port), f"outbound_.90_._.{WEB}") is None, "endpoints without mutual TLS are not reached")


def test_a_sidecars_ingress_ends_its_clients_tls(world):
    ip = f"{NET}.181"
    port = free_port(ip)
    crt, key = key_pair(world.path, "ingress")
    client_crt, client_key = key_pair(world.path, "client")
    world.echo("app", "v1", "127.0.0.1", app := free_port())
    world.write("sidecar.yaml", f"""
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: own, namespace: default}}
spec:
  ingress:
  - port: {{number: {port}, name: https, protocol: HTTPS}}
    bind: {ip}
    defaultEndpoint: 127.0.0.1:{app}
    tls: {{mode: MUTUAL, serverCertificate: {crt}, privateKey: {key}, caCertificates: {client_crt}}}
  egress: [{{hosts: [./*]}}]
""")
    world.start_serve()
    world.envoy("web").wait_ready()

    def status(certificate):
        context = ssl._create_unverified_context()
        if certificate:
            context.load_cert_chain(*certificate)
        try:
            with socket.create_connection((ip, port), 5) as raw, context.wrap_socket(raw, server_hostname="web") as s:
                s.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
                return s.recv(1000).split(b" ")[1]
        except (OSError, IndexError):
            return None

    eventually(lambda: status((client_crt, client_key)) == b"200", "a client with a certificate is served")
    assert status(None) is None
    assert status((crt, key)) is None, "nobody that the mesh trusts has signed it"
    with pytest.raises((OSError, harness.http.client.HTTPException)):
        harness.request((ip, port), "/", host="web")
