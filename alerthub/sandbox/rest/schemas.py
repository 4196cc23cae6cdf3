"""What the bodies and queries of the REST calls must look like, as the JSON schemas of Rocket.Chat 8 have it.

Left out is the one other body of chat.update, for encrypted messages. Their validator turns texts, numbers and truth into each other where that makes a body valid, and null into "" or false. Here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .calls import Invalid

_Read = Callable[[Any], Any]
_SCALARS = (str, int, float)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with these fields, each with how its value is read. `closed`: nothing else may be in it."""

    required: Mapping[str, _Read]
    optional: Mapping[str, _Read]
    closed: bool = True

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the call gets. Raises Invalid."""
        for name in self.required:
            if name not in given:
                raise Invalid(f"must have required property '{name}'")
        fields = {**self.required, **self.optional}
        if self.closed and not given.keys() <= fields.keys():
            raise Invalid("must NOT have additional properties")
        return {name: fields[name](value) if name in fields else value for name, value in given.items()}


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if not isinstance(value, _SCALARS):
        raise Invalid("must be string")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def some_text(value: Any) -> str:
    if not text(value):
        raise Invalid("must NOT have fewer than 1 characters")
    return text(value)


def truth(value: Any) -> bool:
    if value in (True, 1, "true"):
        return True
    if value in (False, 0, "false", None):
        return False
    raise Invalid("must be boolean")


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid("must be object")
    return value


def array(of: _Read) -> _Read:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid("must be array")
        return [of(each) for each in value]

    return read


def maybe(read: _Read) -> _Read:
    """Null, and what turns into null where nothing else fits."""

    def read_or_null(value: Any) -> Any:
        try:
            return None if value is None else read(value)
        except Invalid:
            if isinstance(value, _SCALARS) and not value:
                return None
            raise

    return read_or_null


def text_or_texts(value: Any) -> Any:
    return array(text)(value) if isinstance(value, list) else text(value)


_LOOKS = {name: maybe(text) for name in ("alias", "emoji", "avatar")}
_CONTENT = _LOOKS | {"attachments": maybe(array(mapping)), "customFields": maybe(mapping)}
_POST = _CONTENT | {"text": maybe(text), "parseUrls": truth}
_SEND = _CONTENT | {name: maybe(text) for name in ("_id", "tmid", "msg")}
_MESSAGE = Shape({}, _SEND | {"rid": text, "tshow": maybe(truth), "blocks": maybe(array(mapping))}, closed=False)
_PREVIEWS = {"previewUrls": maybe(array(text))}

_SHAPES: Mapping[str, tuple[Shape, ...]] = {
    "chat.postMessage": (
        Shape({"roomId": text_or_texts}, _POST | {"tmid": text}),
        Shape({"channel": text_or_texts}, _POST),
    ),
    "chat.sendMessage": (Shape({"message": lambda value: _MESSAGE.read(mapping(value))}, _PREVIEWS),),
    "chat.getMessage": (Shape({"msgId": some_text}, {}),),
    "chat.update": (
        Shape({"roomId": text, "msgId": text, "text": text}, _PREVIEWS | {"customFields": maybe(mapping)}),
    ),
    "chat.react": tuple(
        Shape({name: text, "messageId": some_text}, {"shouldReact": maybe(truth)}) for name in ("emoji", "reaction")
    ),
    "rooms.info": (Shape({"roomId": text}, {}), Shape({"roomName": text}, {})),
    "im.create": tuple(Shape({name: text}, {"excludeSelf": truth}) for name in ("username", "usernames")),
}


def read(call: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The body or query, as the call gets it: it must have one of the call's shapes. Raises Invalid."""
    shapes = _SHAPES.get(call, ())
    refusals: list[str] = []
    for shape in shapes:
        try:
            return shape.read(given)
        except Invalid as invalid:
            refusals.append(str(invalid))
    if not shapes:
        return dict(given)
    raise Invalid("\n".join([*refusals, "must match exactly one schema in oneOf"][: len(refusals) + (len(shapes) > 1)]))
