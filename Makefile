# Thin over CMake presets. `make help` lists the targets.
PRESET ?= release
JOBS ?= $(shell nproc)
export AMIME_DEPS ?= $(CURDIR)/.deps

.PHONY: help deps build demo test bench lint clean golden
help:            ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
deps:            ## install and fetch what building needs (pinned)
	@tools/deps.sh
build: deps      ## build/amime (release)
	@tools/build.sh $(PRESET) amime
demo:            ## a mesh of real Envoys on this machine
	@tools/deps.sh --dry-run
	@$(MAKE) --no-print-directory build
	@tools/demo.sh
test: deps       ## everything that CI runs
	@tools/test.sh
bench: deps      ## figures of this commit, as a table and as JSON
	@tools/build.sh release
	@tools/bench.sh
golden: deps     ## regenerate the golden outputs
	@tools/golden.sh
lint: deps       ## format, include directions, headers
	@tools/lint.sh
clean:           ## remove build/
	@rm -rf build
