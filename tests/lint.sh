#!/bin/sh
# Every check that reads the code without running it; stops at the first that fails.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export PYTHONPATH="functions:layers/common:."
ruff check --quiet
ruff format --check --quiet
mypy --no-error-summary
lint-imports --no-logo >/dev/null || lint-imports --no-logo
cfn-lint template.yaml
echo "lint: ruff, mypy, import rules and cfn-lint are content"
