"""The Celery app of web and workers, and the pump's place in each worker. What runs by the calendar: `beat`.

Celery brings hints, no more. No result, no retry, no countdown: the rows hold the truth (docs/decisions/0001).
"""

from __future__ import annotations

import os
import time
from typing import Any

from celery import Celery, bootsteps
from celery.worker import state
from django.conf import settings
from django.utils.module_loading import import_string

from alerthub import env
from alerthub.broker import connecting
from alerthub.start import private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerthub.settings")

# A database that is away is asked again after so long.
_ASK_EVERY_SECONDS = 0.5
_LOOK_UP_EVERY_SECONDS = 1.0

app = Celery("alerthub")


with env.or_exit():
    _broker = connecting.settings(settings.CELERY_BROKER_URL, settings.DATA_DIR)
app.conf.update(
    **_broker,
    # A hint is done with as soon as a thread has it: if that dies, the pump finds the rows. Kept until the end, hints that
    # could not be acknowledged because the broker was away took a worker's places for good, and it read no more.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_enable_prefetch_count_reduction=False,
    # Concerns late acknowledgements only; unset, each lost connection is followed by a warning about it.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_soft_shutdown_timeout=20,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)
app.autodiscover_tasks(["deliveries.wake"])


class KeysStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Nothing is sent and no hint read before the database has said that the keys here are its own."""

    requires = {"celery.worker.components:Pool"}

    def start(self, parent: Any) -> None:
        with env.or_exit():
            # Named by its path: models cannot be imported before Django is set up, which the worker does by now.
            import_string("alerthub.start.fingerprints.wait")(_go_on_waiting)


def _go_on_waiting() -> None:
    """Ends a worker that was asked to stop meanwhile."""
    state.maybe_shutdown()
    time.sleep(_ASK_EVERY_SECONDS)


def _nothing() -> None:
    """An event."""


class PumpStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Runs the pump in the worker process, also while the broker cannot be reached, and the look at its hints."""

    requires = {KeysStep}

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.pump: Any = None
        self.lookout: Any = None

    def start(self, parent: Any) -> None:
        private.new_files()
        if parent.hub is not None:
            # Celery looks only between two events whether it was asked to stop, and RabbitMQ may have none for ten seconds.
            parent.hub.call_repeatedly(_LOOK_UP_EVERY_SECONDS, _nothing)
        self.pump = import_string("deliveries.wake.pump.Pump")()
        self.pump.start()
        broker = import_string("deliveries.watch.broker.Broker")(app)
        self.lookout = import_string("deliveries.watch.hints.Lookout")(broker.waiting, parent.concurrency)
        self.lookout.start()

    def stop(self, parent: Any) -> None:
        if self.pump is not None:
            self.lookout.stop()
            self.pump.stop()


app.steps["worker"].add(KeysStep)
app.steps["worker"].add(PumpStep)
