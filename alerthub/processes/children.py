"""Child processes of `make run`: started, watched, started again when they die, and never left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

# Long enough for a worker to finish the message it is sending.
_STOP_WITHIN_SECONDS = 35.0
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_AFTER_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """One child in its own session, so that Ctrl-C reaches only us and we stop it in order."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.name = name
        self._command = command
        self._environment = os.environ | (environment or {})
        self._pause = 1.0
        self._start_again_at = 0.0
        self._start()

    def _start(self) -> None:
        self._started_at = time.monotonic()
        self._child = subprocess.Popen(  # noqa: S603
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def ended(self) -> bool:
        return self._child.poll() is not None

    def keep_alive(self) -> None:
        """Start it again if it has ended, after a pause that grows while it keeps dying."""
        now = time.monotonic()
        if not self.ended:
            return
        if not self._start_again_at:
            if now - self._started_at > _STEADY_AFTER_SECONDS:
                self._pause = 1.0
            print(f"The {self.name} process ended; it is started again in {self._pause:.0f} s.", flush=True)
            self._start_again_at = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        elif now >= self._start_again_at:
            self._start_again_at = 0.0
            self._start()

    def ask_to_stop(self) -> None:
        if not self.ended:
            self._child.send_signal(signal.SIGTERM)

    def wait(self, until: float) -> None:
        try:
            self._child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"The {self.name} process did not stop in time; it is killed.", flush=True)
            self._child.kill()
            self._child.wait()


def watch(running: list[Process]) -> None:
    """Until KeyboardInterrupt."""
    while True:
        for process in running:
            process.keep_alive()
        time.sleep(0.5)


def stop(running: list[Process]) -> None:
    for process in running:
        process.ask_to_stop()
    until = time.monotonic() + _STOP_WITHIN_SECONDS
    for process in running:
        process.wait(until)


def _die_with_parent() -> None:
    # If we are killed, the children must not stay behind as orphans. Linux only; elsewhere Ctrl-C is the way.
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
