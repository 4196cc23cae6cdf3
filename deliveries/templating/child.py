"""The process that renders: it reads a template and contexts, writes texts or faults, and is nothing else.

It has no environment, can open no file and no connection, and the kernel bounds its memory and the time it computes for
one text. When it needs more it is killed, and its parent (`deliveries.rendering`) starts another one.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from deliveries.templating import engine, frames
from deliveries.templating.fault import TemplateFault

_UNKNOWN_SIZE = 256 * 1024 * 1024
_SIZE_IN_PAGES = "/proc/self/statm"


# What is not covered can run in a process of its own only, where nothing counts lines; tests of the rendering ask that one.
def main() -> None:  # pragma: no cover
    """`argv`: its search path (used by then), and how many bytes of memory it may take beyond what it has."""
    channel = socket.socket(fileno=0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which may have messages to finish
    _load_the_rest()
    _confine(int(sys.argv[2]))
    frames.send(channel, "ready")
    with suppress(EOFError, OSError):
        while True:
            answer = answered(frames.receive(channel))
            frames.send(channel, answer)
            if "memory" in answer:
                return  # a fresh one has its memory in order


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """`texts` and `faults` by field: a text of the last context, or what was wrong, its line, and with which context."""
    texts: dict[str, str] = {}
    faults: dict[str, tuple[str, int | None, str]] = {}
    try:
        for field, source in asked["sources"].items():
            for what, context in asked["contexts"]:
                signal.setitimer(signal.ITIMER_PROF, asked["seconds"])
                try:
                    texts[field] = engine.render(source, context)
                except TemplateFault as fault:
                    faults[field] = (fault.words, fault.line, what)
                    break
    except MemoryError:
        return {"memory": True}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return {"texts": texts, "faults": faults}


def _load_the_rest() -> None:  # pragma: no cover
    """What Python loads when it is first used, for no file can be opened later."""
    odd = "é☃ @all [x](https://a.example) {{ a }}\n" * 9
    words = "{{ x }}{{ x|code }}{{ x|bold }}{{ x|link }}{{ x|truncate(9) }}{{ [x, 1]|unique|sort|join }}{{ x|title }}"
    for source in (words, "{{ 1 / 0 }}", "{{ x", "{% for a in [x]|groupby('b') %}{{ a|dictsort }}{% endfor %}"):
        with suppress(TemplateFault):
            engine.render(source, {"x": odd})
    for name in ("utf-16-le", "unicode-escape", "ascii", "latin-1"):
        odd.encode(name, "replace")


def _confine(memory: int) -> None:  # pragma: no cover
    """From here on the kernel refuses: more memory, new files and connections, other processes, a core dump.

    A system that knows one of these limits not (macOS has none on memory) leaves the others, and the time.
    """
    bounds = {"AS": _size() + memory, "NOFILE": 3, "FSIZE": 0, "CORE": 0, "NPROC": 0}
    for name, most in bounds.items():
        with suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def _size() -> int:
    """Bytes of address space this process has now."""
    try:
        with open(_SIZE_IN_PAGES, encoding="ascii") as file:  # noqa: PTH123  pathlib is not loaded here
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return _UNKNOWN_SIZE
