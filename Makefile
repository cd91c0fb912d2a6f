# make demo    everything that is needed, then the app on http://127.0.0.1:7860
# make test    everything that is needed, then the tests
# make check   style and tests
# make bench   speed and memory, as ratios measured in one run
# make setup   only .venv and what the app needs
# Installing happens once; stamps in .venv make later runs start at once.

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed

.PHONY: demo test check bench setup
.DEFAULT_GOAL := demo

demo: $(RUNTIME)
	@$(BIN)/python app.py

test: $(DEV)
	@sh scripts/install-test-needs.sh
	@$(BIN)/python -m pytest

check: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory test

bench: $(RUNTIME)
	@$(BIN)/python -m bench

setup: $(RUNTIME)

$(RUNTIME): requirements.txt
	@PYTHON=$(PYTHON) sh scripts/setup.sh requirements.txt
	@touch $@

# the test tools include what the app needs, so one install serves both stamps
$(DEV): requirements.txt requirements-dev.txt
	@PYTHON=$(PYTHON) sh scripts/setup.sh requirements-dev.txt
	@touch $(RUNTIME) $@
