#!/usr/bin/env bash
# Everything that CI runs. Order: what fails fastest first. The closing line is ctest's.
#   AMIME_TEST_QUICK=1   release build only (no sanitizers)
set -euo pipefail
cd "$(dirname "$0")/.."
export AMIME_DEPS=${AMIME_DEPS:-$PWD/.deps}
export AMIME_ENVOY=${AMIME_ENVOY:-$AMIME_DEPS/envoy}

tools/lint.sh
tools/build.sh release
if [ -z "${AMIME_TEST_QUICK:-}" ]; then
  tools/build.sh asan
  tools/build.sh tsan tsan_tests
fi

# The sanitizers see the C++ tests; end to end runs with the release binary (and once with the asan one, shortened).
status=0
run() { echo "== $*"; ctest --output-on-failure -j 2 "$@" || status=1; }
if [ -z "${AMIME_TEST_QUICK:-}" ]; then
  run --test-dir build/tsan -L tsan
  run --test-dir build/asan -LE tsan -E bench
  # The same chance each time: what a change breaks is found here, what was always there by `make nightly`.
  AMIME_FUZZ_SEED=1 AMIME_FUZZ_JUDGED=60 tools/fuzz.sh 60 objects_fuzz || status=1
fi
run --test-dir build/release -LE tsan
exit $status
