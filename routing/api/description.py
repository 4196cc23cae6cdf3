"""What the description of the API says beyond what REST framework's classes tell of themselves."""

from __future__ import annotations

from typing import Any

from routing.inputs.bounds import IDS


def ids_have_bounds(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: ids in addresses are numbers that a row can have."""
    for operations in result["paths"].values():
        for operation in operations.values():
            for one in operation.get("parameters", ()):
                if one["in"] == "path" and one["schema"].get("type") == "integer":
                    one["schema"] |= {"minimum": IDS.least, "maximum": IDS.most}
    return result
