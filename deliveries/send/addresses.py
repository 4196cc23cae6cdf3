"""Which network addresses may be dialled: the settings as dial's policy."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from deliveries.wire.networks import AddressPolicy


@lru_cache(maxsize=1)
def policy() -> AddressPolicy:
    return AddressPolicy(
        allow_loopback=settings.ALLOW_LOOPBACK_TARGETS,
        blocked_networks=tuple(settings.BLOCKED_NETWORKS),
        allowed_hosts=frozenset(settings.ALLOWED_TARGET_HOSTS),
    )
