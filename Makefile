# One command a task. `make` alone lists them; each says at its end what it did and what to try next.
.DEFAULT_GOAL := help
.PHONY: help setup build demo test bench format format-check lint size clean

help:  ## this list
	@echo "Espalier: code completion that fits, from a model on your own machine."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "Start with make demo. What is missing on this machine is installed first (Debian; root or sudo)."

setup:  ## install the packages that are missing
	@scripts/setup.sh

build: setup  ## build/release/espalier
	@scripts/build.sh release

demo: setup  ## build, fetch the 0.5B model (491 MB, once), complete code in two files
	@scripts/build.sh release espalier
	@scripts/demo.sh

test: build  ## build everything and run all tests
	@scripts/test.sh release

bench: build  ## speed of the model runtime on this machine
	@scripts/bench.sh

format:  ## format the sources in place
	@scripts/setup.sh --lint
	@scripts/format.sh

format-check:  ## say which sources are not formatted
	@scripts/setup.sh --lint
	@scripts/format.sh --check

lint: build  ## clang-tidy over the sources, every finding is an error
	@scripts/setup.sh --lint
	@scripts/lint.sh

size: setup  ## sizes of files and functions against the budget
	@scripts/size_report.py

clean:  ## remove build/ (models and fetched sources stay)
	rm -rf build
