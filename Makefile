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
	@tools/build.sh $(PRESET)
demo: build      ## a mesh of real Envoys on this machine
	@tools/demo.sh
test: deps       ## everything that CI runs
	@tools/test.sh
bench: build     ## figures of this commit, as a table and as JSON
	@tools/bench.sh
golden: build    ## regenerate the golden outputs
	@tools/golden.sh
lint: deps       ## format, include directions, headers
	@tools/lint.sh
clean:           ## remove build/
	@rm -rf build
