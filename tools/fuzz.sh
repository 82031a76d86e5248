#!/usr/bin/env bash
# Runs every fuzz entry (*_fuzz.cc) under libFuzzer with address and undefined behaviour sanitizers, one after another.
# usage: fuzz.sh [SECONDS [ENTRY...]]     SECONDS for each entry, 60 unless told; what crashes is kept in build/fuzz/NAME/
# libFuzzer comes with clang, which building does not need: the script says so if it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
command -v clang++-16 >/dev/null || { echo "fuzzing needs clang 16: apt-get install clang-16 (Debian 12 has it)" >&2; exit 1; }
entries=("$@")
[ ${#entries[@]} -gt 0 ] || mapfile -t entries < <(git ls-files 'src/*_fuzz.cc' | xargs -n1 basename -s .cc)
tools/build.sh fuzz "${entries[@]}"
for entry in "${entries[@]}"; do
  echo "== $entry, $seconds s"
  kept=build/fuzz/$entry.kept
  mkdir -p "$kept/corpus" "$kept/crashes"
  "build/fuzz/$entry" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=10 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$kept/crashes/" "$kept/corpus"
done
