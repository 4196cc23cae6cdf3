"""The accounts of the stand-in: who posts, what it may do, and the token that proves it. All of them are public."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class User:
    """The account a message is posted as. A bot may use alias and avatar, and may not mention @all or @here."""

    id: str
    username: str
    name: str
    may_impersonate: bool = True
    may_mention_all: bool = False
    roles: tuple[str, ...] = ("bot",)
    token: str = field(default="", repr=False)

    @property
    def is_bot(self) -> bool:
        """The role lets it pass the rate limit of the REST API, and edit however old a message is."""
        return "bot" in self.roles


BOT = User("sandboxBotUser000", "alerthub.bot", "AlertHub Bot", token="publicSandboxTokenRest".rjust(43, "0"))
PLAIN = User(
    "sandboxPlainUser0",
    "alerthub.plain",
    "AlertHub without the role bot",
    may_impersonate=False,
    may_mention_all=True,
    roles=("user",),
    token="publicSandboxTokenPlain".rjust(43, "0"),
)
USERS = (BOT, PLAIN)


@dataclass(frozen=True, slots=True)
class RestAccount:
    """What a client of the REST API needs to know."""

    base_url: str
    user_id: str
    token: str


def default_account(base_url: str, *, bot: bool = True) -> RestAccount:
    """The account every sandbox has; `bot` false: one without the role, so that the rate limit holds for it."""
    user = BOT if bot else PLAIN
    return RestAccount(base_url.rstrip("/"), user.id, user.token)
