# Everything that CI does, each target runnable by hand. `make demo` and `make test` set up a fresh Debian machine by themselves.

SWIFT ?= swift
PREFIX ?= $(HOME)/.local
# One configuration for everything: the tests drive the same binaries that are installed.
BUILD := $(SWIFT) build -c release --static-swift-stdlib
BIN = $(shell $(BUILD) --show-bin-path)

.PHONY: all build demo test unit-test unit-test-build unit-test-run end-to-end-test soak install uninstall check layers lint bench bench-commits bench-remotes micro-bench setup test-servers clean

all: build

## Builds tenon, tenond and the micro-benchmark: all at once, so that the modules of one are compiled beside those of the other.
build: setup
	$(BUILD)

## The main job on real data, with proof by sha256sum.
demo: build
	Scripts/demo.sh "$(BIN)"

## All tests: modules, then the real programs end to end. The modules' tests wait more than they work, so the programs are built beside them.
test: unit-test-build
	$(MAKE) --jobs=2 --output-sync=target unit-test-run end-to-end-test

unit-test: unit-test-build
	$(MAKE) unit-test-run

unit-test-build: setup test-servers
	$(SWIFT) build --build-tests

# The program itself, since 'swift test' would keep any other build waiting. One test at a time: programs that other tests start would hold, for a moment, files that a
# test has open for writing.
unit-test-run:
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=1 .build/debug/tenonPackageTests.xctest --testing-library swift-testing

end-to-end-test: build test-servers
	Scripts/test-tools.sh .build/test-tools
	Scripts/test-browser.sh
	python3 Tests/EndToEnd/run.py "$(BIN)"

## COUNT random sequences of Git and Tenon operations from seed SEED on, against a model; a seed that fails is printed.
COUNT ?= 1000
SEED ?= 1
soak: build
	python3 Tests/EndToEnd/soak_sequences.py "$(BIN)" $(COUNT) $(SEED)

## Release build into PREFIX (default ~/.local): tenon, tenond, git-tenon, man pages, completions.
install: build
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 0755 "$(BIN)/tenon" "$(BIN)/tenond" "$(DESTDIR)$(PREFIX)/bin/"
	ln -sfn tenon "$(DESTDIR)$(PREFIX)/bin/git-tenon"
	Scripts/install-extras.sh "$(BIN)/tenon" "$(DESTDIR)$(PREFIX)"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/tenon" "$(DESTDIR)$(PREFIX)/bin/tenond" "$(DESTDIR)$(PREFIX)/bin/git-tenon"
	rm -f "$(DESTDIR)$(PREFIX)"/share/man/man1/tenon*.1 "$(DESTDIR)$(PREFIX)/share/man/man1/git-tenon.1"
	rm -f "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/tenon" "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_tenon" \
		"$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/tenon.fish"

## Format lint, layers, and a build from nothing in which a warning is an error. (-warnings-as-errors would hit the packages that we use.)
check: lint layers
	rm -rf .build-check && mkdir -p .build-check
	$(BUILD) --scratch-path .build-check --explicit-target-dependency-import-check error >.build-check/log 2>&1 \
		|| { tail -n 50 .build-check/log; exit 1; }
	! grep -E "^$(CURDIR)/(Sources|Benchmarks)/.*: warning:" .build-check/log

lint:
	@Scripts/setup.sh shellcheck
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Hooks Tests
	shellcheck Scripts/*.sh Hooks/*-*

layers:
	python3 Scripts/check-layers.py

## Tenon and the installed rivals on the same work, in one run. Takes about half an hour and 20 GB of disk.
bench: build
	Benchmarks/run.sh "$(BIN)"

## What Tenon adds to git commit and git switch, beside plain Git, with 35,000 files. Takes two minutes.
bench-commits: build
	python3 Benchmarks/commits.py "$(BIN)"

## Push and pull beside rclone and DVC, through SeaweedFS and to a directory. Takes a quarter of an hour and 25 GB of disk.
bench-remotes: build test-servers
	Benchmarks/remotes.sh "$(BIN)"

## What is missing of the Debian packages that the build and the tests need.
setup:
	@Scripts/setup.sh

## SeaweedFS and sshd, which the tests of remotes start on loopback ports.
test-servers:
	@Scripts/test-servers.sh

clean:
	rm -rf .build .build-check
