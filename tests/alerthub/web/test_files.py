"""Files are collected once, under names of their content, compressed, and kept by browsers for good."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.core.management import call_command
from django.templatetags.static import static
from django.test import Client

from alerthub.web import files
from tests import icons

pytestmark = pytest.mark.anywhere
STYLE = "unfold/css/styles.css"


@pytest.fixture
def collected(tmp_path: Path, settings: Any) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    files.collect(settings.STATIC_ROOT)
    return settings.STATIC_ROOT


def test_a_collected_file_has_a_name_of_its_content_and_is_kept_for_good(collected: Path, client: Client) -> None:
    address = static(STYLE)
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (address != f"/static/{STYLE}", answer.status_code, answer["Content-Encoding"]) == (True, 200, "gzip")
    assert "immutable" in answer["Cache-Control"]
    assert int(answer["Cache-Control"].partition("=")[2].partition(",")[0]) >= 365 * 86_400


def test_a_file_that_was_not_collected_keeps_its_name(collected: Path) -> None:
    assert static("routing/of_tomorrow.js") == "/static/routing/of_tomorrow.js"


def test_before_they_are_collected_files_are_served_under_their_names(
    tmp_path: Path, settings: Any, client: Client
) -> None:
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = tmp_path, True
    assert static(STYLE) == f"/static/{STYLE}"
    assert client.get(static(STYLE)).status_code == 200


def test_what_no_page_asks_for_is_not_collected(collected: Path) -> None:
    found = {str(path.relative_to(collected)) for path in collected.rglob("*")}
    assert [
        name for name in found if name.endswith(".map") or "chart" in name or name.startswith("unfold/fonts/")
    ] == []


def test_the_same_files_are_not_collected_again(collected: Path) -> None:
    assert files.collect(collected) is False


def test_another_version_collects_again_and_keeps_the_old_names(collected: Path, settings: Any) -> None:
    old = static(STYLE)
    settings.VERSION = "99"
    assert files.collect(collected) is True
    assert (collected / old.removeprefix("/static/")).is_file()


def test_the_folder_of_an_image_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert (files.collect(tmp_path), list(tmp_path.iterdir())) == (False, [])


@pytest.mark.django_db
def test_a_full_disk_does_not_keep_alerthub_from_starting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(root: Path) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "collect", full)
    call_command("prepare")
    assert "No space left on device" in capsys.readouterr().err


def test_every_icon_that_a_page_asks_for_is_in_the_font() -> None:
    assert sorted(icons.used() - set(icons.LIST.read_text().split())) == [], "make fonts"


# What ours were made of: after an update of unfold compare its template with ours, and put its new digest here.
@pytest.mark.parametrize(
    ("template", "digest"),
    [
        ("unfold/layouts/skeleton.html", "66af9f0bb45f98ba"),
        ("unfold/layouts/base_simple.html", "f90e61e284c309cd"),
        ("unfold/layouts/unauthenticated.html", "768501529f1a8dae"),
        ("admin/base.html", "2ce9250b3c649e3a"),
    ],
)
def test_the_templates_of_unfold_are_those_that_ours_were_made_of(template: str, digest: str) -> None:
    theirs = Path(unfold.__file__).parent / "templates" / template
    assert hashlib.sha256(theirs.read_bytes()).hexdigest()[:16] == digest
