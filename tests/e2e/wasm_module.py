"""Wasm modules for Envoy, written by hand: a few functions of the proxy-wasm ABI and nothing else. No toolchain needed."""

I32_CONST, CALL, DROP, UNREACHABLE, END = b"\x41", b"\x10", b"\x1a", b"\x00", b"\x0b"
RESPONSE_HEADERS = 2
KEY_AT, VALUE_AT, FREE_AT = 16, 256, 1024  # where in the module's memory things lie


def unsigned(n):
    out = b""
    while True:
        n, low = n >> 7, n & 0x7F
        if not n:
            return out + bytes([low])
        out += bytes([low | 0x80])


def signed(n):  # of numbers >= 0
    out = unsigned(n)
    return out if not out[-1] & 0x40 else out[:-1] + bytes([out[-1] | 0x80, 0])


def vector(items):
    return unsigned(len(items)) + b"".join(items)


def text(value):
    return vector([bytes([b]) for b in value.encode()])


def section(number, items):
    body = vector(items)
    return bytes([number]) + unsigned(len(body)) + body


def signature(parameters, results):
    return b"\x60" + vector([b"\x7f"] * parameters) + vector([b"\x7f"] * results)


def number(n):
    return I32_CONST + signed(n)


def function(code):
    body = vector([]) + code + END
    return unsigned(len(body)) + body


def data(at, value):
    return b"\x00" + number(at) + END + text(value)


def module(key, value):
    """A filter that adds the header KEY: VALUE to every answer."""
    add = b"".join(number(n) for n in (RESPONSE_HEADERS, KEY_AT, len(key), VALUE_AT, len(value))) + CALL + b"\x00" + DROP + number(0)
    return _module(add, [data(KEY_AT, key), data(VALUE_AT, value)])


def trap():
    """A filter that breaks down at every answer."""
    return _module(UNREACHABLE, [])


def _module(on_response_headers, memory):
    functions = [("proxy_abi_version_0_2_1", signature(0, 0), b""), ("proxy_on_memory_allocate", signature(1, 1), number(FREE_AT)),
                 ("proxy_on_context_create", signature(2, 0), b""), ("proxy_on_configure", signature(2, 1), number(1)),
                 ("proxy_on_response_headers", signature(3, 1), on_response_headers)]
    types = [signature(5, 1)] + [kind for _, kind, _ in functions]
    imports = [text("env") + text("proxy_add_header_map_value") + b"\x00" + unsigned(0)]
    exports = [text("memory") + b"\x02\x00"] + [text(name) + b"\x00" + unsigned(i + 1) for i, (name, _, _) in enumerate(functions)]
    return (b"\x00asm\x01\x00\x00\x00" + section(1, types) + section(2, imports) + section(3, [unsigned(i + 1) for i in range(len(functions))])
            + section(5, [b"\x00\x01"]) + section(7, exports) + section(10, [function(code) for _, _, code in functions]) + section(11, memory))
