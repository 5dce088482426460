"""What is wrong with the data of an order, in words and all at once (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct, inspect, structs

from agent.config import messages
from agent.config.problems import nearest, one_of
from drivers import expected
from drivers.translation import _


def members(data: Raw) -> Mapping[str, Any]:
    """Returns what was sent, which is a JSON object. Raises msgspec.MsgspecError, RecursionError."""
    found: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
    return found


def problems(told: Mapping[str, Any], kind: type[Struct]) -> Iterator[str]:
    """Gives all that keeps it from being of that kind, key by key.

    Args:
        kind: which forbids unknown keys.
    """
    fields = {field.encode_name: field for field in structs.fields(kind)}
    for key in told.keys() - fields.keys():
        meant = nearest(key, fields)
        hint = "; " + _('did you mean "{meant}"?').format(meant=meant) if meant else ""
        yield _("{key:.64}: unknown key; {known}").format(key=key, known=one_of(fields)) + hint
    for key, field in fields.items():
        if (problem := _problem(told, key, field)) is not None:
            yield f"{key}: {problem}"


def _problem(told: Mapping[str, Any], key: str, field: structs.FieldInfo) -> str | None:
    kind = inspect.type_info(field.type)
    right = _("expected {what}").format(what=expected.expected(kind))
    if key not in told:
        return _("is missing") + f"; {right}" if field.required else None
    try:
        msgspec.convert(told[key], field.type)
    except msgspec.ValidationError:
        return f"{messages.wrong(told[key], kind, key)}; {right}"
    return None
