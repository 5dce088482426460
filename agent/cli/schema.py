"""JSON Schemas (draft 2020-12) made from the types that the daemon itself reads and writes: `lamppost schema`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from inspect import cleandoc
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, defstruct, inspect, structs

from agent.cli.asking import Asking
from agent.config.messages import format_duration
from agent.config.reader import unnamed_kinds
from agent.configuration import FILE
from agent.documents.build import kinds_of
from agent.documents.orders import SetDocument
from agent.event_catalogue import EVENT_TYPES
from agent.states import State
from agent.trades.base import Trade
from agent.trades.registry import TRADES
from agent.uplink.commands import Order, PoleMessage
from agent.uplink.dialects import SPOKEN
from drivers.options import Options, Seconds

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCES = "#/$defs/{name}"

Schema = dict[str, Any]

_DURATION = Annotated[
    str, Meta(extra_json_schema={"pattern": Seconds.PATTERN, "description": 'a duration: "90s", "1h 30min"'})
]


def config() -> Schema:
    """Returns the schema of the configuration file, for an editor that knows TOML."""
    return _of_file(FILE, "lamppost: the configuration of a pole")


def command() -> Schema:
    """Returns the schema of a command, as it is sent to a pole's command topic."""
    forms = (Order, PoleMessage)
    wholes, found = _components(*forms)
    _describe(found, _structs(*forms))
    return _document("lamppost: a command", {"anyOf": list(wholes)}, found)


def state() -> Schema:
    """Returns the schema of the retained state of a device."""
    return _of(State, "lamppost: the retained state of a device")


def events() -> Schema:
    """Returns the schema of every event: the envelope, and the data of each type."""
    datas = [form for kind in EVENT_TYPES.values() for form in kind.schemas]
    around = SPOKEN.envelope
    (envelope, *_), found = _components(around, *datas)
    _describe(found, _structs(around, *datas))
    by_type = {f"event.{name}": _one_type(name, kind.schemas) for name, kind in EVENT_TYPES.items()}
    whole = {"allOf": [envelope], "anyOf": [{"$ref": REFERENCES.format(name=name)} for name in by_type]}
    return _document("lamppost: an event", whole, found | by_type)


def documents(trades: Sequence[Trade]) -> Schema:
    """Describes `data` of document.set, and for each kind what its content is."""
    mirror, kinds = Mirror(), kinds_of(trades)
    (data, *contents), found = _components(SetDocument, *(mirror.of(kind.content) for kind in kinds.values()))
    _describe(found, {SetDocument.__name__: SetDocument} | mirror.originals)
    by_kind = {
        f"document.{name}": {"type": "object", "properties": {"kind": {"const": name}, "content": content}}
        for name, content in zip(kinds, contents, strict=True)
    }
    whole = {"allOf": [data], "anyOf": [{"$ref": REFERENCES.format(name=name)} for name in by_kind]}
    return _document("lamppost: what a document says", whole, found | by_kind)


def schemas(trades: Sequence[Trade] = TRADES) -> dict[str, Callable[[], Schema]]:
    """What makes each, by the name that `lamppost schema` takes."""
    files = (each for line in Asking().command_lines(trades) for each in line.files)
    of_trades = {each.name: partial(_of_file, each.table(), f"lamppost: {each.text}") for each in files}
    own: dict[str, Callable[[], Schema]] = {
        "events": events,
        "command": command,
        "state": state,
        "documents": partial(documents, trades),
    }
    return {"config": config, **of_trades, **own}


def _one_type(name: str, forms: Iterable[type[Struct]]) -> Schema:
    references = [{"$ref": REFERENCES.format(name=form.__name__)} for form in forms]
    data = references[0] if len(references) == 1 else {"anyOf": references}
    return {"type": "object", "properties": {"type": {"const": name}, "data": data}, "required": ["type", "data"]}


def _of_file(kind: type[Options], title: str) -> Schema:
    mirror = Mirror()
    (whole,), found = _components(mirror.of(kind))
    _describe(found, mirror.originals)
    _let_stand_unnamed(found, mirror.originals)
    _let_be_usual(found, mirror.originals)
    return _document(title, whole, found)


def _let_stand_unnamed(schemas: dict[str, Schema], kinds: dict[str, type[Struct]]) -> None:
    """Lets one of several tables with names stand without: its keys are beside their names."""
    for name, kind in kinds.items():
        for field in structs.fields(kind):
            for each in unnamed_kinds(field.type):
                own, named = schemas[each.__name__]["properties"], {"$ref": REFERENCES.format(name=each.__name__)}
                whole = {"type": "object", "minProperties": 1, "properties": own, "additionalProperties": named}
                schemas[name]["properties"][field.encode_name] = whole


def _let_be_usual(schemas: dict[str, Schema], kinds: Mapping[str, type[Struct]]) -> None:
    """Lets a table leave its kind out, where one of them is the usual one."""
    for name, kind in kinds.items():
        if issubclass(kind, Options) and kind.USUAL:
            tag = kind.__struct_config__.tag_field
            schemas[name]["required"] = [key for key in schemas[name]["required"] if key != tag]


def _of(kind: type[Struct], title: str) -> Schema:
    (whole,), found = _components(kind)
    _describe(found, _structs(kind))
    return _document(title, whole, found)


def _components(*kinds: Any) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
    wholes, parts = msgspec.json.schema_components(kinds, ref_template=REFERENCES)
    return wholes, {name: _in_ecma_262(part) for name, part in parts.items()}


def _in_ecma_262(part: Any) -> Any:
    """Regular expressions as JSON Schema has them, which knows no \\Z."""
    if isinstance(part, dict):
        return {
            key: value.replace(r"\Z", "$") if key == "pattern" else _in_ecma_262(value) for key, value in part.items()
        }
    return [_in_ecma_262(each) for each in part] if isinstance(part, list) else part


def _document(title: str, whole: Schema, parts: dict[str, Schema]) -> Schema:
    return {"$schema": DIALECT, "title": title, **whole, "$defs": parts}


class Mirror:
    """Tables of the configuration as msgspec can describe them: durations are the texts that the file has.

    Args:
        originals: the tables that were mirrored, by name.
    """

    def __init__(self) -> None:
        self.originals: dict[str, type[Struct]] = {}
        self._made: dict[type[Struct], Any] = {}

    def of(self, kind: Any) -> Any:
        """The same type with every table in it mirrored."""
        if kind is Seconds:
            return _DURATION
        if isinstance(kind, type) and issubclass(kind, Options):
            return self._table(kind)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            return reduce(or_, (self.of(each) for each in arguments))
        if origin in (tuple, dict):
            return origin[tuple(each if each is ... else self.of(each) for each in arguments)]
        if origin is Annotated:
            return Annotated[self.of(arguments[0]), *arguments[1:]]
        return kind

    def _table(self, kind: type[Options]) -> Any:
        if kind not in self._made:
            config = kind.__struct_config__
            self.originals[kind.__name__] = kind
            self._made[kind] = defstruct(
                kind.__name__,
                [self._field(field) for field in structs.fields(kind)],
                namespace={"__doc__": kind.__doc__},
                kw_only=True,
                forbid_unknown_fields=True,
                tag_field=config.tag_field,
                tag=config.tag,
                rename={field.name: field.encode_name for field in structs.fields(kind)},
            )
        return self._made[kind]

    def _field(self, field: structs.FieldInfo) -> Any:
        kind = self.of(field.type)
        if field.required:
            return field.name, kind
        if field.default is msgspec.NODEFAULT or isinstance(field.default, Options):
            return field.name, kind, msgspec.field(default_factory=dict)
        default = format_duration(field.default) if isinstance(field.default, Seconds) else field.default
        return field.name, kind, default


def _structs(*roots: type[Struct]) -> dict[str, type[Struct]]:
    """Every struct within these, by the name of its schema."""
    found: dict[str, type[Struct]] = {}
    waiting = list(inspect.multi_type_info(roots))
    while waiting:
        info: Any = waiting.pop()
        if isinstance(info, inspect.StructType):
            if info.cls.__name__ not in found:
                found[info.cls.__name__] = info.cls
                waiting += [field.type for field in info.fields]
            continue
        inner = (getattr(info, name, None) for name in ("type", "item_type", "key_type", "value_type"))
        waiting += [*filter(None, inner), *getattr(info, "types", ()), *getattr(info, "item_types", ())]
    return found


def _describe(schemas: dict[str, Schema], kinds: dict[str, type[Struct]]) -> None:
    """Put each line under "Args:" of a docstring to its key, and leave the rest to the object."""
    for name, kind in kinds.items():
        schema = schemas[name]
        told = {field: text for base in reversed(kind.__mro__) for field, text in arguments(base.__doc__ or "").items()}
        for field in structs.fields(kind):
            if words := told.get(field.name, "").replace("None:", "left out:"):
                key = schema["properties"][field.encode_name]
                key["description"] = f"{words} Expected {key['description']}" if "description" in key else words
        if "description" in schema:
            schema["description"] = summary(schema["description"])


def summary(docstring: str) -> str:
    """What stands before "Args:", on one line."""
    return " ".join(docstring.partition("Args:\n")[0].split())


def arguments(docstring: str) -> dict[str, str]:
    """Each name under "Args:" and what is said of it, on one line."""
    # A docstring has lost its indentation already from Python 3.13 on.
    _, _, text = cleandoc(docstring).partition("Args:\n")
    found: dict[str, str] = {}
    for names, words in re.findall(r"^ {4}(\w[\w, ]*): (.+(?:\n {8}.+)*)", text, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), " ".join(words.split()))
    return found
