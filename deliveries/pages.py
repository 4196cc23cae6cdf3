"""The addresses of AlertHub's own pages, as messages link to them."""

from __future__ import annotations

from django.conf import settings

_DELIVERIES = "/admin/deliveries/delivery/"


def of_delivery(delivery_id: int) -> str:
    return f"{settings.PUBLIC_URL}{_DELIVERIES}{delivery_id}/change/"


def carried_by(digest_id: int) -> str:
    """Where everything is listed that a digest carries."""
    return f"{settings.PUBLIC_URL}{_DELIVERIES}?carried_by__id__exact={digest_id}"
