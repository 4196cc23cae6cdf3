"""Addresses of the list of deliveries, filtered."""

from __future__ import annotations

from typing import Any

from django.urls import reverse


def deliveries(states: tuple[str, ...] = (), hours: int = 0, **more: Any) -> str:
    """`more`: the list's other filters by their names in its address."""
    asked = [*(f"state__exact={state}" for state in states), *([f"last={hours}"] if hours else [])]
    asked += [f"{name}={value}" for name, value in more.items()]
    return f"{reverse('admin:deliveries_delivery_changelist')}?{'&'.join(asked)}"
