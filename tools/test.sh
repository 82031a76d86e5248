#!/usr/bin/env bash
# Everything that CI runs. Order: what fails fastest first. The closing line is ctest's. Each stage says how long it took.
#   AMIME_TEST_QUICK=1   release build only (no sanitizers), all tests of it
set -euo pipefail
cd "$(dirname "$0")/.."
export AMIME_DEPS=${AMIME_DEPS:-$PWD/.deps}
export AMIME_ENVOY=${AMIME_ENVOY:-$AMIME_DEPS/envoy}

status=0
stage() { # stage NAME COMMAND...
  local started=$SECONDS name=$1 failed=0
  shift
  echo "== $name"
  "$@" || failed=$?
  echo "== $name: $((SECONDS - started)) s$([ $failed = 0 ] || echo ', FAILED')"
  return $failed
}
run() { stage "$1" ctest --output-on-failure -j 2 "${@:2}" || status=1; }

stage lint tools/lint.sh
if [ -n "${AMIME_TEST_QUICK:-}" ]; then
  stage "build release" tools/build.sh release
  run "release" --test-dir build/release
  exit $status
fi

# A room's own tests are built and run once, under sanitizers. What joins rooms runs in the release build too: there Envoy judges,
# there is everything that end to end has.
stage "build release" tools/build.sh release release_tests
stage "build asan" tools/build.sh asan
stage "build tsan" tools/build.sh tsan tsan_tests
stage "build fuzz" tools/build.sh fuzz objects_fuzz objects_judge
run "thread sanitizer" --test-dir build/tsan -L tsan
run "address and undefined behaviour sanitizers" --test-dir build/asan
# The same chance each time: what a change breaks is found here, what was always there by `make nightly`.
AMIME_FUZZ_SEED=1 AMIME_FUZZ_JUDGED=60 stage "fuzz" tools/fuzz.sh 60 objects_fuzz || status=1
run "release" --test-dir build/release -L release
exit $status
