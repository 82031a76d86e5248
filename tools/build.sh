#!/usr/bin/env bash
# Configures and builds one preset. usage: build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
mkdir -p build
if [ ! -f "build/$preset/build.ninja" ]; then
  cmake --preset "$preset" > "build/$preset.configure.log" 2>&1 || { cat "build/$preset.configure.log" >&2; exit 1; }
fi
cmake --build --preset "$preset" -j "${JOBS:-$(nproc)}" ${@:+--target "$@"}
[ "$preset" = release ] && ln -sfn release/amime build/amime || true
