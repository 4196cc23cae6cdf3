"""Every line and every branch of the rooms that import no Django is reached by tests that need no database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import covering

pytestmark = pytest.mark.anywhere
# On SQLite and the filesystem, whatever the run around this one is on; and nothing is compiled anew.
ENVIRONMENT = {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": "", "TEST_BROKER_URL": "", "PYTHONDONTWRITEBYTECODE": ""}
ENDED_WELL = (0, 1)  # whether a test fails, the run around this one says


@pytest.mark.timeout(1200)
def test_every_line_and_branch_of_the_pure_rooms_is_reached(tmp_path: Path) -> None:
    data = tmp_path / "coverage"
    done = subprocess.run(
        [sys.executable, "-m", "tests.covering", str(data)], cwd=covering.ROOT, capture_output=True, text=True, check=False,
        env=os.environ | ENVIRONMENT | {"ALERTHUB_DATA_DIR": str(tmp_path / "data")},
    )  # fmt: skip
    assert done.returncode in ENDED_WELL, done.stdout[-3000:] + done.stderr[-3000:]
    missed = list(covering.unreached(data))
    assert not missed, "\n".join(["No test reaches", *missed, done.stdout[-2000:] if done.returncode else ""])
