"""What accessors are: methods of one kind of values, under a name of the series, or index, that holds them."""

from __future__ import annotations

from typing import Any, ClassVar

from pannier.collections.dataframe.methods import Verb, apply_verb
from pannier.errors import near_matches


class Accessor:
    """``series.name``, on which methods are those that pandas has there."""

    __slots__ = ("_frame",)

    name: ClassVar[str]
    _instead: ClassVar[dict[str, str]] = {}
    """Names that pandas has here and partitions cannot have, with what to use."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._of_meta  # noqa: B018  pandas says whether the values are of this kind

    @property
    def _of_meta(self) -> Any:
        """The accessor of pandas, of no rows."""
        return getattr(self._frame._meta, self.name)

    def _verb(self, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return apply_verb(self._frame, verb, args, kwargs, self.name)

    def __getattr__(self, name: str) -> Any:
        if name in self._instead:
            raise AttributeError(f"{self.name}.{name} is not there: {self._instead[name]}")
        known = [each for each in dir(type(self)) if not each.startswith("_")]
        if name in known:  # a property whose values are of another kind: pandas says so
            getattr(self._of_meta, name)
        raise AttributeError(f"the accessor {self.name} has no {name!r}{near_matches(name, known)}")

    def __repr__(self) -> str:
        return f"<{self.name} of {type(self._frame).__name__} {self._frame._meta.name!r}>"


class AccessorOf:
    """``series.str`` and the like: makes an accessor of what it is read on."""

    def __init__(self, kind: type[Any]) -> None:
        self.kind = kind
        self.__doc__ = kind.__doc__

    def __get__(self, frame: Any, owner: type | None = None) -> Any:
        return self.kind if frame is None else self.kind(frame)
