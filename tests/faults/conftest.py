"""The modules beside the tests are their own: `python tests/faults` runs them, too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
