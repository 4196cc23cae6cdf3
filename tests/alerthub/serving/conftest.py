"""A web server that runs for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.alerthub.served import Served, serving


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as process:
        yield process
