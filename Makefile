# Needs Python 3.11 or newer and a package registry; everything else is set up below .venv.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check simulate faults races bench bench-large profile soak screenshots sdk format lock clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with all that is needed (every other target does so by itself)

# Done again when the lock or the project's metadata changes, and when a run was broken off.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is missing or older than Python 3.11."; \
		echo "Install a newer one and name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no module venv."; \
		echo "Debian and Ubuntu keep it in a package of its own: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

run: $(READY) ## Run everything on this machine; options: make run ARGS="--port 9000"
	@exec $(BIN)/gateway dev $(ARGS)

demo: $(READY) ## Take payments, receive their webhooks, check it all, and end
	@exec $(BIN)/gateway demo

# By file, because what the tests of a file share (servers, a whole gateway) is costly to start;
# in the order of the files, so that the long ones do not begin last.
test: $(READY) ## Run every test, on real PostgreSQL and Valkey; options: make test ARGS="-k refund"
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY) ## Format, lint, types, the dependency rule, unit tests and the contracts of all twins
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/unit tests/contracts -k "not InRedis and not InPostgres and not WithoutRedis"

simulate: $(READY) ## Simulate histories with faults: make simulate SEEDS=1000, or SEED=7 to see one
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED) --trace,--seeds $(or $(SEEDS),1000) --jobs 2)

faults: $(READY) ## Kill, freeze and cut real processes under load, and compare the books
	$(BIN)/python -m tests.faults $(ARGS)

races: $(READY) ## Race requests on real PostgreSQL, many times over: make races ROUNDS=300
	RACE_ROUNDS=$(or $(ROUNDS),300) $(BIN)/python -m pytest --quiet tests/integration/test_races.py \
		tests/integration/test_races_webhooks.py $(ARGS)

bench: $(READY) ## Measure every figure, each against its goal: make bench ARGS="--only accept"
	$(BIN)/python -m benchmarks.bench $(ARGS)

bench-large: $(READY) ## Fill ten million payments, verify them, and measure one more: make bench-large PAYMENTS=1000000
	$(BIN)/python -m benchmarks.large --payments $(or $(PAYMENTS),10000000) $(ARGS)

profile: $(READY) ## Show where the time of a request and of a job goes, and what PostgreSQL does for it
	$(BIN)/python -m benchmarks.profiling $(ARGS)

soak: $(READY) ## Load it steadily for an hour, and see whether memory stays flat: make soak MINUTES=10
	$(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),60) $(ARGS)

screenshots: $(READY) ## Photograph every state of the checkout and the demo shop into docs/screenshots
	$(BIN)/python -m tests.integration.checkout.screenshots

sdk: ## Build the browser SDK and the checkout page; needs Node and npm
	cd checkout_sdk && npm ci --no-audit --no-fund && npm test && npm run build

format: $(READY) ## Put the code in order
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The image installs the second one: of the first, those that run in production. No index URL, no dates.
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--no-emit-index-url --generate-hashes --custom-compile-command "make lock" --quiet
lock: $(READY) ## Write both lock files anew; to have newer versions: make lock ARGS=--upgrade
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --all-extras $(ARGS) --output-file requirements.lock
	$(COMPILE) --constraints requirements.lock --output-file requirements-runtime.lock

clean: ## Remove what the tools made; .gateway, the data of `make run`, stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find . -name __pycache__ -prune -exec rm -rf {} +
