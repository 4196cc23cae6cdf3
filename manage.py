#!/usr/bin/env python
"""Django's command line for AlertHub."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from alerthub import env

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerthub.settings")
    with env.or_exit():
        execute_from_command_line(sys.argv)
