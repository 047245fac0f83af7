# `make` alone lists the targets. Each `##` comment is an entry of that list.
SHELL := /bin/sh
BIN := .venv/bin
# SHUFFLE=1: random order, with a seed that each part prints. SHUFFLE=SEED: the order of that seed.
PYTEST := $(BIN)/pytest $(if $(SHUFFLE),-p randomly $(if $(filter-out 1,$(SHUFFLE)),--randomly-seed=$(SHUFFLE)))
PARTED := tests/stories tests/contracts tests/emulators tests/browser
# Tests start the same programs many times, so compiled Python files are kept, whatever the shell's setting is.
export PYTHONDONTWRITEBYTECODE :=
LOCKS := pyproject.toml requirements.lock requirements-dev.lock tools/setup

# $(call timed,NAME,COMMAND): run the command, print how long it took, and exit with its status.
define timed
@start=$$(date +%s); $(2); answer=$$?; echo "-- $(1): $$(($$(date +%s) - start)) s"; exit $$answer
endef

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup run test check lint types imports unit stories contract-tests browser proof repeat accuracy bench picture pictures chat diagram files node-tools format lock clean

help: ## this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  %-15s %s\n", $$1, $$2 }'

.venv/ready-run: pyproject.toml requirements.lock tools/setup
	@tools/setup run

.venv/ready-dev: $(LOCKS)
	@tools/setup dev

setup: .venv/ready-dev ## make .venv with everything, each file checked by its hash (uv or pip); and npm's test programs
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory node-tools; fi
	@missing=$$(tools/system-packages); [ -z "$$missing" ] || \
	  printf '%s\n' "Some tests need programs that are not installed. As root, then make setup again:" \
	    "  apt-get update && apt-get install --no-install-recommends $$missing"

run: .venv/ready-run ## start Visitline with its simulator and print its address
	@$(BIN)/visitline run

chat: .venv/ready-run ## text with Visitline in this terminal
	@$(BIN)/visitline chat

test: lint types imports unit stories contract-tests browser ## everything a change must pass, in this order

check: lint types imports ## the quick part: no test runs

lint: .venv/ready-dev ## ruff (rules and format) and retired words
	$(call timed,lint,$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check . && $(BIN)/python tools/retired_words.py)

types: .venv/ready-dev ## mypy, strict
	$(call timed,types,$(BIN)/mypy)

imports: .venv/ready-dev ## import contracts: which package may import which
	$(call timed,imports,$(BIN)/lint-imports --no-cache)

unit: .venv/ready-dev ## unit tests of modules and packages
	$(call timed,unit,$(PYTEST) -n 2 --dist worksteal tests $(addprefix --ignore=,$(PARTED)))

stories: .venv/ready-dev ## conversations from the first text to the end, through the real routes
	$(call timed,stories,$(PYTEST) -n 2 --dist worksteal tests/stories)

contract-tests: .venv/ready-dev ## the official clients against provider emulators; PostgreSQL and Redis
	$(call timed,contract-tests,$(PYTEST) -n 2 --dist worksteal tests/emulators tests/contracts)

browser: .venv/ready-dev ## the README's first visit and a call in headless Chromium
	$(call timed,browser,$(PYTEST) -n 2 --dist loadfile tests/browser)

repeat: .venv/ready-dev ## make test N times with two busy loops beside it, and a table of what failed: N=20
	@tools/repeat $(or $(N),20)

proof: .venv/ready-dev ## slow tests: long random conversations, 200 requests at once, every test marked slow, accuracy
	$(call timed,interleavings,VISITLINE_EXAMPLES=80 $(PYTEST) tests/stories/test_interleavings.py)
	$(call timed,answers,VISITLINE_EXAMPLES=40 $(PYTEST) -n 2 tests/stories/test_open_question.py)
	$(call timed,rush,VISITLINE_REQUESTS=200 $(PYTEST) -n 2 -m "" tests/handlers/test_rush.py)
	$(call timed,slow,$(PYTEST) -n 2 --dist loadfile -m slow tests)
	$(call timed,accuracy,$(BIN)/python tests/understanding/accuracy.py)

bench: .venv/ready-dev ## how long a text waits under the load of kiosks and calls; WRITE=1, APART=1: see docs/benchmarks.md
	@WRITE=$(WRITE) BENCH_APART=$(APART) $(BIN)/python tests/bench/webhook.py

picture: .venv/ready-dev ## play the first visit in Chromium and take the README's picture
	@VISITLINE_PICTURE=1 $(PYTEST) -q tests/browser

pictures: .venv/ready-dev ## play a call in Chromium and take the pictures in docs/calls.md
	@VISITLINE_PICTURES=1 $(PYTEST) -q tests/browser/test_pictures.py

accuracy: .venv/ready-dev $(if $(RIVALS),build/rivals/ready) ## how well texts are understood; RIVALS=1: compare other programs
	@$(BIN)/python tests/understanding/accuracy.py $(if $(RIVALS),build/rivals/bin/python)

# The other programs have a separate environment. One that cannot be installed is reported and left out.
build/rivals/ready:
	@$(BIN)/python -m venv build/rivals
	@for name in dateparser parsedatetime ctparse "recognizers-text-date-time emoji<2"; do \
	  build/rivals/bin/pip install --quiet --disable-pip-version-check $$name || echo "$$name could not be installed" >&2; \
	done
	@touch $@

files: ## print every module with its purpose
	@python3 tools/files.py

diagram: .venv/ready-run ## draw the state diagram in docs/lifecycle.md from its table
	@$(BIN)/python tools/diagram.py

format: .venv/ready-dev ## format and fix with ruff
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

node-tools: node_modules/.package-lock.json ## install the npm programs that the tests use (Node 20)

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error || { echo "npm could not install the test programs: is this machine online?" >&2; exit 1; }

lock: .venv/ready-dev ## write the lock files from pyproject.toml (needs uv; UPGRADE=1: newest versions)
	@$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove everything that can be made again (never the database in var/)
	@rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
