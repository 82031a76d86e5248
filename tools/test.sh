#!/usr/bin/env bash
# Everything that CI runs. Order: what fails fastest first. The closing line is ctest's.
#   AMIME_TEST_QUICK=1   release build only (no sanitizers)
set -euo pipefail
cd "$(dirname "$0")/.."
export AMIME_DEPS=${AMIME_DEPS:-$PWD/.deps}
export AMIME_ENVOY=${AMIME_ENVOY:-$AMIME_DEPS/envoy}

tools/lint.sh
tools/build.sh release
presets=(release)
if [ -z "${AMIME_TEST_QUICK:-}" ]; then
  tools/build.sh asan
  tools/build.sh tsan tsan_tests
  presets=(tsan asan release)
fi
status=0
for preset in "${presets[@]}"; do
  echo "== $preset"
  ctest --preset "$preset" --output-junit "junit.xml" -j 2 || status=1
done
exit $status
