"""An application that also tells what only a connection shows: the PROXY header before it, its TLS, how many requests it carried.

Answers each HTTP/1 request, and each line that is no HTTP, with one line of JSON, shaped as `amime echo` shapes it, and remembers
it in `log`. What a client speaks is found out from its first bytes: the PROXY protocol, TLS, CONNECT, and then HTTP or lines.
"""
import contextlib
import itertools
import json
import re
import socket
import ssl
import struct
import threading

V2 = b"\r\n\r\n\0\r\nQUIT\n"


class Upstream:
    def __init__(self, name, version, address, certificate, authority):
        self.name, self.version, self.log = name, version, []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(*certificate)
        self._tls.load_verify_locations(authority)
        self._tls.verify_mode = ssl.CERT_OPTIONAL  # who is asked for no certificate says so: "client" is null
        self._tls.sni_callback = lambda s, sni, _: setattr(s, "asked_for", sni)
        self._tls.set_alpn_protocols(["http/1.1", "istio"])
        self._numbers = itertools.count(1)
        self._listening = socket.create_server(address)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self):
        while True:
            try:
                s, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(s, next(self._numbers)), daemon=True).start()

    def _serve(self, s, number):
        facts = {"name": self.name, "version": self.version, "connection": number, "proxy": None, "sni": None, "client": None, "tls": None, "tunnel": None}
        with contextlib.suppress(OSError, EOFError):
            s.settimeout(30)
            facts["proxy"] = proxy_header(s)
            if s.recv(1, socket.MSG_PEEK) == b"\x16":
                s = self._tls.wrap_socket(s, server_side=True)
                subject = dict(pair[0] for pair in (s.getpeercert() or {}).get("subject", ()))
                facts |= {"sni": getattr(s, "asked_for", None), "client": subject.get("commonName"), "tls": s.version()}
            while True:
                self._answer(s, facts)
        s.close()

    def _answer(self, s, facts):
        line = until(s, b"\n")
        http = re.fullmatch(rb"(\S+) (\S+) HTTP/1\.([01])\r\n", line)
        if not http:
            s.sendall(self._told({**facts, "line": line.decode(errors="replace").strip()}))
            return
        headers = {}
        while (line := until(s, b"\n").strip()):
            name, _, value = line.decode("latin1").partition(":")
            headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
        lower = {name.lower(): value for name, value in headers.items()}
        method, path = http[1].decode(), http[2].decode()
        if method == "CONNECT":
            facts["tunnel"] = path
            s.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            return
        size = int(lower.get("content-length", 0))
        while size:
            size -= len(s.recv(size) or end())
        body = self._told({**facts, "protocol": f"HTTP/1.{http[3].decode()}", "method": method, "path": path, "host": lower.get("host"), "headers": headers})
        status = lower.get("x-echo-status", "200")
        s.sendall(f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)

    def _told(self, seen):
        self.log.append(seen)
        return json.dumps(seen).encode() + b"\n"


def end():
    raise EOFError


def exactly(s, size):
    data = b""
    while len(data) < size:
        data += s.recv(size - len(data)) or end()
    return data


def until(s, last):
    """Byte by byte, so that nothing behind is taken away from who reads on."""
    data = b""
    while not data.endswith(last):
        data += s.recv(1) or end()
    return data


def proxy_header(s):
    """The PROXY header, taken off: "v1 SOURCE DESTINATION"; None: there is none."""
    first = s.recv(len(V2), socket.MSG_PEEK)
    if first.startswith(b"PROXY "):
        _, _, source, destination, *_ = until(s, b"\r\n").decode().split()
        return f"v1 {source} {destination}"
    if first != V2:
        return None
    size, = struct.unpack("!H", exactly(s, 16)[14:])
    addresses = exactly(s, size)
    return f"v2 {socket.inet_ntoa(addresses[:4])} {socket.inet_ntoa(addresses[4:8])}"
