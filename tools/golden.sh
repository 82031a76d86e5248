#!/usr/bin/env bash
# Rewrites tests/golden/cases/*/out.yaml from what translation makes now, and docs/compatibility.md from the cases. Read the
# diff before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh release golden_test fields_test
export AMIME_ENVOY=${AMIME_ENVOY:-${AMIME_DEPS:-$PWD/.deps}/envoy}
AMIME_UPDATE_GOLDEN=1 build/release/tests/golden_test >/dev/null || true  # differs until it is written
build/release/tests/golden_test --gtest_brief=1
AMIME_UPDATE_GOLDEN=1 build/release/tests/fields_test --gtest_brief=1
git status --short tests/golden docs/compatibility.md
