"""Settings of the bare view: the same database, nothing in front of the view."""

from __future__ import annotations

from alerthub.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "tests.bench.bare"
