"""Methods of categories that depend on whether these are known before all rows are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pannier.collections.dataframe.accessor import Accessor
from pannier.collections.dataframe.methods import Verb, apply_verb
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall
from pannier.kernels.kernel import Slot

if TYPE_CHECKING:
    from pannier.collections.dataframe.series import Series


class Categories(Accessor):
    """What the accessor ``.cat`` has beside its table.

    After ``astype("category")`` each partition has the categories that are found there: they are not known, and
    are united when partitions are.
    """

    __slots__ = ()

    @property
    def known(self) -> bool:
        """Whether all partitions are known to have the same categories."""
        return len(self._of_meta.categories) > 0

    @property
    def categories(self) -> pd.Index[Any]:
        """The categories."""
        self._check_known("categories")
        return self._of_meta.categories  # type: ignore[no-any-return]

    @property
    def ordered(self) -> bool:
        """Whether they are in order."""
        return bool(self._of_meta.ordered)

    def as_known(self, **options: Any) -> Series:
        """The values with categories that are known; computes them, by ``options`` of ``compute()``, where they are not.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series(["b", "a"]), npartitions=2).astype("category")
        >>> x.cat.known, x.cat.as_known(scheduler="sync").cat.categories.tolist()
        (False, ['a', 'b'])
        """
        if self.known:
            return self._frame  # type: ignore[no-any-return]
        found = self._frame._reduce("categories", frames.accessors.FoundCategories()).compute(**options)
        return self.set_categories(found)  # type: ignore[no-any-return]

    def as_unknown(self) -> Series:
        """The same values, with nothing known of their categories."""
        meta = self._frame._meta
        unknown = meta.cat.set_categories(meta.cat.categories[:0])
        kernel = MethodCall("copy", (), (("deep", False),))
        return self._frame._blockwise("as_unknown", kernel, meta=unknown)  # type: ignore[no-any-return]

    def remove_unused_categories(self) -> Series:
        """The values with those categories alone that are found; which these are is known when all rows are read."""
        series = self._frame
        order = tuple(self._of_meta.categories)
        used = series._reduce("categories", frames.accessors.FoundCategories(order, used=True), meta=None)
        operands = FrameOperands(series)
        kernel = frames.elementwise.RowCall(
            frames.accessors.keep_categories, (Slot(0), operands.argument(used)), {}
        )
        unknown = series._meta.cat.remove_unused_categories()
        return series._blockwise("cat.remove_unused_categories", kernel, operands, meta=unknown)  # type: ignore[no-any-return]

    def _verb(self, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if verb.name not in ("as_ordered", "as_unordered", "set_categories"):
            self._check_known(verb.name)
        return apply_verb(self._frame, verb, args, kwargs, self.name)

    def _check_known(self, name: str) -> None:
        if not self.known:
            raise UsageError(
                f"cat.{name}: the categories of {self._frame._meta.name!r} are not known before all rows are read; "
                "use .cat.as_known(), which computes them, or .cat.set_categories([...])"
            )
