"""Image, compose file and env.example against the code and the Compose Specification.

No container engine runs here: what the containers run is compared with what `make run` runs and other tests test.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerthub import run
from alerthub.processes import commands
from alerthub.start import keyring
from alerthub.web import machines
from tests import servers
from tests.docker import variables
from tests.docker.variables import ROOT

pytestmark = pytest.mark.anywhere

DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "alerthub"]
IMAGE_COMMANDS = {
    "web": commands.WEB,
    "worker": commands.worker(1),
    "beat": commands.BEAT,
}


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def copied() -> list[tuple[list[str], str]]:
    """(sources, destination) of each COPY from the project folder into the final image."""
    lines = [line.split() for line in instructions("COPY") if not line.startswith("--from")]
    return [(words[:-1], words[-1]) for words in lines if words[0] != "requirements.txt"]


def image_environment() -> dict[str, str]:
    return dict(word.split("=", 1) for line in instructions("ENV") for word in shlex.split(line))


def environment(**changes: str) -> dict[str, str]:
    """Ours without what could change the outcome."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return kept | {"ALERTHUB_ENV_FILE": os.devnull} | changes


def ask(*command: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(filter(None, command)), cwd=ROOT, capture_output=True, text=True, check=False)


def manage(folder: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(**changes), capture_output=True, text=True, check=False)


# --- compose.yml


def test_compose_follows_the_compose_specification() -> None:
    done = ask(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker/compose.yml"
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", IMAGE_COMMANDS)
def test_a_container_runs_what_make_run_runs(name: str) -> None:
    assert SERVICES[name]["command"] == ["python", "-m", *IMAGE_COMMANDS[name]]


def test_make_run_starts_these_commands_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_CONCURRENCY", "1")
    started = [tuple(command[2:]) for command in run._commands().values()]
    assert started == list(IMAGE_COMMANDS.values())


def test_workers_get_the_environment_that_make_run_gives_them() -> None:
    assert commands.WORKER_ENVIRONMENT.items() <= SERVICES["worker"]["environment"].items()


def test_the_database_is_prepared_as_make_run_does_it() -> None:
    assert SERVICES["prepare"]["command"] == ["python", "manage.py", "prepare"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_nothing_works_on_a_database_that_is_not_prepared(name: str) -> None:
    assert SERVICES[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_database_and_broker_have_no_way_out(name: str) -> None:
    assert SERVICES[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", [*OURS, "postgres"])
def test_every_secret_a_container_reads_is_mounted_and_no_other(name: str) -> None:
    files = {value for key, value in SERVICES[name]["environment"].items() if key.endswith("_FILE")}
    assert files == {f"/run/secrets/{secret}" for secret in SERVICES[name].get("secrets", [])}


@pytest.mark.parametrize("name", OURS)
def test_compose_sets_only_variables_that_the_code_reads(name: str) -> None:
    names = {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]}
    assert names <= set(variables.read_by_the_code())


@pytest.mark.parametrize("name", ["web", "worker"])
def test_there_is_time_to_finish_what_is_under_way(name: str) -> None:
    assert SERVICES[name]["stop_grace_period"] == "40s"


def test_redis_takes_the_options_of_its_container(tmp_path: Path) -> None:
    program = servers.find("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = servers.free_port()
    here = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    command = [program, *SERVICES["redis"]["command"][1:], *here]
    with servers.running(command, port, tmp_path) as process:
        assert process.poll() is None


# --- Dockerfile


def test_the_image_starts_the_web_server_unless_told_otherwise() -> None:
    assert instructions("CMD") == ['["python", "-m", ' + ", ".join(f'"{word}"' for word in commands.WEB) + "]"]


def test_the_image_has_the_environment_that_make_run_gives_its_processes() -> None:
    assert commands.EVERY_ENVIRONMENT.items() <= image_environment().items()


def test_the_image_is_for_production_and_reachable_from_outside() -> None:
    image = image_environment()
    assert (image["ALERTHUB_PRODUCTION"], image["ALERTHUB_BIND"]) == ("true", "0.0.0.0:8093")


def test_the_image_does_not_run_as_root() -> None:
    assert instructions("USER") == ["10001:10001"]


@pytest.mark.parametrize("source", [source for sources, _ in copied() for source in sources])
def test_what_the_image_copies_exists_and_is_not_ignored(source: str) -> None:
    assert (ROOT / source).exists()
    assert f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's project folder, built as the Dockerfile says."""
    folder = tmp_path_factory.mktemp("image")
    for sources, destination in copied():
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / destination, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (folder / destination).mkdir(exist_ok=True)
                shutil.copy(ROOT / source, folder / destination)
    build = next(line for line in instructions("RUN") if "collectstatic" in line)
    build = build.replace("/tmp/build", str(folder / "build"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(build, shell=True, cwd=folder, env=environment(PATH=path), check=True)
    return folder


def test_the_build_collects_the_static_files_without_a_database(image: Path) -> None:
    [style] = (image / "staticfiles/unfold/css").glob("styles.*.css")
    assert style.with_name(f"{style.name}.gz").stat().st_size < style.stat().st_size / 4


def test_no_key_made_during_the_build_stays_in_the_image(image: Path) -> None:
    assert not list(image.rglob("secret_key"))


def test_what_the_image_holds_is_enough_for_a_production_without_warnings(image: Path, tmp_path: Path) -> None:
    done = manage(
        image, "check", "--deploy", "--fail-level", "WARNING",
        ALERTHUB_PRODUCTION="true", ALERTHUB_DATA_DIR=str(tmp_path), SECRET_KEY=keyring.new_secret_key(),
        ALLOWED_HOSTS="alerthub.example", ALERTHUB_PUBLIC_URL="https://alerthub.example",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", machines.ALL)
def test_machines_are_never_redirected_to_https(path: str, settings: Any) -> None:
    assert any(re.search(pattern, path.lstrip("/")) for pattern in settings.SECURE_REDIRECT_EXEMPT)


# --- env.example


def test_the_example_names_every_variable_the_code_reads_and_no_other() -> None:
    assert sorted(variables.named_in_the_example()) == sorted(variables.read_by_the_code())


def test_the_example_shows_the_defaults_of_the_code() -> None:
    shown = variables.named_in_the_example()
    written = {name: default for name, default in variables.read_by_the_code().items() if default}
    assert {name: shown[name] for name in written} == written
