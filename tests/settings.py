"""Settings of the tests: a data folder of their own, no `.env`; TEST_DATABASE_URL, TEST_REDIS_URL, TEST_BROKER_URL."""

from __future__ import annotations

import os
import tempfile

from tests import lossy

os.environ["ALERTHUB_ENV_FILE"] = os.devnull
os.environ.setdefault("ALERTHUB_DATA_DIR", tempfile.mkdtemp(prefix="alerthub-tests-"))
for name in ("DATABASE_URL", "CELERY_BROKER_URL", "ALERTHUB_PRODUCTION", "ALERTHUB_PUBLIC_URL", "SECRET_KEY"):
    os.environ.pop(name, None)
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
if url := os.environ.get("TEST_BROKER_URL") or os.environ.get("TEST_REDIS_URL"):
    os.environ["CELERY_BROKER_URL"] = url
lossy.register()

from alerthub.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test's client has its own middleware; otherwise each of them would look at every static file there is.
WHITENOISE_AUTOREFRESH = True
