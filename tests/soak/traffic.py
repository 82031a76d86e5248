"""A small load generator: flows of requests at a steady pace, all in one asyncio loop in a thread of its own.

It is strict, as a proof needs it: whatever is not the expected answer is a failure with its time and its words. Nothing is tried
again, but for two things that are counted and shown beside the failures:
- `reopened`: a kept connection that had been closed before the request was written, or whose end the server had announced
  (Connection: close, GOAWAY): clients open another then (RFC 9112, 9.3.1; RFC 9113, 6.8). A request that was on its way is a failure.
- `refused`, only where a flow is made with `retry_refused`: nobody listened, so nothing was sent; it is asked again.
"""
import asyncio
import collections
import contextlib
import json
import threading
import time

import h2.config
import h2.connection
import h2.errors
import h2.events

TIMEOUT = 10
GOAWAY = 7  # type of an HTTP/2 frame


class Flow:
    """Asks again and again until stopped. `ask()` returns what came; `right` is what it may be."""

    def __init__(self, name, address, kept, host="app", right="app/v1", pause=0.06, retry_refused=False):
        self.name, self.address, self.kept, self.pause, self.retry_refused = f"{name}, {'kept' if kept else 'new'}", address, kept, pause, retry_refused
        self.host, self.right, self.sent, self.reopened, self.refused, self.wrong = host, {right}, 0, 0, 0, []
        self.connection = self.last = None
        self._held, self._idle = False, threading.Event()

    async def run(self, stop):
        while not stop.is_set():
            if self._held:
                self._idle.set()
                await asyncio.sleep(0.005)
                continue
            right = self.right
            try:
                came = await asyncio.wait_for(self.once(), TIMEOUT)
            except Exception as error:  # whatever it is, no client expects it
                came = repr(error)
                self.drop()
            self.sent += 1
            if came not in right | self.right:
                self.wrong.append((time.monotonic(), came))
            self.last = came
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), self.pause)
        self.drop()

    async def once(self):
        if self.connection is not None and self.gone():
            self.reopened += 1
            self.drop()
        if self.connection is None:
            await self.connect()
        try:
            return await self.ask()
        finally:
            if not self.kept:
                self.drop()

    async def connect(self):
        while True:
            try:
                self.connection = await asyncio.open_connection(*self.address)
                return
            except ConnectionRefusedError:
                if not self.retry_refused:
                    raise
                self.refused += 1
                await asyncio.sleep(0.02)

    def gone(self):
        return self.connection[0].at_eof() or self.connection[0].exception() is not None

    def drop(self):
        if self.connection is not None:
            self.connection[1].transport.abort() if self.kept else self.connection[1].close()
        self.connection = None

    # --- for the test's thread ---
    def from_now(self, *right):
        """What is asked from now on may have these answers only; what is on its way may have those from before, too."""
        self.right = set(right)

    def hold(self):
        """Asks nothing more until go(); returns when nothing is on its way."""
        self._idle.clear()
        self._held = True
        assert self._idle.wait(2 * TIMEOUT), f"{self.name}: a request does not end"

    def go(self):
        self._held = False


class Http1(Flow):
    async def ask(self):
        reader, writer = self.connection
        last = "" if self.kept else "Connection: close\r\n"
        writer.write(f"GET / HTTP/1.1\r\nHost: {self.host}\r\n{last}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close" and self.kept:
            self.reopened += 1
            self.drop()
        status = head[0].split(" ")[1]
        return who(body) if status == "200" else status if status in self.right else f"{status} {headers.get('x-envoy-response-flags', '')} {body[:150]!r}"


class Http2(Flow):
    """Streams on one connection, one after the other; with prior knowledge."""

    async def connect(self):
        await super().connect()
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.going = None

    def gone(self):
        return super().gone() or self.going is not None

    async def ask(self):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", self.host)], end_stream=True)
        status, data = None, b""
        while True:
            self.connection[1].write(self.h2.data_to_send())
            frame = await self._frame()
            if frame[3] == GOAWAY:  # h2 would take no further frame after it
                self.going = int.from_bytes(frame[9:13], "big") & 0x7FFFFFFF
                if self.going < stream:  # never taken: another connection, as the protocol wants it
                    self.reopened += 1
                    self.drop()
                    await self.connect()
                    return await self.ask()
                continue
            for event in self.h2.receive_data(frame):
                if getattr(event, "stream_id", None) != stream:
                    continue
                if isinstance(event, h2.events.ResponseReceived):
                    status = dict(event.headers)[":status"]
                elif isinstance(event, h2.events.DataReceived):
                    data += event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, h2.events.StreamReset):
                    return f"reset {event.error_code}"
                elif isinstance(event, h2.events.StreamEnded):
                    self.connection[1].write(self.h2.data_to_send())
                    return who(data) if status == "200" else status if status in self.right else f"{status} {data[:150]!r}"

    async def _frame(self):
        head = await self.connection[0].readexactly(9)
        return head + await self.connection[0].readexactly(int.from_bytes(head[:3], "big"))


class Lines(Flow):
    """TCP: a line, and the line that comes back."""

    async def ask(self):
        self.connection[1].write(b"hello\n")
        line = await self.connection[0].readline()
        if line:
            return line.decode().split(" ")[0]
        self.drop()
        return CLOSED if CLOSED in self.right else "closed before the answer"


CLOSED = "closed"  # what is right for Lines that must not pass


def who(body):
    answer = json.loads(body)
    return f"{answer['name']}/{answer['version']}"


class Traffic:
    """Flows that run while the block does."""

    def __init__(self, *flows):
        self.flows = flows
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="traffic")

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._stop = asyncio.Event()
        self._loop.run_until_complete(asyncio.gather(*(flow.run(self._stop) for flow in self.flows)))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(3 * TIMEOUT)

    @property
    def sent(self):
        return sum(flow.sent for flow in self.flows)

    @property
    def wrong(self):
        return [f"{flow.name}: {when:.3f} {what}" for flow in self.flows for when, what in flow.wrong]

    def everywhere(self, more=10):
        """A condition: each flow has asked `more` times since now."""
        before = [flow.sent for flow in self.flows]
        return lambda: all(flow.sent >= was + more for flow, was in zip(self.flows, before))

    def table(self):
        """What was sent and what came of it, for people; `make soak` prints it."""
        rows = [f"{'flow':<34} {'sent':>7} {'failed':>7} {'reopened':>9} {'refused':>8}"]
        for flow in self.flows:
            rows.append(f"{flow.name:<34} {flow.sent:>7} {len(flow.wrong):>7} {flow.reopened:>9} {flow.refused:>8}")
            rows += [f"    {count} x {what}" for what, count in collections.Counter(what for _, what in flow.wrong).most_common(5)]
        return "\n".join(rows)
