"""The processes AlertHub consists of: what `make run` starts, and what the containers of `docker/` run.

Arguments of `python -m`. A test compares them with the files in `docker/`, which cannot import them.
"""

from __future__ import annotations

WEB = ("gunicorn", "-c", "docker/gunicorn.conf.py", "alerthub.wsgi")
BEAT = ("celery", "-q", "-A", "alerthub.beat", "beat", "--loglevel", "WARNING")

# `make run` gives its processes a mark, and believes only who answers with it.
RUN_MARK, RUN_HEADER = "ALERTHUB_RUN_MARK", "X-AlertHub-Run"

# glibc gives each thread a heap of its own; two are enough for threads that wait for the network.
EVERY_ENVIRONMENT = {"PYTHONWARNINGS": "ignore", "MALLOC_ARENA_MAX": "2"}
WORKER_ENVIRONMENT = {"ALERTHUB_PAGES": "false"}


def worker(number: int) -> tuple[str, ...]:
    """A worker: threads, because all it does is wait for Rocket.Chat and the database."""
    return (
        *("celery", "-q", "--skip-checks", "-A", "alerthub", "worker", "--loglevel", "WARNING"),
        *("--pool", "threads", "--concurrency", "8"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("-n", f"worker{number}@%h"),
    )
