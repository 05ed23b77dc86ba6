"""The linter finds nothing to say about the template."""

import subprocess
import sys
from pathlib import Path

from tests.unit.infrastructure import stack


def test_cfn_lint_finds_nothing() -> None:
    command = [Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I", "--", stack.TEMPLATE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
