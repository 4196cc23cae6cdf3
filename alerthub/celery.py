"""The Celery app of web and workers, and the pump's place in each worker. What runs by the calendar: `beat`.

Celery carries hints. No result, no retry, no countdown: the rows hold the truth (docs/decisions/0001).
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, bootsteps
from django.conf import settings
from django.utils.module_loading import import_string

from alerthub import broker, env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerthub.settings")

app = Celery("alerthub")


with env.or_exit():
    _broker = broker.settings(settings.CELERY_BROKER_URL, settings.DATA_DIR)
app.conf.update(
    **_broker,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure=True,
    task_acks_on_timeout=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_soft_shutdown_timeout=20,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)
app.autodiscover_tasks(["deliveries"])


class PumpStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Runs the pump in the worker process, also while the broker cannot be reached."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.pump: Any = None

    def start(self, parent: Any) -> None:
        # Named by its path: models cannot be imported before Django is set up, which the worker does by now.
        self.pump = import_string("deliveries.pump.Pump")()
        self.pump.start()

    def stop(self, parent: Any) -> None:
        if self.pump is not None:
            self.pump.stop()


app.steps["worker"].add(PumpStep)
