"""Gateways: hosts, TLS by SNI with Secrets over SDS, passthrough, redirect, and who is not served a Secret."""
import base64
import http.client
import socket
import ssl
import subprocess

from harness import NET, eventually, free_port, service


def certificate(path, name):
    key, crt = path / f"{name}.key", path / f"{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", str(key), "-out", str(crt)], check=True, capture_output=True)
    return crt.read_bytes(), key.read_bytes()


def secret(name, crt, key):
    data = {k: base64.b64encode(v).decode() for k, v in (("tls.crt", crt), ("tls.key", key))}
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: default}}\ntype: kubernetes.io/tls\ndata: {{tls.crt: {data['tls.crt']}, tls.key: {data['tls.key']}}}\n"


def https(address, host, path="/"):
    context = ssl._create_unverified_context()
    with socket.create_connection(address, 5) as raw, context.wrap_socket(raw, server_hostname=host) as s:
        der = s.getpeercert(True)
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(s)
        answer.begin()
        return answer.status, der


def subject(pem):
    return ssl.PEM_cert_to_DER_cert(pem.decode())


def bring_up(world):
    ip = f"{NET}.110"
    plain, tls = free_port(ip), free_port(ip)
    world.echo("web", "v1", f"{NET}.1", 8080)
    world.write("services.yaml", service("web", 80, {f"{NET}.1": "v1"}))
    world.write("gateway.yaml", f"""
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: gw, namespace: default}}
spec:
  selector: {{istio: ingress}}
  servers:
  - {{port: {{number: {plain}, name: http, protocol: HTTP}}, bind: {ip}, hosts: [shop.example]}}
  - {{port: {{number: {tls}, name: https, protocol: HTTPS}}, bind: {ip}, hosts: [shop.example], tls: {{mode: SIMPLE, credentialName: shop}}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: shop, namespace: default}}
spec:
  hosts: [shop.example]
  gateways: [gw]
  http: [{{route: [{{destination: {{host: web}}}}]}}]
""")
    world.start_serve()
    gateway = world.envoy("gw", type="router", labels={"istio": "ingress"}, ip=ip, bind=ip)
    return gateway, (ip, plain), (ip, tls)


def test_hosts(world):
    gateway, plain, _ = bring_up(world)
    eventually(lambda: gateway.call(plain[1], "shop.example").who == "web/v1", "the gateway routes")
    assert gateway.call(plain[1], "other.example").status == 404
    assert gateway.call(plain[1], f"shop.example:{plain[1]}").who == "web/v1"


def test_a_certificate_comes_and_is_rotated(world):
    gateway, _, tls = bring_up(world)
    first = certificate(world.path, "first")
    world.write("secret.yaml", secret("shop", *first))
    eventually(lambda: https(tls, "shop.example") == (200, subject(first[0])), "TLS with the first certificate")
    second = certificate(world.path, "second")
    world.write("secret.yaml", secret("shop", *second))
    eventually(lambda: https(tls, "shop.example")[1] == subject(second[0]), "TLS with the second certificate")
    dump = world.get("/debug/config_dump?proxyID=gw.default").body + world.get("/debug/configz").body
    for pem in (first[1], second[1]):
        assert base64.b64encode(pem) not in dump and pem.splitlines()[1] not in dump
    assert gateway.rejected() == {}


def test_a_sidecar_is_not_served_the_secret(world):
    bring_up(world)
    crt, key = certificate(world.path, "shop")
    world.write("secret.yaml", secret("shop", crt, key))
    sidecar = world.envoy("client", bind=f"{NET}.111").wait_ready()
    assert "kubernetes://shop" not in str(sidecar.config_dump())
