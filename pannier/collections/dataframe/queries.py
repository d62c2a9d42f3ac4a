"""Conditions as text, read as the operators that they stand for.

``df.query("x > 1 and y in @names")`` is ``df[(df.x > 1) & df.y.isin(names)]``: read so, it costs no parsing in each
partition, and passes know which rows a reader may leave out.
"""

from __future__ import annotations

import ast
import functools
import io
import operator
import tokenize
from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd
from pandas.api.types import is_bool_dtype, is_scalar

_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_WORDS: Final = {"&": "and", "|": "or"}
"""Operators that pandas reads as weaker than comparisons."""
_VARIABLE: Final = "__variable_"


class _OtherForm(Exception):
    """The text is more than a condition of columns and values."""


def condition(frame: Any, expression: str, variables: Mapping[str, Any]) -> Any:
    """The series of truth values that ``expression`` says of ``frame``; None if it is no condition that can be read here.

    >>> import pandas as pd, pannier as pn
    >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=2)
    >>> condition(df, "1 < x <= @most", {"most": 2}).compute(scheduler="sync").tolist()
    [False, True, False]
    >>> condition(df, "x.abs() > 1", {}) is None
    True
    """
    try:
        parsed = ast.parse(_as_python(expression), mode="eval").body
        made = _condition(parsed, frame, variables)
    except (_OtherForm, SyntaxError, tokenize.TokenError):
        return None
    return made if getattr(made, "ndim", 0) == 1 and is_bool_dtype(made.dtype) else None


def _as_python(expression: str) -> str:
    """``expression`` with words for & and |, and names for variables."""
    tokens = []
    for kind, text, *_ in tokenize.generate_tokens(io.StringIO(expression.strip()).readline):
        if text == "`":
            raise _OtherForm
        if text == "@":
            tokens.append((tokenize.OP, ""))
        elif tokens and tokens[-1] == (tokenize.OP, ""):
            tokens[-1] = (tokenize.NAME, f"{_VARIABLE}{text}")
        else:
            tokens.append((tokenize.NAME, _WORDS[text]) if text in _WORDS else (kind, text))
    return tokenize.untokenize(tokens)


def _condition(node: ast.expr, frame: Any, variables: Mapping[str, Any]) -> Any:
    """The truth values that ``node`` stands for."""
    of = functools.partial(_condition, frame=frame, variables=variables)
    match node:
        case ast.BoolOp(ast.And(), values):
            return functools.reduce(operator.and_, map(of, values))
        case ast.BoolOp(ast.Or(), values):
            return functools.reduce(operator.or_, map(of, values))
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            return ~of(operand)
        case ast.Compare(left, ops, comparators):
            sides = [_operand(each, frame, variables) for each in (left, *comparators)]
            pairs = [_compared(op, *sides[i : i + 2]) for i, op in enumerate(ops)]
            return functools.reduce(operator.and_, pairs)
        case ast.Name(name) if name in frame.columns and is_bool_dtype(frame._meta[name].dtype):
            return frame[name]
    raise _OtherForm


def _compared(op: ast.cmpop, left: Any, right: Any) -> Any:
    if isinstance(op, (ast.In, ast.NotIn)):
        if getattr(left, "ndim", 0) != 1 or not isinstance(right, (list, tuple, set, frozenset)):
            raise _OtherForm
        found = left.isin(right)
        return ~found if isinstance(op, ast.NotIn) else found
    if type(op) not in _COMPARISONS or not all(_is_comparable(side) for side in (left, right)):
        raise _OtherForm
    return _COMPARISONS[type(op)](left, right)


def _is_comparable(side: Any) -> bool:
    """Whether pandas compares ``side`` as the operators do: a column, one value, or one yet to be computed."""
    return hasattr(side, "node") or (is_scalar(side) and not pd.isna(side))


def _operand(node: ast.expr, frame: Any, variables: Mapping[str, Any]) -> Any:
    """The column, or the value, that ``node`` stands for."""
    match node:
        case ast.Name(name) if name.startswith(_VARIABLE) and name.removeprefix(_VARIABLE) in variables:
            return variables[name.removeprefix(_VARIABLE)]
        case ast.Name(name) if name in frame.columns:
            return frame[name]
        case ast.Constant() | ast.List() | ast.Tuple() | ast.UnaryOp(ast.USub(), ast.Constant()):
            try:
                return ast.literal_eval(node)
            except ValueError:
                raise _OtherForm from None
    raise _OtherForm
