"""A real browser is asked for by name: `make browser-test` sets BROWSER_TESTS; else nothing here is collected."""

from __future__ import annotations

import os

collect_ignore_glob = [] if "BROWSER_TESTS" in os.environ else ["test_*.py"]
