#!/usr/bin/env bash
# Runs every fuzz entry (*_fuzz.cc) under libFuzzer with address and undefined behaviour sanitizers, one after another; then the
# real Envoy judges what objects_fuzz found worth keeping. What crashes, and what Envoy refuses, is kept in build/fuzz/NAME.kept/.
# usage: fuzz.sh [SECONDS [ENTRY...]]     SECONDS for each entry, 60 unless told
#   AMIME_FUZZ_REST=N     the seconds of entries other than objects_fuzz, where those are less
#   AMIME_FUZZ_SEED=N     where its chance starts; another each time unless told
#   AMIME_FUZZ_JUDGED=N   how many inputs Envoy judges, 100 unless told
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
export AMIME_ENVOY=${AMIME_ENVOY:-${AMIME_DEPS:-$PWD/.deps}/envoy}
entries=("$@")
[ ${#entries[@]} -gt 0 ] || mapfile -t entries < <(git ls-files 'src/*_fuzz.cc' 'tests/*_fuzz.cc' | xargs -n1 basename -s .cc)
tools/build.sh fuzz "${entries[@]}" objects_judge

# A golden case's folder is one input of objects_fuzz (tests/fuzz/case_text.h).
seed_objects() {
  local folder file
  for folder in tests/golden/cases/*/; do
    for file in in mesh-config proxies; do
      if [ -f "$folder$file.yaml" ]; then printf -- '---\n'; cat "$folder$file.yaml"; fi
    done > "$1/$(basename "$folder").yaml"
  done
}

status=0
for entry in "${entries[@]}"; do
  time=$seconds
  [ "$entry" = objects_fuzz ] || time=${AMIME_FUZZ_REST:-$seconds}
  echo "== $entry, $time s"
  kept=build/fuzz/$entry.kept
  mkdir -p "$kept/corpus" "$kept/crashes" "$kept/seeds"
  [ "$entry" = objects_fuzz ] && seed_objects "$kept/seeds"
  "build/fuzz/$entry" -max_total_time="$time" -rss_limit_mb=4096 -timeout=30 -max_len=16384 -seed="${AMIME_FUZZ_SEED:-0}" -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$kept/crashes/" "$kept/corpus" "$kept/seeds" || status=1
  if [ "$entry" = objects_fuzz ]; then
    build/fuzz/tests/objects_judge "$kept/judge" "${AMIME_FUZZ_JUDGED:-100}" "$kept/corpus" || status=1
  fi
done
exit $status
