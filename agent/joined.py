"""One struct made of several: what every pole has, and what its trades add."""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any, TypeVar

from msgspec import NODEFAULT, UNSET, Struct, UnsetType, defstruct, field, structs

S = TypeVar("S", bound=Struct)


def joined(
    name: str, base: type[S], parts: Iterable[type[Struct]], *, may_lack: bool = False, **namespace: Any
) -> type[S]:
    """A struct with the fields of `base` and of all parts; its docstring says what they say of their fields.

    A field that two parts need is declared by both, alike. Raises TypeError where they differ.

    Args:
        may_lack: whether any field of a part may be left out, since that part cannot be told.
    """
    parts = list(parts)
    fields = [_field(each, may_lack) for each in _fields(parts)]
    namespace["__doc__"] = _docstring(base, parts)
    made: type[Any] = defstruct(name, fields, bases=(base,), namespace=namespace, frozen=True, kw_only=True)
    return made


def _fields(parts: Iterable[type[Struct]]) -> Iterable[structs.FieldInfo]:
    fields: dict[str, structs.FieldInfo] = {}
    for part in parts:
        for each in structs.fields(part):
            if fields.setdefault(each.name, each).type != each.type:
                raise TypeError(f"{each.encode_name} of {part.__name__} is another one elsewhere")
    return fields.values()


def _docstring(base: type[Struct], parts: Iterable[type[Struct]]) -> str:
    arguments = "\n".join(dict.fromkeys(filter(None, map(_arguments, (base, *parts)))))
    doc = cleandoc(base.__doc__ or "").partition("Args:\n")[0]
    indented = "".join(f"    {line}\n" if line else "\n" for line in arguments.split("\n"))
    return doc + (f"\n\nArgs:\n{indented}" if arguments else "")


def filled(kind: type[S], parts: Iterable[Struct]) -> S:
    """A struct that `joined` made, with what its parts say.

    Raises TypeError where one is missing that may not lack, or is too many.
    """
    return kind(**{name: value for part in parts for name, value in structs.asdict(part).items()})


def _arguments(kind: type[Struct]) -> str:
    """What the docstring says under "Args:", without indentation."""
    return cleandoc(re.sub(r"^.*?(Args:\n|\Z)", "", cleandoc(kind.__doc__ or ""), count=1, flags=re.DOTALL))


def _field(info: structs.FieldInfo, may_lack: bool) -> Any:
    if may_lack:
        return info.name, info.type | UnsetType, UNSET
    if info.default_factory is not NODEFAULT:
        return info.name, info.type, field(default_factory=info.default_factory)
    return (info.name, info.type) if info.default is NODEFAULT else (info.name, info.type, info.default)
