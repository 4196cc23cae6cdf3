"""A webhook to call, with a deadline that tests can wait for, and answers to write by hand."""

from __future__ import annotations

from typing import Any

from deliveries.rocketchat.client import Hook

DEADLINE = 0.4
MESSAGE = {"text": "disk full"}


def hook(url: str, **more: Any) -> Hook:
    return Hook(url=url, **({"connect_timeout": more.get("timeout", DEADLINE), "timeout": DEADLINE} | more))
