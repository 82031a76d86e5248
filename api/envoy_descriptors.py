#!/usr/bin/env python3
"""Writes one FileDescriptorSet of Envoy's API from the Python package xds-protos.

usage: envoy_descriptors.py ROOTS OUT.pb

The package carries no .proto files, but every module has its FileDescriptorProto: import the roots, follow
DESCRIPTOR.dependencies, write all of them in dependency order. protoc reads the result with --descriptor_set_in.
"""
import importlib
import sys

from google.protobuf import descriptor_pb2


def module_of(proto):
    return proto[: -len(".proto")].replace("/", ".").replace("-", "_") + "_pb2"


def main():
    roots_file, out = sys.argv[1:3]
    with open(roots_file, encoding="utf-8") as lines:
        roots = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
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
