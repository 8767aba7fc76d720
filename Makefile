# make run    a server with everything it needs, on 127.0.0.1:8080, data under ./data
# make test   everything that CI runs, real clients included
.PHONY: run build engine clients lint test fuzz torture bench clean

BINARY := target/release/mayfly

run: engine build
	./$(BINARY) serve --data ./data

build:
	cargo build --release --locked

engine:
	scripts/fetch.sh all

clients:
	scripts/clients.sh install

lint:
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings
	scripts/deny.sh

# Whole-program tests need the engine, geo data, real clients, a browser and libfaketime; all are fetched.
test: engine clients
	scripts/test-tools.sh
	cargo nextest run --locked
	scripts/fuzz.sh brief
	node tests/browser/tracker.mjs
	node tests/browser/pages.mjs
	node tests/browser/people.mjs
	node tests/browser/issues.mjs
	node tests/browser/officer.mjs
	node tests/browser/choices.mjs
	node tests/browser/scrub.mjs

# Each fuzz target for so many SECONDS, two minutes if nothing else is said.
fuzz:
	scripts/fuzz.sh $(or $(SECONDS),120)

# Faults at random instants under load, ROUNDS for each kind of ClickHouse; SEED repeats a run.
torture: export MAYFLY_TORTURE_ROUNDS ?= $(or $(ROUNDS),250)
torture: export MAYFLY_TORTURE_SEED ?= $(SEED)
torture: engine
	scripts/test-tools.sh
	cargo nextest run --locked --release --profile torture

bench: engine
	scripts/bench.sh

clean:
	cargo clean
