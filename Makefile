# The index of what one can do here. `make` or `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

TARGET := $(or $(CARGO_TARGET_DIR),target)
CONSOLE_SOURCES := $(shell find console/src console/public console/index.html console/vite.config.ts \
  console/tsconfig.json console/tsconfig.app.json console/tsconfig.node.json -type f ! -name '*.test.*')

.PHONY: help demo build console openapi fmt check test test-long test-tools bench

help: ## List what one can do
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

demo: build ## Build everything and serve a simulated shop at http://127.0.0.1:8080
	$(TARGET)/release/mercer demo

build: console ## Build the release binary with the console inside
	cargo build --release --package mercer-app

console: console/dist/index.html ## Build the console, if its sources changed

console/node_modules/.package-lock.json: console/package-lock.json console/package.json console/.npmrc
	cd console && npm ci --no-audit --no-fund </dev/null
	touch $@

console/dist/index.html: $(CONSOLE_SOURCES) console/node_modules/.package-lock.json
	cd console && npm run --silent build </dev/null
	touch $@

openapi: console ## Write openapi/mercer.json from the code, and the console's types from it
	mkdir -p openapi
	cargo run --quiet --package mercer-app -- openapi > openapi/mercer.json.new
	mv openapi/mercer.json.new openapi/mercer.json
	cd console && npm run --silent generate </dev/null

fmt: console/node_modules/.package-lock.json ## Format the Rust sources and the console
	cargo fmt --all
	cd console && npm run --silent format </dev/null

check: ## What CI runs, in its order: format, lints, tidy, all tests
	scripts/check

test: test-tools ## Install what tests need, then run all of them on both databases and in Chromium
	scripts/check

test-long: test-tools console ## The long suites: whole years, millions of operations, fifty kills, twenty times the cases
	MERCER_TEST_LONG=1 PROPTEST_CASES=5120 scripts/with-postgres cargo test --workspace --no-fail-fast

test-tools: ## Install what tests need beside Rust, Node and make
	scripts/install-test-tools

bench: console ## Measure; with ORDERS=online-retail.csv also on the real year (bench/README.md)
	bench/run $(ORDERS)
