#!/usr/bin/env bash
# Measures the control plane with bench/swarm, beside its floor, and draws docs/benchmarks.*.
# usage: bench.sh [--small | --full] [--label TEXT]
#   --full   (default) 1000 services, 1000 proxies over delta; 1000 x 100 over state of the world. About 5 minutes, 8 GiB of memory.
#   --small  100 services, 100 proxies; for a look. Does not touch docs/ and the kept results.
set -euo pipefail
cd "$(dirname "$0")/.."
size=full
label=
while [ $# -gt 0 ]; do
  case $1 in
    --small) size=small ;;
    --full) size=full ;;
    --label) label=$2; shift ;;
    *) sed -n '2,6p' "$0" | cut -c3- >&2; exit 64 ;;
  esac
  shift
done

bin=build/release
[ -x "$bin/bench/amime-swarm" ] && [ -x "$bin/amime" ] || tools/build.sh release
if [ "$size" = small ]; then results=$(mktemp -d); else results=bench/results; fi
mkdir -p "$results"
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain -- src 2>/dev/null)" ] || commit=$commit+

swarm() {  # NAME OPTION...
  local name=$1
  shift
  "$bin/bench/amime-swarm" --serve "$bin/amime" --label "$label" --commit "$commit" --date "$(date -u +%F)" --out "$results/$name.json" "$@"
  echo
}

if [ "$size" = small ]; then
  swarm delta --services 100 --proxies 100 --count 10
  swarm sotw --services 100 --proxies 100 --count 10 --sotw
  echo "results: $results"
else
  swarm delta-1000x1000 --services 1000 --proxies 1000 --count 20
  swarm delta-100x1000 --services 100 --proxies 1000 --count 20
  swarm sotw-1000x100 --services 1000 --proxies 100 --count 10 --sotw
  python3 bench/draw.py
fi
