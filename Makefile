# Aptarium. `make help` lists the targets.
GO ?= go
TOOL = $(GO) tool -modfile=tools/go.mod
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
export CGO_ENABLED ?= 0

.PHONY: help build test test/race test/long test/setup lint fuzz bench bench/micro demo clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z\/]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/aptarium
	$(GO) build -trimpath -ldflags '-s -w -X github.com/aptarium/aptarium/internal/buildinfo.Version=$(VERSION)' -o bin/ ./cmd/aptarium

test/setup: ## install the Debian packages that the tests need (as root), or name them
	@sh test/setup

test: test/setup ## run every test
	$(GO) test -count=1 ./...

test/race: test/setup ## run every test under the race detector
	CGO_ENABLED=1 $(GO) test -race -count=1 ./...

test/long: test/setup ## run the long forms of some tests: 2,000 publishes while clients read, 3,200 adds at once, 2,000 crashes, ten minutes of gc; 10,000 revisions and 2,000 releases of 60,000 packages
	$(GO) test -count=1 -timeout 60m ./test/e2e -run 'TestNoClientEverFails|TestSixteenClients' -v -publishes 2000 -adds 200
	$(GO) test -count=1 -timeout 60m ./test/crash -v -rounds 2000
	$(GO) run ./test/gcload -for 10m
	$(GO) run ./test/history

lint: ## gofmt, go vet, staticcheck, errcheck and sqlclosecheck
	@bad=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$bad" ] || { echo "not formatted: $$bad"; exit 1; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(TOOL) errcheck -exclude tools/errcheck.txt ./...
	$(TOOL) sqlclosecheck ./...

FUZZTIME ?= 30s
fuzz: ## run every fuzz target, each for FUZZTIME
	@sh test/fuzz $(FUZZTIME)

bench: build ## compare the speed with aptly and reprepro, in about ten minutes; BENCHFLAGS='-only first-sync' selects rows
	@sh test/setup bench
	$(GO) run ./test/bench $(BENCHFLAGS)

bench/micro: ## run the benchmarks of single Go packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

demo: build ## mirror, publish and install real Debian packages on this machine
	@sh test/setup
	$(GO) run ./test/demo

clean: ## delete bin and build
	rm -rf bin build
