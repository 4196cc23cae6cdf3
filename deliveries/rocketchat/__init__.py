"""Rocket.Chat's side: its webhooks and its REST API, what its answers mean, and how long to wait."""

from __future__ import annotations

import sys
import warnings

# requests can guess in which encoding a text is, and loads 3 MB for that in each process; AlertHub reads bytes. It does
# without where it finds no package for it, and says so.
sys.modules.setdefault("charset_normalizer", None)  # type: ignore[arg-type]
warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")
