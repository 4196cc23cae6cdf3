"""The door for gunicorn."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from gunicorn.arbiter import Arbiter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerthub.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    # A process that ends so is not started again.
    sys.stderr.write(f"{error}\n")
    sys.exit(Arbiter.WORKER_BOOT_ERROR)
