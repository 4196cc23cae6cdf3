"""Settings are judged before there are web processes, in a process of their own: gunicorn's stays as small as it is."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

from alerthub import env


def settings_or_exit() -> None:
    """Ends this process, with the sentence that names it, where a setting is wrong."""
    process = os.fork()
    if not process:
        _judge()
    _, status = os.waitpid(process, 0)
    if status:
        sys.exit(1)


def _judge() -> None:
    code = 1
    try:
        with env.or_exit():
            importlib.import_module("alerthub.settings")
        code = 0
    except SystemExit as wrong:
        sys.stderr.write(f"{wrong}\n")
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
