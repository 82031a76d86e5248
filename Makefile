# Thin over CMake presets. `make help` lists the targets.
PRESET ?= release
JOBS ?= $(shell nproc)
export AMIME_DEPS ?= $(CURDIR)/.deps

.PHONY: help deps test-deps build demo test nightly soak bench bench-rollout lint clean golden fuzz
help:            ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
deps:            ## install and fetch what building needs (pinned)
	@tools/deps.sh
test-deps:       ## the same, and what only tests need (clang)
	@tools/deps.sh --test
build: deps      ## build/amime (release)
	@tools/build.sh $(PRESET) amime
demo:            ## a mesh of real Envoys on this machine
	@tools/deps.sh --dry-run
	@$(MAKE) --no-print-directory build
	@tools/demo.sh
test: test-deps  ## everything that CI runs
	@tools/test.sh
nightly: test-deps ## what takes too long for CI: objects_fuzz for SECONDS=600, the others for 60, Envoy judges 1000 inputs
	@AMIME_FUZZ_REST=60 AMIME_FUZZ_JUDGED=1000 tools/fuzz.sh $(or $(SECONDS),600)
soak: deps       ## minutes of load while certificates, roots, policies and processes change; every failure is counted and shown
	@tools/build.sh release amime
	@PYTHONDONTWRITEBYTECODE=1 AMIME=$(CURDIR)/build/release/amime AMIME_ENVOY=$(AMIME_DEPS)/envoy $(AMIME_DEPS)/venv/bin/python -m pytest -q -s -p no:cacheprovider tests/soak
bench: deps      ## figures of this commit, as a table and as JSON
	@tools/build.sh release
	@tools/bench.sh
bench-rollout: deps ## changes in their worst order under load, REPS=20 each; PEER= compares another control plane
	@tools/build.sh release amime
	@AMIME_ENVOY=$(AMIME_DEPS)/envoy $(AMIME_DEPS)/venv/bin/python bench/rollout/rollout.py --reps $(or $(REPS),20)
golden: deps     ## regenerate the golden outputs
	@tools/golden.sh
lint: deps       ## format, include directions, headers
	@tools/lint.sh
fuzz: test-deps  ## every fuzz entry under libFuzzer, SECONDS=60 each; ENTRY=objects_fuzz for one
	@tools/fuzz.sh $(or $(SECONDS),60) $(ENTRY)
clean:           ## remove build/
	@rm -rf build
