"""What runs by the calendar: the whole beat schedule. It sends tasks by name and loads nothing of Django.

Start it with `celery -A alerthub.beat beat`. Two of them do no harm.
"""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery
from celery.schedules import crontab

from alerthub import env
from alerthub.broker import connecting
from alerthub.start import private

_ROOT = Path(__file__).resolve().parent.parent
with env.or_exit():
    env.load()
    _DATA_DIR = (_ROOT / env.text("ALERTHUB_DATA_DIR", "var")).resolve()
    private.folder(_DATA_DIR)
    private.new_files()
    _BROKER = connecting.settings(env.text("CELERY_BROKER_URL", connecting.EMBEDDED), _DATA_DIR)
# Celery would set Django up if it saw this.
os.environ.pop("DJANGO_SETTINGS_MODULE", None)

app = Celery("alerthub.beat", set_as_current=False)
app.conf.update(
    **_BROKER,
    beat_schedule_filename=str(_DATA_DIR / "beat-schedule"),
    beat_schedule={"tidy": {"task": "deliveries.tidy", "schedule": crontab(hour="3", minute="17")}},
)
