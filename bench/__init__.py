"""How fast Sambung is, as ratios against what could be done at best in the same run: `make bench`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# As Lambda sees them; the tests' configuration names the same two.
PATHS = (str(ROOT / "functions"), str(ROOT / "layers" / "common"))
sys.path[:0] = [path for path in PATHS if path not in sys.path]
