"""Clients that ask until they are stopped and remember what went wrong: each in a thread of its own.

A load knows which answers are right (`allowed`); an entry of `wrong` is (when, what came). A kept connection that the server
closed while it was idle is opened again, as every client does (RFC 9112, 9.3.1; RFC 9113, 6.8); a request that failed is wrong."""
import base64
import http.client
import os
import socket
import ssl
import threading
import time

import h2.config
import h2.connection
import h2.errors
import h2.events

TIMEOUT = 5
GOAWAY = 7  # type of an HTTP/2 frame


class Load:
    """Calls `once()` until stopped. It returns who answered, or raises: then that is what went wrong."""

    pause = 0.002

    def __init__(self, name, allowed, beside=False):
        """`beside`: the change does not concern what it asks."""
        self.name, self.allowed, self.beside = name, set(allowed), beside
        self.sent, self.wrong, self.in_force = 0, [], None
        self._moved = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def _run(self):
        while not self._stop.is_set():
            allowed = self.allowed
            if self._moved:
                self._moved = False
                self.reset()
            try:
                who = self.once()
                if who not in allowed:
                    self.wrong.append((round(time.monotonic(), 3), who))
            except Exception as error:  # whatever it is, no client expects it
                self.wrong.append((round(time.monotonic(), 3), repr(error)))
                self.reset()
            self.sent += 1
            self._stop.wait(self.pause)
        self.reset()

    def once(self):
        raise NotImplementedError

    def reset(self):
        """Forgets what is kept open."""

    def move(self, address=None):
        """The next request goes there, on a new connection."""
        self.address = address or self.address
        self._moved = True

    def from_now(self, allowed):
        """The change is in force: only `allowed` is right."""
        self.in_force = len(self.wrong)
        if not self.beside:
            self.allowed = set(allowed)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(2 * TIMEOUT)


class Http1(Load):
    """On a connection that is kept and on new ones by turns."""

    def __init__(self, name, address, host, allowed, beside=False):
        super().__init__(name, allowed, beside)
        self.address, self.host = address, host
        self._kept = None

    def connect(self):
        return http.client.HTTPConnection(*self.address, timeout=TIMEOUT)

    def once(self):
        if self.sent % 2:
            connection = self.connect()
            try:
                return self._ask(connection)
            finally:
                connection.close()
        self._kept = self._kept or self.connect()
        try:
            return self._ask(self._kept)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._kept.close()
            return self._ask(self._kept)

    def _ask(self, connection):
        connection.request("GET", "/", headers={"Host": self.host})
        answer = connection.getresponse()
        body = answer.read()
        return answer.headers.get("x-echo-backend", "nobody") if answer.status == 200 else f"{answer.status} {body[:60]!r}"

    def reset(self):
        if self._kept:
            self._kept.close()
        self._kept = None


class Https(Http1):
    """New connections only, whose certificate is one of `certificates` (DER)."""

    def __init__(self, name, address, host, allowed, certificates):
        super().__init__(name, address, host, allowed)
        self.certificates = set(certificates)

    def once(self):
        certificates = self.certificates
        context = ssl._create_unverified_context()
        with socket.create_connection(self.address, TIMEOUT) as raw, context.wrap_socket(raw, server_hostname=self.host) as s:
            der = s.getpeercert(True)
            s.sendall(f"GET / HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(s)
            answer.begin()
            answer.read()
        if der not in certificates:
            return "another certificate"
        return answer.headers.get("x-echo-backend", "nobody") if answer.status == 200 else str(answer.status)


class Http2(Load):
    """Streams on one connection that is kept; a GOAWAY opens the next, as every client does."""

    def __init__(self, name, address, host, allowed):
        super().__init__(name, allowed)
        self.address, self.host = address, host
        self._socket = self._h2 = None
        self._bytes = b""

    def once(self):
        for attempt in (1, 2):
            fresh = self._socket is None
            if fresh:
                self._open()
            who = self._ask()
            if who is not None:
                return who
            self.reset()  # the server went before it took the stream
            if fresh:
                return "closed at once"

    def _open(self):
        self._socket = socket.create_connection(self.address, TIMEOUT)
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._socket.sendall(self._h2.data_to_send())

    def _ask(self):
        """Who answered; None: the server did not take the stream, because it is going."""
        stream = self._h2.get_next_available_stream_id()
        self._h2.send_headers(stream, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", self.host)], end_stream=True)
        try:
            self._send()
        except (BrokenPipeError, ConnectionResetError):
            return None
        status = who = last = None
        while last is None or last >= stream:
            try:
                frame = self._frame()
            except (EOFError, ConnectionResetError):
                return None if status is None else "closed in the middle of an answer"
            if frame[3] == GOAWAY:  # h2 would take no further frame after it
                last = int.from_bytes(frame[9:13], "big") & 0x7FFFFFFF
                continue
            for event in self._h2.receive_data(frame):
                if getattr(event, "stream_id", None) != stream:
                    continue
                if isinstance(event, h2.events.ResponseReceived):
                    headers = dict(event.headers)
                    status, who = headers[":status"], headers.get("x-echo-backend", "nobody")
                elif isinstance(event, h2.events.DataReceived):
                    self._h2.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, h2.events.StreamReset):
                    return None if event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM else f"reset {event.error_code}"
                elif isinstance(event, h2.events.StreamEnded):
                    self._send()
                    if last is not None:
                        self.reset()
                    return who if status == "200" else status
            self._send()
        return None

    def _frame(self):
        """The next frame's bytes: 9 of header, whose first 3 are the length (RFC 9113, 4.1)."""
        while len(self._bytes) < 9 or len(self._bytes) < 9 + int.from_bytes(self._bytes[:3], "big"):
            data = self._socket.recv(65536)
            if not data:
                raise EOFError("closed")
            self._bytes += data
        end = 9 + int.from_bytes(self._bytes[:3], "big")
        frame, self._bytes = self._bytes[:end], self._bytes[end:]
        return frame

    def _send(self):
        data = self._h2.data_to_send()
        if data:
            self._socket.sendall(data)

    def reset(self):
        if self._socket:
            self._socket.close()
        self._socket = self._h2 = None
        self._bytes = b""


class Lines(Load):
    """TCP: a line on a connection that lives as long as the load, and one on a new connection, by turns. The kept one stays
    with who answered first."""

    pause = 0.005

    def __init__(self, name, address, allowed, beside=False):
        super().__init__(name, allowed, beside)
        self.address = address
        self._kept = self._first = None

    def once(self):
        if self.sent % 2:
            with socket.create_connection(self.address, TIMEOUT) as s:
                return self._ask(s)
        if not self._kept:
            self._kept = socket.create_connection(self.address, TIMEOUT)
            self._first = self._ask(self._kept)
        who = self._ask(self._kept)
        # Right for a connection that began before, whatever has come into force since.
        return next(iter(self.allowed)) if who == self._first else f"the kept connection is answered by {who}, before by {self._first}"

    @staticmethod
    def _ask(s):
        s.sendall(b"hello\n")
        answer = b""
        while not answer.endswith(b"\n"):
            data = s.recv(4096)
            if not data:
                raise EOFError("closed before the answer")
            answer += data
        return answer.decode().split(" ")[0]

    def reset(self):
        if self._kept:
            self._kept.close()
        self._kept = None


class WebSocket(Load):
    """One long stream: an upgraded connection on which every byte comes back. It has to live as long as the load."""

    pause = 0.02

    def __init__(self, name, address, host):
        super().__init__(name, {"the same bytes"}, beside=True)
        self.address, self.host = address, host
        self._socket = None

    def once(self):
        if not self._socket:
            self._open()
        message = f"{self.sent:08}".encode()
        self._socket.sendall(message)
        answer = b""
        while len(answer) < len(message):
            data = self._socket.recv(len(message) - len(answer))
            if not data:
                raise EOFError("the stream was cut")
            answer += data
        return "the same bytes" if answer == message else f"other bytes: {answer!r}"

    def _open(self):
        self._socket = socket.create_connection(self.address, TIMEOUT)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((f"GET / HTTP/1.1\r\nHost: {self.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                              f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            data = self._socket.recv(1)
            if not data:
                raise EOFError("no upgrade")
            head += data
        if not head.startswith(b"HTTP/1.1 101"):
            raise EOFError(f"no upgrade: {head.splitlines()[0]!r}")

    def reset(self):
        if self._socket:
            self._socket.close()
        self._socket = None
