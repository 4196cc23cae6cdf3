"""Settings of the bare relay: nothing but a view."""

from __future__ import annotations

from alerthub.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "tests.bench.bare_relay"
