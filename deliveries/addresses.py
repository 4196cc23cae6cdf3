"""Which network addresses may be dialled: the settings as dial's policy."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from deliveries.networks import AddressPolicy


@lru_cache(maxsize=1)
def policy() -> AddressPolicy:
    try:
        blocked = tuple(ip_network(text) for text in settings.BLOCKED_NETWORKS)
    except ValueError as error:
        raise ImproperlyConfigured(f"ALERTHUB_BLOCKED_NETWORKS: {error}") from None
    return AddressPolicy(
        allow_loopback=settings.ALLOW_LOOPBACK_TARGETS,
        blocked_networks=blocked,
        allowed_hosts=frozenset(settings.ALLOWED_TARGET_HOSTS),
    )
