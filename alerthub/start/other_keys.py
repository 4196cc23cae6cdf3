"""What is said where the keys are not those of the database: which, what would happen, where the right ones come from."""

from __future__ import annotations

import os
from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from alerthub import env

SECRET, ENCRYPTION = "SECRET_KEY", "ALERTHUB_ENCRYPTION_KEYS"
_FILES = {SECRET: "secret_key", ENCRYPTION: "encryption_key"}
_HARM = {
    SECRET: "every token would be refused, Alertmanager's with a 401 after which it never sends again",
    ENCRYPTION: "no webhook address and no access token of a server could be read",
}
_REPLACED = {
    SECRET: "put the old one into SECRET_KEY_FALLBACKS",
    ENCRYPTION: "put the old one behind the new one in ALERTHUB_ENCRYPTION_KEYS (NEW,OLD)",
}
_COSTS = {
    SECRET: "every ingest token and API token then has to be made anew",
    ENCRYPTION: "every webhook address and access token of a server then has to be entered again",
}


class OtherKeys(ImproperlyConfigured):
    """The keys here are not those of the database. str() says which, and what to do, on several lines without any key;
    `in_short` is for everybody who can reach this machine."""

    def __init__(self, which: Collection[str]) -> None:
        super().__init__("\n".join(_lines(which)))
        self.in_short = (
            f"{' and '.join(which)}: not what this database was prepared with. Bring the right keys from another machine of "
            "this AlertHub, then restart it here. Its log says more."
        )


def _lines(which: Collection[str]) -> list[str]:
    replaced, costs = (" and ".join(each[name] for name in which) for each in (_REPLACED, _COSTS))
    return [
        "The keys of this machine are not those its database was prepared with, so AlertHub does not start here.",
        *(f"  {name}: with the one here {_HARM[name]}. {_brought(name)}" for name in which),
        f"  Replaced on purpose? Then {replaced}, and run: python manage.py prepare",
        f"  Lost for good? python manage.py prepare --adopt-keys goes on with the keys here; {costs}.",
    ]


def _brought(name: str) -> str:
    """Where the key here comes from, and how the right one gets there."""
    file = _FILES[name]
    if path := os.environ.get(f"{name}_FILE"):
        return f"It comes from {path} ({name}_FILE): put that of the first machine there."
    if env.text(name):
        return f"Set {name} to what the first machine has: there it may lie in the data folder, as {file}."
    return (
        f"It lies in {settings.DATA_DIR / file}, as {name} is not set: put {file} from the data folder of the first machine, "
        f"or from the backup, in its place, or set {name} to what the first machine has."
    )
