"""What is known of instants, periods and spans of time before rows are read."""

from __future__ import annotations

from typing import Any, ClassVar

from pannier.collections.dataframe.accessor import Accessor


class Times(Accessor):
    """What the accessor ``.dt`` has beside its table."""

    __slots__ = ()

    _instead: ClassVar[dict[str, str]] = {
        "freq": "whether values are at regular intervals is not known before all rows are read; use "
        "pandas.infer_freq(s.compute())",
    }

    @property
    def tz(self) -> Any:
        """The time zone."""
        return self._of_meta.tz

    @property
    def unit(self) -> str:
        """The resolution: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``."""
        return str(self._of_meta.unit)
