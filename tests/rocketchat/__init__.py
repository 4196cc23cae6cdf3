"""Rocket.Chat's own code, asked by the tests: its parser, its web client's renderer of cards, its REST schemas.

All of it runs in one Node.js process a test process, which is fed lines of JSON. `make test` installs what
tests/package.json names.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import provision

Pieces = list[list[Any]]
"""["text", words], ["code", words], ["bold", pieces], ["link", address, pieces], ["emoji", short name, as written],
["line"], or a construct that no message of AlertHub may hold, under its own name."""


class RocketChat:
    """What Rocket.Chat would say."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read_messages(self, texts: Sequence[str]) -> list[dict[str, Pieces]]:
        """Each text as a message: reader -> pieces. Readers are versions of the parser and what is switched on."""
        return self._ask({"read": ["message", *texts]})

    def read_cards(self, texts: Sequence[str]) -> list[dict[str, Pieces]]:
        """Each text as that of an attachment, which phones parse and the web client gives to another renderer."""
        return self._ask({"read": ["card", *texts]})

    def show_on_page(self, texts: Sequence[str]) -> list[Pieces]:
        """Each text as the sandbox's page shows it."""
        return [read["page"] for read in self._ask({"read": ["page", *texts]})]

    def judge(self, call: str, bodies: Sequence[Any]) -> list[str]:
        """What the schema of a REST call says of each body (or query): "" or the words of the refusal."""
        return self._ask({"judge": [call, *bodies]})

    def _ask(self, question: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "Node.js ended; its words are above."
        return json.loads(answer)


@contextmanager
def running() -> Iterator[RocketChat]:
    """Skips the test where Node.js or the packages are missing; in CI that is a failure."""
    if missing := provision.missing_of_node():
        words = f"{missing}; `make test` installs it"
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)
    command = ["node", str(Path(__file__).with_name("ask.mjs"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield RocketChat(process)
        finally:
            assert process.stdin
            process.stdin.close()
