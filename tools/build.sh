#!/usr/bin/env bash
# Configures and builds one preset. usage: build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
jobs=${JOBS:-$(nproc)}
deps=${AMIME_DEPS:-$PWD/.deps}
mkdir -p build

# The generated APIs: once, for all presets, again when their inputs change.
inputs=$({ cat api/generate.sh api/envoy_descriptors.py api/envoy_types.cc api/*_roots.txt api/schemas/*/*.proto api/CMakeLists.txt api/go.sum; grep xds-protos tools/requirements.txt; } | sha256sum)
if [ "$(cat build/api/inputs 2>/dev/null)" != "$inputs" ]; then
  echo "building the C++ of Envoy's and Istio's API (once) ..."
  cmake -S api -B build/api -G Ninja -DAMIME_DEPS="$deps" > build/api.log 2>&1 && cmake --build build/api -j "$jobs" >> build/api.log 2>&1 ||
    { tail -30 build/api.log >&2; exit 1; }
  echo "$inputs" > build/api/inputs
fi

if [ ! -f "build/$preset/build.ninja" ]; then
  cmake --preset "$preset" > "build/$preset.log" 2>&1 || { tail -30 "build/$preset.log" >&2; rm -f "build/$preset/build.ninja"; exit 1; }
fi
cmake --build --preset "$preset" -j "$jobs" ${@:+--target "$@"}
if [ "$preset" = release ]; then ln -sfn release/amime build/amime; fi
