#!/usr/bin/env bash
# Generates C++ for Envoy's and Istio's API into OUT, each .proto exactly once.
# usage: generate.sh DEPS OUT      (DEPS: what tools/deps.sh filled)
set -euo pipefail
deps=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
istio=$(cat "$deps/istio-api.path")
rm -rf "$out" && mkdir -p "$out/envoy_api" "$out/istio_api"

"$deps/venv/bin/python" "$here/envoy_descriptors.py" "$here/envoy_roots.txt" "$out/envoy.pb"
"$deps/venv/bin/python" "$here/envoy_descriptors.py" --all "$out/envoy_types.pb"
grep -v '^#' "$here/istio_roots.txt" | xargs protoc -I "$istio" -I "$istio/common-protos" --include_imports --descriptor_set_out="$out/istio.pb"

# The names of the files of a descriptor set, without google/protobuf, which libprotobuf has.
names() {
  "$deps/venv/bin/python" - "$@" <<'P'
import sys
from google.protobuf import descriptor_pb2
def read(path):
    s = descriptor_pb2.FileDescriptorSet()
    s.ParseFromString(open(path, 'rb').read())
    return [f.name for f in s.file if not f.name.startswith('google/protobuf/')]
minus = set(read(sys.argv[2])) if len(sys.argv) > 2 else set()
print('\n'.join(n for n in read(sys.argv[1]) if n not in minus))
P
}
names "$out/envoy.pb" | xargs protoc --descriptor_set_in="$out/envoy.pb" --cpp_out="$out/envoy_api"
protoc --descriptor_set_in="$out/envoy.pb" --grpc_out="$out/envoy_api" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" envoy/service/discovery/v3/ads.proto envoy/service/secret/v3/sds.proto
(cd "$here/schemas" && protoc -I . --cpp_out="$out/istio_api" ./*/*.proto)
names "$out/istio.pb" "$out/envoy.pb" | xargs protoc --descriptor_set_in="$out/istio.pb:$out/envoy.pb" --cpp_out="$out/istio_api"
