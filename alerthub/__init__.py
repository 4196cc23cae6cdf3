"""AlertHub's wiring: how routing and deliveries are put together and started.

The version lives here and nowhere else. Celery's app is in `alerthub.celery` and is not imported here, so that the
supervisor and the sandbox stay small.
"""

from __future__ import annotations

__version__ = "0.1.0"
