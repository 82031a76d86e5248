#!/usr/bin/env python3
"""Keeps the house: which room may include which (the table of ARCHITECTURE.md), no heavy headers in headers, file lengths.

usage: check_includes.py      Prints every breach as FILE:LINE: what; exit 1 if there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_USE = {
    "base": set(),
    "mesh": {"base"},
    "source": {"mesh", "base"},
    "translate": {"mesh", "base"},
    "delivery": {"translate", "mesh", "base"},
    "identity": {"base"},
    "agent": {"identity", "base"},
    "local": {"agent", "delivery", "translate", "source", "mesh", "identity", "base"},
    "cli": {"local", "agent", "delivery", "translate", "source", "mesh", "identity", "base"},
}
# Generated code, gRPC, Asio, Beast, OpenSSL: seconds of compile time each, so never in a header of ours.
HEAVY = re.compile(r'(\.pb\.h|^grpc|^boost/(asio|beast)|^openssl/|^google/protobuf/(?!stubs))')
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
MAX_LINES = 800


def breaches(path):
    room = path.relative_to(ROOT / "src").parts[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > MAX_LINES:
        yield 1, f"{len(lines)} lines; at most {MAX_LINES}"
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        included = match.group(1)
        other = included.split("/")[0]
        if other in MAY_USE and (ROOT / "src" / included).exists() and other != room and other not in MAY_USE[room]:
            yield number, f"{room} may not use {other} ({included})"
        if path.suffix == ".h" and not path.stem.endswith("testing") and HEAVY.search(included):  # *testing.h: only tests include it
            yield number, f"header includes {included}; forward-declare it and include it in the .cc"


def main():
    found = 0
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in (".h", ".cc"):
            for number, what in breaches(path):
                print(f"{path.relative_to(ROOT)}:{number}: {what}")
                found += 1
    print(f"{found} breaches" if found else "includes: clean")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
