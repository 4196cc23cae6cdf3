"""`make check`: format, lint, layers, types and migrations; the fast half of the suite."""

from __future__ import annotations

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "tests/test_house.py", *sys.argv[1:]]))
