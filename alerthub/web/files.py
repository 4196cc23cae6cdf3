"""Stylesheets, scripts and fonts: under names that change with what is in them, compressed once, and only what pages ask for.

The image collects them when it is built, `prepare` into the data folder everywhere else. Until then they are served from the
packages, under plain names.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Beside the files: what they were collected of.
_MADE_OF = "made_of"


class Files(StaticFilesConfig):
    """Leaves out what no page asks for: half of all are maps for who debugs a library."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.map",
        "rest_framework/*",
        "drf_spectacular_sidecar/redoc/*",
        "unfold/fonts/*",
        "unfold/js/chart/*",
        "unfold/js/simplebar/*",
        "unfold/css/simplebar/*",
    ]


class Hashed(CompressedManifestStaticFilesStorage):
    keep_only_hashed_files = True
    # Without the lines in which scripts name their maps, which are left out.
    patterns = (("*.css", CompressedManifestStaticFilesStorage.patterns[0][1][:2]),)

    def stored_name(self, name: str) -> str:
        """A file that was not collected keeps its name: the page stands, and asks for it there."""
        return self.hashed_files.get(self.hash_key(self.clean_name(name)), name)


def collect(root: Path) -> bool:
    """Collects into `root`, unless it is the image's own or what lies there is of the same files; False if so. Names of before
    stay: a process that still runs, or a page that is still open, asks for them. Raises OSError."""
    made_of, now = root / _MADE_OF, _fingerprint()
    if (root.is_dir() and not os.access(root, os.W_OK)) or (made_of.is_file() and made_of.read_text() == now):
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    made_of.write_text(now)
    return True


def _fingerprint() -> str:
    """Of every file there is, without reading it."""
    said = hashlib.sha256(settings.VERSION.encode())
    for finder in finders.get_finders():
        for path, storage in finder.list(Files.ignore_patterns):
            status = Path(storage.path(path)).stat()
            said.update(f"{storage.path(path)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return said.hexdigest()
