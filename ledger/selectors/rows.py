"""From table rows to frozen dataclasses, field by field of the same name."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from django.db import models

T = TypeVar("T")


def as_value(cls: type[T], row: models.Model, **more: Any) -> T:
    """`row` as a `cls`; `more` gives the fields that the row does not have."""
    names = (field.name for field in dataclasses.fields(cls))  # type: ignore[arg-type]
    return cls(**{name: more[name] if name in more else getattr(row, name) for name in names})
