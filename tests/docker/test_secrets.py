"""docker/make-secrets.sh: what it makes is what compose.yml mounts and production takes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from alerthub.start import keyring
from tests.docker.variables import ROOT

pytestmark = pytest.mark.anywhere

DOCKER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets") / "made"
    subprocess.run(["sh", str(DOCKER / "make-secrets.sh"), str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_every_secret_of_compose_is_made(secrets: Path) -> None:
    wanted = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert {path.name for path in secrets.iterdir()} == wanted


def test_other_users_of_the_machine_cannot_reach_the_secrets(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_the_users_of_the_containers_can_read_the_secrets(secrets: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o644}


def test_the_secret_key_is_strong_enough_for_production(secrets: Path) -> None:
    assert not keyring.is_weak((secrets / "secret_key").read_text())


def test_the_encryption_key_is_a_fernet_key(secrets: Path) -> None:
    Fernet((secrets / "encryption_keys").read_text())


def test_the_database_url_names_the_database_of_compose(secrets: Path) -> None:
    password = (secrets / "postgres_password").read_text()
    assert (secrets / "database_url").read_text() == f"postgres://alerthub:{password}@postgres:5432/alerthub"


def test_secrets_that_exist_are_kept(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    subprocess.run(["sh", str(DOCKER / "make-secrets.sh"), str(secrets)], check=True, stdout=subprocess.DEVNULL)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
