#!/usr/bin/env python3
"""Writes one FileDescriptorSet of Envoy's API from the Python package xds-protos.

usage: envoy_descriptors.py ROOTS OUT.pb
       envoy_descriptors.py --all OUT.pb     every v3 message that Envoy has, extensions too

The package carries no .proto files, but every module has its FileDescriptorProto: import the roots, follow
DESCRIPTOR.dependencies, write all of them in dependency order. protoc reads the result with --descriptor_set_in.
"""
import importlib
import pathlib
import sys

import envoy
from google.protobuf import descriptor_pb2

# Not below envoy/, and named inside of an Any only.
TYPED_STRUCTS = ["udpa/type/v1/typed_struct.proto", "xds/type/v3/typed_struct.proto"]


def module_of(proto):
    return proto[: -len(".proto")].replace("/", ".").replace("-", "_") + "_pb2"


def listed(roots_file):
    with open(roots_file, encoding="utf-8") as lines:
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def all_of_v3():
    below = [pathlib.Path(folder) for folder in envoy.__path__]
    files = [f.relative_to(top).as_posix() for top in below for f in top.rglob("*_pb2.py") if f.parent.name in ("v3", "v3alpha")]
    return sorted("envoy/" + f.replace("_pb2.py", ".proto") for f in files) + TYPED_STRUCTS


def main():
    roots_file, out = sys.argv[1:3]
    roots = all_of_v3() if roots_file == "--all" else listed(roots_file)
    result, seen = descriptor_pb2.FileDescriptorSet(), set()

    def add(descriptor):
        if descriptor.name in seen:
            return
        seen.add(descriptor.name)
        for dependency in descriptor.dependencies:
            add(dependency)
        descriptor.CopyToProto(result.file.add())

    for root in roots:
        add(importlib.import_module(module_of(root)).DESCRIPTOR)
    with open(out, "wb") as f:
        f.write(result.SerializeToString(deterministic=True))
    print(f"{len(result.file)} files of Envoy's API in {out}")


if __name__ == "__main__":
    main()
