"""What README and `docs/` say, against the code: links, variables, commands, addresses, figures, the map."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import get_commands
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from alerthub import __version__
from alerthub.processes import commands
from deliveries.troubles import TroubleKind
from tests import servers
from tests.docker import variables
from tests.docker.variables import ROOT

pytestmark = pytest.mark.anywhere

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")
PRODUCTION = (DOCS / "production.md").read_text(encoding="utf-8")
AMTOOL = servers.find("amtool")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# What stands in code is an example.
_CODE = re.compile(r"`[^`\n]+`")


def links() -> list[tuple[Path, str]]:
    texts = ((page, _CODE.sub("", page.read_text(encoding="utf-8"))) for page in PAGES)
    found = [(page, link) for page, text in texts for link in _LINK.findall(text)]
    return [(page, link) for page, link in found if not link.startswith(("http://", "https://"))]


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = text.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize(
    ("page", "link"), [pytest.param(page, link, id=f"{page.name}-{link}") for page, link in links()]
)
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    assert (page.parent / link).exists()


def test_every_promise_names_tests_that_are_there() -> None:
    promises = (DOCS / "promises.md").read_text(encoding="utf-8").split("\n## ")[1:]
    named = {promise.splitlines()[0]: re.findall(r"tests/[\w/]+\.py", promise) for promise in promises}
    assert all(named[heading] for heading in named if heading[0].isdigit())
    assert [path for paths in named.values() for path in paths if not (ROOT / path).exists()] == []


def test_the_configuration_table_names_variables_that_exist() -> None:
    named = [name for row in rows(README, "Configuration") for name in code(row[0])]
    assert set(named) <= set(variables.named_in_the_example())


def test_the_configuration_table_shows_the_defaults_of_the_example() -> None:
    shown = {code(name)[0]: code(default) for name, default, _ in rows(README, "Configuration") if name.count("`") == 2}
    example = variables.named_in_the_example()
    plain = {name: found[0] for name, found in shown.items() if found and example[name]}
    assert plain == {name: example[name] for name in plain}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))))
def test_the_make_commands_of_the_readme_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_management_commands_of_the_docs_exist(page: Path) -> None:
    named = set(re.findall(r"python manage\.py ([a-z_]+)", page.read_text(encoding="utf-8")))
    assert named <= set(get_commands())


@pytest.mark.parametrize("address", [address for row in rows(README, "Addresses") for address in code(row[0])])
def test_the_addresses_of_the_readme_are_answered(address: str) -> None:
    match = resolve(address)
    assert match.func.__name__ != "unknown_address"


def test_the_readme_shows_what_make_run_prints() -> None:
    source = (ROOT / "alerthub/run.py").read_text(encoding="utf-8")
    for said in ("AlertHub runs:", "the sandbox, a stand-in for Rocket.Chat", "shown only now", "Send a first alert:"):
        assert said in README
        assert said in source


@pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed")
def test_alertmanager_takes_the_readmes_receiver(tmp_path: Path) -> None:
    snippet = yaml.safe_load(README.split("```yaml\n")[1].split("```")[0])
    config = tmp_path / "alertmanager.yml"
    config.write_text(yaml.safe_dump({"route": {"receiver": "alerthub"}} | snippet))
    done = subprocess.run([str(AMTOOL), "check-config", str(config)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("command", [commands.WEB, commands.worker(1), commands.BEAT], ids=["web", "worker", "beat"])
def test_the_production_guide_starts_the_processes_as_make_run_does(command: tuple[str, ...]) -> None:
    assert "python -m " + " ".join(command) in re.sub(r"\\\n\s*", "", PRODUCTION)


def test_the_production_guide_names_figures_that_exist() -> None:
    exported = (ROOT / "deliveries/figures/metrics.py").read_text(encoding="utf-8")
    named = {name.removesuffix("_total") for name in re.findall(r"\balerthub_[a-z_]+", PRODUCTION)}
    assert [name for name in sorted(named) if f'"{name}"' not in exported] == []


def test_the_table_of_troubles_names_every_kind() -> None:
    assert {row[0] for row in rows(PRODUCTION, "Self-watch")} == {kind.label for kind in TroubleKind}


def test_the_table_of_filters_is_that_of_the_api() -> None:
    api = (DOCS / "api.md").read_text(encoding="utf-8")
    told = {name: set(code(row[1])) for row in rows(api, "What happened") for name in code(row[0])}
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    lists = {
        path.split("/")[3]: given["get"].get("parameters", []) for path, given in paths.items() if _is_list(path, given)
    }
    taken = {name: {one["name"] for one in given} - {"cursor", "limit"} for name, given in lists.items()}
    assert told == {name: filters for name, filters in taken.items() if filters}


def _is_list(path: str, given: dict[str, Any]) -> bool:
    return path.count("/") == 4 and "get" in given and path != "/api/v1/report/"


def test_an_export_is_described_with_the_filters_of_its_list() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    export, whole = (paths[f"/api/v1/deliveries/{end}"]["get"]["parameters"] for end in ("export.{kind}/", ""))
    named = {one["name"] for one in export if one["in"] == "query"}
    assert named == {one["name"] for one in whole} - {"cursor", "limit"}


@pytest.mark.parametrize("package", ["alerthub", "routing", "deliveries"])
def test_the_map_shows_every_room_and_no_other(package: str) -> None:
    section = ARCHITECTURE.split(f"### {package}:", 1)[1].split("\n#", 1)[0]
    shown = {name for line in section.splitlines() if line.startswith("| `") for name in code(line.split("|")[1])}
    files = {path.name for path in (ROOT / package).glob("*.py") if path.name != "__init__.py"}
    unlisted = {"__pycache__", "management", "migrations"}
    # What was moved away leaves its folder behind, with compiled code in it.
    there = [path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    tops = {path.relative_to(ROOT / package).parts[0] for path in there if path.parent != ROOT / package}
    folders = {f"{name}/" for name in tops - unlisted}
    assert shown - {"management/commands/"} == files | folders


def rooms() -> list[Any]:
    """Each folder with a row of its own, and what the row says of it."""
    found = []
    for package in ("alerthub", "routing", "deliveries"):
        section = ARCHITECTURE.split(f"### {package}:", 1)[1].split("\n#", 1)[0]
        for line in section.splitlines():
            cells = line.split("|")
            if len(cells) == 4 and len(names := code(cells[1])) == 1 and (ROOT / package / names[0]).is_dir():
                found.append(pytest.param(ROOT / package / names[0], cells[2], id=f"{package}/{names[0]}"))
    return found


@pytest.mark.parametrize(("folder", "said"), rooms())
def test_a_row_that_names_files_of_its_room_names_them_all(folder: Path, said: str) -> None:
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    there |= {f"{path.name}/" for path in folder.iterdir() if (path / "__init__.py").exists()}
    named = set(code(said)) & {*there, *(name for name in code(said) if name.endswith("/"))}
    assert not named or named == there


@pytest.mark.parametrize("package", ["routing", "deliveries"])
def test_the_map_names_every_model(package: str) -> None:
    section = ARCHITECTURE.split(f"### {package}:", 1)[1].split("\n#", 1)[0]
    told = next(line for line in section.splitlines() if line.startswith("| `models/`")).split("|")[2].partition(";")[0]
    rows = {model.__name__ for model in apps.get_app_config(package).get_models() if not model._meta.auto_created}
    assert set(told.strip().split(", ")) == {name for name in rows if not name.startswith("Historical")}


def test_the_map_names_every_management_command() -> None:
    folder = ROOT / "alerthub/management/commands"
    row = next(line for line in ARCHITECTURE.splitlines() if "management/commands/" in line)
    assert set(code(row.split("|")[2])) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


def test_the_functions_of_an_alerts_life_exist() -> None:
    story = ARCHITECTURE.split("## The life of an alert")[1].split("## The promises")[0]
    source = "".join(path.read_text(encoding="utf-8") for path in variables.sources())
    named = {
        name for one in code(story) if re.fullmatch(r"[A-Za-z]+(\.[a-z_]+)+", one) for name in [one.rpartition(".")[2]]
    }
    assert [name for name in sorted(named - {"drain"}) if not re.search(rf"\b{name}\b", source)] == []


def named_documents() -> set[str]:
    sources = [path.read_text(encoding="utf-8") for path in variables.sources()]
    return {name for source in sources for name in re.findall(r"(?<![/\w])docs/[a-z0-9/.-]*[a-z0-9]", source)}


@pytest.mark.parametrize("name", sorted(named_documents()))
def test_a_document_named_in_the_code_exists(name: str) -> None:
    assert list(ROOT.glob(f"{name}*"))


def test_the_changelog_begins_with_the_present_version() -> None:
    versions = re.findall(r"^## (\S+)", (DOCS / "changelog.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == __version__


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_says_what_was_weighed_and_what_follows(path: Path) -> None:
    headings = re.findall(r"^## (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Context", "Options", "Decision", "Consequences"]
