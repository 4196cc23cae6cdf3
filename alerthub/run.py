"""`make run`: everything on one machine, in the foreground, until Ctrl-C. Starts the processes and the sandbox.

Imports no Django, so that watching costs little memory: Django is set up only in the processes started here.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

from alerthub import bound, env, healthcheck
from alerthub.bound import Bound
from alerthub.processes import children, commands
from alerthub.processes.children import Process
from alerthub.sandbox import Sandbox
from alerthub.sandbox.cli import NOT_IN_PRODUCTION
from alerthub.start import private
from alerthub.web import mount

ROOT = Path(__file__).resolve().parent.parent
_READY_WITHIN_SECONDS = 60.0
# A room of the sandbox; it holds them in memory.
_MESSAGES_KEPT = 2000
_LAST_PORT = 65_535
_HOOKS = ("ROCKETCHAT_CRITICAL_URL", "ROCKETCHAT_WARNING_URL", "ROCKETCHAT_INFO_URL")


def main() -> int:
    os.chdir(ROOT)
    env.load()
    # gunicorn reads it by itself, and says nothing readable of a wrong one, nor of one that is empty.
    os.environ["WEB_CONCURRENCY"] = str(env.number("WEB_CONCURRENCY", 2, least=1, most=256))
    modules = _commands()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    for name, value in commands.EVERY_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Ctrl-C and SIGTERM both mean: finish what is under way and stop.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _must_be_free(_bound())
    # Whoever answers with this mark was started here.
    os.environ[commands.RUN_MARK] = mark = secrets.token_hex(16)
    data = ROOT / env.text("ALERTHUB_DATA_DIR", "var")
    private.folder(data)
    private.new_files()
    sandbox = _sandbox(data)
    running: list[Process] = []
    try:
        made = _prepare(sandbox)
        running = [Process(name, command, _environment(name)) for name, command in modules.items()]
        _wait_until_it_answers(running, mark)
        print(_banner(made, sandbox), flush=True)
        children.watch(running)
    except KeyboardInterrupt:
        print("\nStopping: what is under way is finished first.", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        children.stop(running)
        if sandbox:
            sandbox.stop()
    return 0


def _commands() -> dict[str, list[str]]:
    numbers = range(1, env.number("WORKER_CONCURRENCY", 2, least=1, most=256) + 1)
    modules = {"web": commands.WEB} | {f"worker {number}": commands.worker(number) for number in numbers}
    return {name: [sys.executable, "-m", *module] for name, module in (modules | {"beat": commands.BEAT}).items()}


def _environment(name: str) -> dict[str, str]:
    return commands.WORKER_ENVIRONMENT if name.startswith("worker") else {}


def _sandbox(data: Path) -> Sandbox | None:
    """Started unless every target has a real address, and never in production. Its port is kept, because the targets
    remember it."""
    if all(env.text(name) for name in _HOOKS):
        return None
    if env.flag("ALERTHUB_PRODUCTION", default=False):
        print(f"{NOT_IN_PRODUCTION} Not set: {', '.join(name for name in _HOOKS if not env.text(name))}.", flush=True)
        return None
    kept = data / "sandbox_port"
    known = kept.read_text().strip() if kept.is_file() else ""  # a full disk leaves it empty
    beside = _port() + 1 if _port() < _LAST_PORT else _port() - 1
    wanted = int(known) if known else env.number("SANDBOX_PORT", beside, least=1, most=_LAST_PORT)
    calls, seconds = env.rate("ROCKETCHAT_RATE_LIMIT", "10/60")
    limit = (calls, seconds) if calls else None
    sandbox = Sandbox(port=wanted, rate_limit=limit, keep=_MESSAGES_KEPT)
    try:
        sandbox.start()
    except OSError:
        if known:
            raise SystemExit(
                f"Port {wanted} is taken. AlertHub's sandbox needs it, because targets point to it: free it, "
                "or set every ROCKETCHAT_..._URL."
            ) from None
        sandbox = Sandbox(port=0, rate_limit=limit, keep=_MESSAGES_KEPT)
        sandbox.start()
    kept.write_text(sandbox.url.rpartition(":")[2])
    return sandbox


def _prepare(sandbox: Sandbox | None) -> dict:
    command = [sys.executable, "manage.py", "prepare", "--json"]
    command += ["--sandbox-url", sandbox.url] if sandbox else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit("AlertHub could not be prepared; the lines above say why.")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _must_be_free(address: Bound) -> None:
    if address.is_taken():
        raise SystemExit(
            f"{address.url} is taken, perhaps by another AlertHub: stop it, or set PORT or ALERTHUB_BIND to another address."
        )


def _wait_until_it_answers(running: list[Process], mark: str) -> None:
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        for process in running:
            if process.ended:
                raise SystemExit(f"The {process.name} process ended at once; the lines above say why.")
        if _is_ready(mark):
            return
        time.sleep(0.2)
    print("AlertHub is not ready yet; /readyz says why. It keeps trying.", flush=True)


def _is_ready(mark: str) -> bool:
    try:
        connection = healthcheck.connection(_bound(), timeout=5)
        connection.request("GET", f"{_path()}/readyz")
        answer = connection.getresponse()
        answer.read()
        connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200 and answer.getheader(commands.RUN_HEADER) == mark


def _bound() -> Bound:
    return bound.read(env.bind("ALERTHUB_BIND", _port()), _port())


def _port() -> int:
    return env.number("PORT", 8093, least=1, most=_LAST_PORT)


def _address() -> str:
    """Of this machine, with the path under which AlertHub stands: cookies are for that path alone."""
    return f"{_bound().url}{_path()}"


def _path() -> str:
    public_url, script_name = env.text("ALERTHUB_PUBLIC_URL"), env.text("SCRIPT_NAME")
    return mount.prefix(public_url or f"http://localhost/{script_name.strip('/')}", script_name)


def _banner(made: dict, sandbox: Sandbox | None) -> str:
    token = made["source_token"] or "$ALERTMANAGER_TOKEN"
    lines = [
        "",
        f"AlertHub runs:   {_address()}/admin/",
        f"  API            {_address()}/api/docs/",
    ]
    if sandbox:
        lines.append(f"  rooms          {sandbox.url}/   (the sandbox, a stand-in for Rocket.Chat)")
    if made["admin"]:
        lines.append(f"  log in as      {made['admin']}   password {made['admin_password'] or 'as you set it'}")
    else:
        lines.append(f"  log in         as before; forgotten? {sys.executable} manage.py changepassword NAME")
    if made["source_token"]:
        lines.append(f"  source token   {made['source_token']}   (shown only now)")
    elif not env.text("ALERTMANAGER_TOKEN"):
        lines.append("  source token   as before; lost? make a new one under Sources, and put it into the line below")
    lines += [
        "",
        "Send a first alert:",
        f"  curl -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\"
        if made["source_token"]
        else f'  curl -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \\',
        f"       -d @docker/test-alert.json {_address()}/webhook",
        "",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    with env.or_exit():
        sys.exit(main())
