"""Windows and groups of which a column is got by its name, as if it were an attribute."""

from __future__ import annotations

from typing import Any, ClassVar


class Named:
    """What looks a name up among its columns, in ``_named``, once it is neither an attribute nor private."""

    __slots__ = ()

    __iter__: ClassVar[Any] = None
    """Python would walk through columns 0, 1, 2, ... without an end."""
    _named: ClassVar[Any]
    """The method for the column of a name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copy and pickle ask for such before there are columns to look at
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return self._named(name)
