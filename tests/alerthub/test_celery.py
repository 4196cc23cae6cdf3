"""What the settings of Celery promise: a hint takes a worker's place only while a thread reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from celery import Celery

from alerthub.broker import connecting
from alerthub.celery import app

pytestmark = pytest.mark.anywhere


def test_the_address_is_as_it_was_read_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "sentinel://:pw@a;sentinel://b?master_name=hub")
    own = Celery("own", set_as_current=False)
    own.conf.update(connecting.settings(os.environ["CELERY_BROKER_URL"], tmp_path))
    read = "sentinel://:pw@a:26379;sentinel://:pw@b:26379"
    assert [own.connection_for_read().alt, own.connection_for_write().alt] == [read.split(";")] * 2


def test_no_place_of_a_worker_hangs_on_an_acknowledgement(tmp_path: Path) -> None:
    """One that fails, because the broker is away at that moment, is never told again."""
    assert app.conf.task_acks_late is False
    for url in ("redis://h", "rediss://h", "sentinel://h?master_name=hub"):
        assert connecting.settings(url, tmp_path)["broker_transport_options"]["ack_emulation"] is False
