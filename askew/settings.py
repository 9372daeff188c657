"""Settings that people write in TOML, read into a dataclass whose fields say what they mean and what they may hold.

The same columns that tables are made of (`Annotated[type, Column(...)]`) declare the keys; what has a default may be
left out.
"""

from collections.abc import Mapping
from dataclasses import MISSING
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import Any, TypeVar

from askew.column import Field, fields_of
from askew.errors import BadCell, BadInput, meant, quoted

Kind = TypeVar("Kind")


def settings(kind: type[Kind], where: object, table: Any) -> Kind:
    """The dataclass that a TOML table describes; BadInput says where, which key, what was given and what is allowed.

    The dataclass calls `check` in its `__post_init__`, so that it holds the same rules however it is made.
    """
    if not isinstance(table, Mapping):
        raise BadInput(f"{where}: {quoted(table)} is given, but it has to be a table")
    known = {field.name: field for field in _fields(kind)}
    for key in table:
        if key not in known:
            raise BadInput(
                f"{where}: {quoted(key)}{meant(str(key), known)} is no key here; allowed: {', '.join(known)}"
            )
    if missing := [name for name in _needed(kind) if name not in table]:
        raise BadInput(f"{where}: {missing[0]} is missing; it has to be {_in_toml(known[missing[0]].described())}")
    try:
        return kind(**{key: _value(known[key], value) for key, value in table.items()})
    except BadCell as error:
        raise BadInput(f"{where}, {error.column}: {_in_toml(error.message)}") from None


def check(record: Any) -> None:
    """Refuse a value that its setting may not have; for the dataclass's `__post_init__`."""
    for field in _fields(type(record)):
        value = getattr(record, field.name)
        if value is not None or not field.nullable:
            field.check(value)


def _in_toml(message: str) -> str:
    """What is said of a column, of a key: a list is no cell, and nothing can be left empty."""
    return message.replace(", joined by '|' in files", " in a list").replace(
        "leave it empty where", "leave it out where"
    )


def _value(field: Field, value: Any) -> Any:
    """The value as the dataclass has it: lists as tuples, whole numbers as numbers where those are meant."""
    if isinstance(value, list):
        return tuple(_value(field, part) for part in value)
    if field.type_name == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _fields(kind: type) -> tuple[Field, ...]:
    return _remembered(kind)


_remembered = cache(fields_of)


def _needed(kind: type[Any]) -> list[str]:
    return [
        field.name for field in dataclass_fields(kind) if field.default is MISSING and field.default_factory is MISSING
    ]
