"""The multiprocessing scheduler: worker processes that hand each other files, not the parent.

For Python code that holds the interpreter lock, which is what bags of records run.  A script needs no
``if __name__ == "__main__"``: workers never import it.  The parent's side is
:mod:`~pannier.schedulers.multiprocessing.dispatch`, the worker's
:mod:`~pannier.schedulers.multiprocessing.worker`.

``get`` is loaded on first use: a worker, which imports this package on its way to its own module, needs
nothing of the parent's side, and starts in half the time without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import names

if TYPE_CHECKING:
    from pannier.schedulers.multiprocessing.scheduler import get as get

__all__ = ["get"]

__getattr__ = names(__name__, {"get": "pannier.schedulers.multiprocessing.scheduler"})
