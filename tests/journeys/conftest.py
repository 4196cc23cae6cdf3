"""The stack that stories share, and the logs of a story that failed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys import stack as stacks
from tests.journeys.stack import Stack


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.running(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def stack(_shared: Stack) -> Stack:
    """AlertHub, running, with nothing left to do and empty rooms."""
    _shared.tidy()
    return _shared


@pytest.fixture
def word() -> str:
    """In every alert of a story, so that stories do not read each other's."""
    return f"Story{secrets.token_hex(4)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Any:
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Stack):
                report.sections.append(("the stack's logs", value.logs()))
    return report
