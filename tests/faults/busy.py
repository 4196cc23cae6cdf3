"""A worker whose threads are busy with hints for as long as a file is missing: what they were told stands in another.

`python -m tests.faults.busy celery -A alerthub worker` is `python -m celery -A alerthub worker` with such hints. Its pump is
as ever.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django

OPEN, READ = "BUSY_UNTIL", "BUSY_READ"


def drain(target_id: int) -> None:
    while not Path(os.environ[OPEN]).exists():
        time.sleep(0.02)
    with Path(os.environ[READ]).open("a") as file:
        file.write(f"{target_id}\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerthub.settings")
    django.setup()
    from deliveries.wake import pump, tasks

    # The pump's own drain stays as it is: only what a hint calls is another. Named after it, for mypy sees when that goes.
    hints: Any = tasks
    hints.pump = SimpleNamespace(**{pump.drain_if_possible.__name__: drain})
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
