"""What differs between two states of a row, field by field, as people read it. Plain values in, plain values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

Shown = str | tuple[str, ...]
"""One value, or a list of which each line counts."""


@dataclass(frozen=True)
class Secret:
    """A secret, of which only the mark is known: another mark is another secret."""

    mark: str


@dataclass(frozen=True)
class Difference:
    field: str
    before: str = ""
    after: str = ""
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    is_secret: bool = False

    def __str__(self) -> str:
        """In one line."""
        if self.is_secret:
            return f"{self.field} {self.after}"
        if self.removed or self.added:
            return f"{self.field}: " + ", ".join(
                [*(f"−{one}" for one in self.removed), *(f"+{one}" for one in self.added)]
            )
        return f"{self.field}: {self.before or 'empty'} → {self.after or 'empty'}"


State = Mapping[str, Shown | Secret]


def between(old: State, new: State) -> tuple[Difference, ...]:
    """In the order of the fields of `new`; what only one of the two has counts as empty in the other."""
    names = [*new, *(name for name in old if name not in new)]
    return tuple(_difference(name, old.get(name, ""), new.get(name, "")) for name in names if _differ(name, old, new))


def _differ(name: str, old: State, new: State) -> bool:
    return (old.get(name) or "") != (new.get(name) or "")


def _difference(name: str, old: Shown | Secret, new: Shown | Secret) -> Difference:
    if isinstance(old, Secret) or isinstance(new, Secret):
        return Difference(name, after=_told(old, new), is_secret=True)
    if isinstance(old, tuple) or isinstance(new, tuple):
        before, after = _lines(old), _lines(new)
        removed, added = _without(before, after), _without(after, before)
        if removed or added:
            return Difference(name, removed=removed, added=added)
        return Difference(name, ", ".join(before), ", ".join(after))
    return Difference(name, old, new)


def _told(old: Shown | Secret, new: Shown | Secret) -> str:
    had, has = isinstance(old, Secret) and bool(old.mark), isinstance(new, Secret) and bool(new.mark)
    if had and has:
        return "changed"
    return "set" if has else "forgotten"


def _lines(value: Shown) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ((value,) if value else ())


def _without(these: tuple[str, ...], those: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of the one that the other lacks, in their order."""
    left, kept = Counter(those), []
    for line in these:
        if left[line]:
            left[line] -= 1
        else:
            kept.append(line)
    return tuple(kept)
