# make demo     everything that is needed, then the app on http://127.0.0.1:7860
# make test     everything that is needed, then the tests that are not marked slow
# make nightly  every test, the long ones and many more random inputs included
# make check    style and tests
# make test-hub the tests of classic and CLIP-like encoders with real weights; needs a network once
# make bench    speed and memory, as ratios measured in one run
# make setup    only .venv and what the app needs
# make help     this list
# Installing happens once; stamps in .venv make later runs start at once.

# an image that forbids bytecode would have every test process compile everything again
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed

# which tests: SELECT= takes the long ones too
SELECT ?= not slow

.PHONY: demo test nightly test-hub check bench setup help
.DEFAULT_GOAL := demo

demo: $(RUNTIME)
	@$(BIN)/python app.py

test: $(DEV)
	@sh scripts/install-test-needs.sh
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m "$(SELECT)"

nightly: $(DEV)
	@sh scripts/install-test-needs.sh
	@MMDEMO_FUZZ=nightly $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m ""

# google-bert/bert-base-cased, timm/vgg16.tv_in1k, a CLIP and a SigLIP: 2.4 GB into the hub's cache
test-hub: $(DEV)
	@$(BIN)/python -m mmdemo fetch classic clip google/siglip-base-patch16-224
	@MMDEMO_TEST_HUB=1 $(BIN)/python -m pytest tests/models/test_classic_encoders.py

check: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory test

bench: $(RUNTIME)
	@$(BIN)/python -m bench

setup: $(RUNTIME)

help:
	@sed -n 's/^# \(make [a-z]\)/\1/p' Makefile

$(RUNTIME): requirements.txt
	@PYTHON=$(PYTHON) sh scripts/setup.sh requirements.txt
	@touch $@

# the test tools include what the app needs, so one install serves both stamps
$(DEV): requirements.txt requirements-dev.txt
	@PYTHON=$(PYTHON) sh scripts/setup.sh requirements-dev.txt
	@touch $(RUNTIME) $@
