"""What tests of more than one room of deliveries ask for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from deliveries.wake import nudge


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The targets that workers are told about; nobody is really told."""
    told: list[int] = []

    def targets(target_ids: Iterable[int]) -> None:
        told.extend(target_ids)

    monkeypatch.setattr(nudge, "targets", targets)
    return told
