"""Beat for a story: what it does once a day comes every second.

`python -m tests.journeys.hasty celery -A alerthub.beat beat` is `python -m celery -A alerthub.beat beat` in a process like that.
"""

from __future__ import annotations

import runpy
import sys

from alerthub import beat

if __name__ == "__main__":
    beat.app.conf.beat_schedule["tidy"]["schedule"] = 1.0
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
