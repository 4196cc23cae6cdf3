"""Passwords are hashed in turns. Each takes a third of a second of a core, which is what makes guessing dear; twenty at
once would take threads and cores away from Alertmanager's posts.
"""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from routing.access.turns import NoTurn, Turns

# For each web process: one is hashed, three threads wait for their turn, the others are told to come again.
_turns = Turns(at_once=1, waiting=3, patience=3.0)


class Crowded(Exception):
    """More passwords are to be hashed than there are turns; `doorstep` says it to who waits."""


class HashedInTurn(PBKDF2PasswordHasher):
    """Django's own, one at a time, for whatever needs a hash: logins, new passwords, new people."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Raises Crowded."""
        try:
            with _turns.taken():
                return super().encode(password, salt, iterations)
        except NoTurn:
            raise Crowded from None
