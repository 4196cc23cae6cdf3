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
    from deliveries import tasks  # needs Django

    tasks.pump = SimpleNamespace(drain=drain)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
