"""How Celery speaks to the broker. Imports no Django, and no broker's library that is not used, so that beat, which only
counts time, stays small."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES

from alerthub.broker import broker_url
from alerthub.broker.broker_url import Address

EMBEDDED = "filesystem://"
# kombu's own loses workers: see spool.
TRANSPORT_ALIASES["filesystem"] = "alerthub.broker.spool:Transport"


def settings(url: str, data_dir: Path) -> dict[str, Any]:
    """What web, worker and beat must agree on. Celery has only hints to bring, so nothing is kept, repeated or waited for.

    Raises ImproperlyConfigured with a sentence if no broker can have this address.
    """
    address = broker_url.read(url)
    return {
        # Celery itself believes the variable CELERY_BROKER_URL more than its own setting, but not more than these two.
        "broker_read_url": address.url,
        "broker_write_url": address.url,
        "broker_use_ssl": address.tls,
        "broker_transport_options": _transport_options(address, data_dir / "broker"),
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


def _transport_options(address: Address, folder: Path) -> dict[str, Any]:
    if address.scheme == "filesystem":
        return {"folder": str(folder), "polling_interval": 0.05}
    if address.scheme not in ("redis", "rediss", "sentinel"):
        return {}
    limits = {"socket_connect_timeout": 2, "socket_timeout": 10, "socket_keepalive": True}
    options = limits | {
        # Redis knows no acknowledgements; imitated, each that fails takes a place of its worker's for good.
        "ack_emulation": False,
        "health_check_interval": 25,
        "retry_on_timeout": True,
        "global_keyprefix": "alerthub:",
    }
    if not address.master_name:
        return options
    # redis-py would ask a Sentinel that is away eleven times in eight seconds, before it asks the next one.
    once = import_module("redis.retry").Retry(import_module("redis.backoff").NoBackoff(), 0)
    asks = limits | {"retry": once} | address.sentinel
    return options | {"master_name": address.master_name, "sentinel_kwargs": asks}
