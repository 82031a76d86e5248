#!/usr/bin/env bash
# The house's rules: include directions, headers that stand alone, names in unnamed namespaces, formatting.
# usage: lint.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/.."
python3 tools/check_includes.py
python3 tools/check_unnamed.py
if command -v clang-format >/dev/null; then
  if [ "${1:-}" = --fix ]; then
    git ls-files -co --exclude-standard 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'bench/*.h' | xargs clang-format -i
  else
    git ls-files -co --exclude-standard 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'bench/*.h' | xargs clang-format --dry-run --Werror
  fi
fi
