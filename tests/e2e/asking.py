"""One request of any kind, on a connection of its own: HTTP/1.0, 1.1, 2, gRPC, a websocket, a line; over TCP or TLS; captured, or not."""
import contextlib
import http.client
import json
import socket
import ssl
import struct
import time

import h2.config
import h2.connection
import h2.events

from harness import Response

WORDS = {"method", "host", "path", "headers", "body", "http", "grpc", "tls", "line", "websocket", "source", "proxy", "n"}  # cases/README.md


def answer(ask, address, before, certificates):
    """What came of it: status, headers, body, from, seen (what the application saw), takes (seconds), certificate and alpn (of TLS), error.
    `before`: bytes that go first; `certificates`: where those that `ask` names are."""
    began = time.monotonic()
    out = {"status": None, "headers": {}, "body": None, "from": None, "seen": None, "error": None, "certificate": None}
    try:
        with connect(ask, address, before, certificates) as s:
            if isinstance(s, ssl.SSLSocket):
                out |= {"certificate": owner(s.getpeercert(True), certificates), "alpn": s.selected_alpn_protocol()}
            got = (lines if "line" in ask else http2 if str(ask.get("http")) == "2" else http1)(s, ask)
            out |= {"status": got.status, "headers": got.headers, "body": got.body.decode("latin1")}
    except ssl.SSLError:
        out["error"] = "tls"
    except ConnectionRefusedError:
        out["error"] = "refused"
    except TimeoutError:
        out["error"] = "timeout"
    except (OSError, http.client.HTTPException, EOFError):
        out["error"] = "closed"
    out["takes"] = time.monotonic() - began
    out["from"] = out["headers"].get("x-echo-backend")
    with contextlib.suppress(ValueError, TypeError, KeyError):
        out["seen"] = json.loads(out["body"])
        out["from"] = f"{out['seen']['name']}/{out['seen']['version']}"
    return out


def connect(ask, address, before, certificates):
    s = socket.create_connection(address, 8, source_address=(ask["source"], 0) if "source" in ask else None)
    s.sendall(before + (f"PROXY TCP4 {ask['proxy']} 192.0.2.1 33333 80\r\n".encode() if "proxy" in ask else b""))
    if "tls" not in ask:
        return s
    tls, context = ask["tls"], ssl._create_unverified_context()
    context.set_alpn_protocols(tls.get("alpn", ["h2" if str(ask.get("http")) == "2" else "http/1.1"]))
    if "version" in tls:
        context.minimum_version = context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[str(tls["version"])]
    if "ciphers" in tls:
        context.set_ciphers(tls["ciphers"])
    if "client" in tls:
        context.load_cert_chain(certificates / f"{tls['client']}.crt", certificates / f"{tls['client']}.key")
    return context.wrap_socket(s, server_hostname=tls.get("sni"))


def owner(der, certificates):
    """Whose a certificate is: the name of its file."""
    return next((file.stem for file in certificates.glob("*.crt") if ssl.PEM_cert_to_DER_cert(file.read_text()) == der), None)


def http1(s, ask):
    version = ask.get("http", "1.1")
    headers, body = {"Host": ask.get("host", "app"), **ask.get("headers", {})}, str(ask.get("body", "")).encode()
    if "websocket" in ask:
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade"}
    elif str(version) == "1.1" and "Connection" not in headers:
        headers["Connection"] = "close"
    if body:
        headers["Content-Length"] = len(body)
    head = f"{ask.get('method', 'GET')} {ask.get('path', '/').replace('%n', str(ask.get('n')))} HTTP/{version}\r\n"
    for key, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            head += f"{key}: {str(one).replace('%n', str(ask.get('n')))}\r\n" if one is not None else ""
    s.sendall(head.encode("latin1") + b"\r\n" + body)
    answer = http.client.HTTPResponse(s, method=ask.get("method", "GET"))
    answer.begin()
    headers = {}
    for key, value in answer.getheaders():
        key = key.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    if "websocket" in ask and answer.status == 101:
        s.sendall(ask["websocket"].encode())
        return Response(101, headers, answer.fp.read(len(ask["websocket"])))
    return Response(answer.status, headers, answer.read())


def http2(s, ask):
    """With prior knowledge, or as TLS agreed. Trailers are told among the headers."""
    c = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    c.initiate_connection()
    grpc = {"content-type": "application/grpc", "te": "trailers"} if ask.get("grpc") else {}
    headers = {":method": "POST" if grpc else ask.get("method", "GET"), ":scheme": "https" if "tls" in ask else "http", ":path": ask.get("path", "/"),
               ":authority": ask.get("host", "app"), **grpc, **ask.get("headers", {})}
    body = struct.pack("!BI", 0, 0) if grpc else str(ask.get("body", "")).encode()
    c.send_headers(1, [(k.lower(), str(v)) for k, v in headers.items()], end_stream=not body)
    if body:
        c.send_data(1, body, end_stream=True)
    told, data = {}, b""
    while True:
        s.sendall(c.data_to_send())
        received = s.recv(65536)
        if not received:
            raise EOFError
        for event in c.receive_data(received):
            if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                told |= dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                data += event.data
                c.acknowledge_received_data(event.flow_controlled_length, 1)
            elif isinstance(event, h2.events.StreamReset):
                raise EOFError
            elif isinstance(event, h2.events.StreamEnded):
                return Response(int(told.pop(":status")), told, data)


def lines(s, ask):
    """An application of lines answers with NAME/VERSION before it; one that tells, with JSON."""
    s.sendall(ask["line"].encode() + b"\n")
    answer = s.makefile("rb").readline()
    if not answer:
        raise EOFError
    if not answer.startswith(b"{"):
        name, version = answer.split()[0].decode().split("/")
        answer = json.dumps({"name": name, "version": version, "line": ask["line"]}).encode()
    return Response(None, {}, answer)
