"""HTTP servers of the tests themselves: what a mesh calls that is no workload of it."""
import contextlib
import http.server
import threading


def page(body, status=200, kind="text/plain"):
    """An answer."""
    return status, kind, body.encode() if isinstance(body, str) else body


@contextlib.contextmanager
def serving(answer, ip="127.0.0.1", tls=None):
    """Answers every GET with answer(handler), which is a page(...); over TLS with an ssl.SSLContext. Gives the server's port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, kind, body = answer(self)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((ip, 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
