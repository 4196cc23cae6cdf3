"""One process that renders (`deliveries.templating.child`), and the end of it when it takes too long or too much."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deliveries.templating import frames

_START = (
    "import os, sys; sys.path[:] = sys.argv[1].split(os.pathsep); from deliveries.templating import child; child.main()"
)
_HERE = str(Path(__file__).resolve().parents[2])
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one text may take, by the kernel; counting (`templating.limits`) stops nearly everything far below."""

    computing: float = 0.4
    """Seconds of the processor, for one text."""
    sampling: float = 0.15
    """The same for a sample when a template is saved or shown: what is saved has room left when it is used."""
    waiting: float = 1.5
    """Seconds until an answer, however busy the machine is."""
    starting: float = 2.0
    """Seconds a text waits for a new process; then it is left to start, for others."""
    memory: int = 64 * _MEBIBYTE
    """Bytes beyond what the process has at its start, which are 27 MiB of address space."""


class Stopped(Exception):
    """The template needed too much and the process is gone. str() says what, as the end of a sentence about it."""


class CannotStart(Exception):
    """str() is a sentence."""


class Renderer:
    """Not for two threads at once. It ends with this process, or by `end`."""

    def __init__(self, limits: Limits) -> None:
        """Returns at once, `is_ready` waits. Raises CannotStart."""
        self._limits = limits
        self._ready = False
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-IS", "-c", _START, os.pathsep.join([_HERE, *sys.path]), str(limits.memory)]
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  nothing of it comes from outside
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                )
            except OSError as error:
                ours.close()
                raise CannotStart(f"The process that renders templates cannot be started: {error.strerror}.") from None
        self._channel = ours

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_ready(self, within: float) -> bool:
        """Waits so many seconds for it. Raises CannotStart if it ended instead."""
        if self._ready:
            return True
        try:
            frames.receive(self._channel, time.monotonic() + within)
        except TimeoutError:
            return False
        except (OSError, EOFError, ValueError):
            self.end()
            raise CannotStart("The process that renders templates ended at its start.") from None
        self._ready = True
        return True

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer of `child.answered`. Raises Stopped, after which it is over, or frames.TooLarge."""
        until = time.monotonic() + self._limits.waiting
        try:
            frames.send(self._channel, question, until)
            answer: dict[str, Any] = frames.receive(self._channel, until)
        except frames.TooLarge:
            raise
        except TimeoutError:
            self.end()
            raise Stopped(f"took longer than {self._limits.waiting:g} seconds") from None
        except (OSError, EOFError, ValueError):
            raise Stopped(self._why_it_ended(question["seconds"])) from None
        if "memory" in answer:
            self.end()
            raise Stopped(f"needed more than {self._limits.memory // _MEBIBYTE} MB of memory")
        return answer

    def end(self) -> None:
        """At once, whatever it does."""
        self._channel.close()
        with suppress(OSError):
            self._process.kill()
        self._process.wait()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def _why_it_ended(self, seconds: float) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        code = self._process.returncode
        self.end()
        if code == -signal.SIGPROF:
            return f"needed more than {seconds:g} seconds of computing"
        return f"ended the process that renders it ({code})"


def _environment() -> dict[str, str]:
    """None of ours: no address, no key. Where Python's own library lies, it has to be told."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ} | {"MALLOC_ARENA_MAX": "1"}
