"""What a notification of 5 alerts costs at 25 a second, of a processor and by process. Holds on a busy machine too."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil
from django.db import connection

# isort: off
from tests.bench import rig  # sets Django up, so it comes first
from deliveries.models import Delivery

A_SECOND, WARM_UP, COUNTED = 25, 100, 500
IDLE_SECONDS = 20


def main() -> None:
    with rig.room_server() as rooms:
        rig.prepare(rooms)
        with rig.web() as hub, rig.worker() as worker:
            rig.wait_for_workers(1)
            names = {"web": _family(_gunicorn()), "worker": [psutil.Process(worker.pid)]}
            _post_evenly(f"{hub}/webhook", range(WARM_UP))
            _wait()
            before = _spent(names)
            _post_evenly(f"{hub}/webhook", range(WARM_UP, WARM_UP + COUNTED))
            _wait()
            each = {name: 1000 * (now - before[name]) / COUNTED for name, now in _spent(names).items()}
            time.sleep(2)
            before = _spent(names)
            time.sleep(IDLE_SECONDS)
            idle = {name: 100 * (now - before[name]) / IDLE_SECONDS for name, now in _spent(names).items()}
    rig.report(
        rig.ratio(f"CPU of a notification at {A_SECOND} a second", sum(each.values()), most=25, unit=" ms"),
        rig.ratio("  web", each["web"], most=7, unit=" ms"),
        rig.ratio("  worker", each["worker"], most=13, unit=" ms"),
        rig.ratio("  PostgreSQL", each["PostgreSQL"], most=5, unit=" ms"),
        rig.ratio("idle: the worker, of a core", idle["worker"], most=1, unit=" %"),
        ("  web; PostgreSQL", f"{idle['web']:.2f} %; {idle['PostgreSQL']:.2f} %", "", True),
    )


def _post_evenly(webhook: str, numbers: Iterable[int]) -> None:
    poster, began = rig.Poster(webhook), time.monotonic()
    for place, number in enumerate(numbers):
        time.sleep(max(0.0, began + place / A_SECOND - time.monotonic()))
        poster.post(rig.notification(number))


def _wait() -> None:
    rig.wait_until(lambda: not Delivery.objects.open().exists(), 60)


def _spent(names: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """Seconds of a processor that each has taken so far; PostgreSQL's processes come and go, so the parent's count too."""
    spent = {name: sum(map(_seconds, processes)) for name, processes in names.items()}
    return spent | {"PostgreSQL": sum(map(_seconds, _family(_postgres())))}


def _gunicorn() -> psutil.Process:
    return next(child for child in psutil.Process().children() if "gunicorn" in child.cmdline())


def _postgres() -> psutil.Process:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        parent = psutil.Process(cursor.fetchone()[0]).parent()
    assert parent is not None
    return parent


def _family(parent: psutil.Process) -> list[psutil.Process]:
    return [parent, *parent.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    # Those of children that ended are their parent's.
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
