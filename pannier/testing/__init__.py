"""Assertions and scripted faults: for pannier's own tests and for those of its users.

>>> from pannier.testing import assert_eq
>>> assert_eq(iter([1, 2]), [1, 2])
"""

from __future__ import annotations

from pannier.testing.assertions import assert_eq, no_compute
from pannier.testing.faults import ExitProcess, OnAttempt, RaiseError, no_leftovers

__all__ = ["ExitProcess", "OnAttempt", "RaiseError", "assert_eq", "no_compute", "no_leftovers"]
