"""How Celery speaks to the broker. Imports no Django, so that beat, which only counts time, stays small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES

EMBEDDED = "filesystem://"
# kombu's own loses workers: see spool.
TRANSPORT_ALIASES["filesystem"] = "alerthub.spool:Transport"


def settings(url: str, data_dir: Path) -> dict[str, Any]:
    """What web, worker and beat must agree on. Celery carries hints, so nothing is kept, repeated or waited for."""
    return {
        "broker_url": url,
        "broker_transport_options": _transport_options(url, data_dir / "broker"),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A Redis that is full refuses commands; without this that ends the worker for good.
        "broker_channel_error_retry": True,
        "broker_connection_timeout": 2,
        "task_default_queue": "alerthub",
        "task_publish_retry": False,
        "task_ignore_result": True,
        "result_backend": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        "enable_utc": True,
        "timezone": "UTC",
    }


def _transport_options(url: str, folder: Path) -> dict[str, Any]:
    if url.startswith("filesystem:"):
        return {"folder": str(folder), "polling_interval": 0.05}
    if not url.startswith(("redis", "sentinel")):
        return {}
    return {
        # Longer than the longest drain; the shortest wins where a broker is shared.
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "retry_on_timeout": True,
        "global_keyprefix": "alerthub:",
    }
