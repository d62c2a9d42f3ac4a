"""Delayed: any function call, put off until it is computed."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MethodType
from typing import Any, Final, NoReturn, overload

from pannier.collections.operands import single_block
from pannier.collections.single import Single
from pannier.computing import is_collection
from pannier.errors import UsageError
from pannier.graph.annotations import current
from pannier.graph.daskspec import same
from pannier.graph.nested import SCALARS, refer_in
from pannier.graph.task import NESTING, Key, Literal, Ref
from pannier.kernels.kernel import name_of
from pannier.plan.callnames import label_of, name_of_operation, unique
from pannier.plan.calls import Call, Made, NamedCall, joined, keys_of, node_of_value
from pannier.plan.nodes import FromGraph, Node
from pannier.plan.purecalls import as_pure
from pannier.tokens import tokenize

_KEY_NAMES: Final = ("pannier_key_name", "dask_key_name")
"""Keywords of a call that name it; the second is what users of Dask write."""


class Delayed(Single):
    """One value that a function call will make; made by :func:`delayed`.

    Operators, subscripts, attributes and calls of it are put off, too: each gives another delayed value.  What it
    has itself is what collections have, ``compute``, ``persist``, ``visualize``, ``explain`` and ``graph``, and ``key``;
    every other attribute is the value's.

    >>> import pannier as pn
    >>> words = pn.delayed("a b c").split()
    >>> (words[0] + words[-1]).upper().compute()
    'AC'
    """

    __slots__ = ("_length", "_made")

    _made: Made
    _length: int | None

    def __init__(self, made: Made, length: int | None = None) -> None:
        set_own = object.__setattr__  # its own refuses
        set_own(self, "_made", made)
        set_own(self, "_length", length)

    @property
    def key(self) -> str:
        """The name of the task that makes the value."""
        key = keys_of(self._made)[0]
        return str(key[0] if isinstance(key, tuple) else key)

    @property
    def node(self) -> Node:  # type: ignore[override]  # made when it is asked for, of all calls behind this one
        """The plan of the value: one node of all calls behind it."""
        made = self._made
        return joined([made], label_of(made.key), made.key) if isinstance(made, Call) else made

    @staticmethod
    def joined(values: Sequence[Delayed]) -> FromGraph:
        """One node whose block i is the value i: calls behind several values are in it once."""
        if len(values) == 1 and isinstance(node := values[0].node, FromGraph):
            return node
        return joined([value._made for value in values])

    def rebuild(self, node: Made) -> Delayed:
        return Delayed(node, self._length)

    def _call(self, verb: str, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """An operator, of which equal ones are done once where that can be told from the operands."""
        plain = [type(arg) in SCALARS or isinstance(arg, Delayed) for arg in args]
        if any(
            hasattr(arg, "_is_numbered") for arg, is_plain in zip(args, plain, strict=True) if not is_plain
        ):
            return NotImplemented  # a frame knows what to do with one value
        made = _call_of(verb, func, args, kwargs)
        if all(plain):
            made.key = name_of_operation(
                verb, [(arg.key,) if isinstance(arg, Delayed) else arg for arg in args]
            )
        return Delayed(made)

    def __call__(self, *args: Any, pure: bool | None = None, **kwargs: Any) -> Delayed:
        """What the value, a function, gives for these arguments."""
        return _delayed_call("call", operator.call, (self, *args), kwargs, pure)

    def __getattr__(self, name: str) -> Delayed:
        if name.startswith("_"):
            raise AttributeError(
                f"a delayed value has no attribute {name!r}; of the value itself, those that begin with an underscore "
                "are read by a function: delayed(getattr)(value, name)"
            )
        return DelayedAttribute(self, name)

    @property
    def name(self) -> Any:
        """The attribute of the value, as other collections have a ``name`` of their own."""
        return DelayedAttribute(self, "name")

    @property
    def dask(self) -> Mapping[Key, Any]:
        """The graph in Dask's task spec, which Dask asks for by this name where there is one."""
        return self.__dask_graph__()

    def __iter__(self) -> Iterator[Delayed]:  # type: ignore[override]
        return iter([self[i] for i in range(self._known_length("walked"))])

    def __len__(self) -> int:
        return self._known_length("measured")

    def _known_length(self, done: str) -> int:
        if self._length is None:
            raise TypeError(
                f"this Delayed is not computed yet, so it cannot be {done}; say how many values the function returns, "
                "delayed(function, nout=2), or call .compute() first"
            )
        return self._length

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise _no_change(f"its attribute {name!r} set")

    def __delattr__(self, name: str) -> NoReturn:
        raise _no_change(f"its attribute {name!r} deleted")

    def __setitem__(self, item: Any, value: Any) -> NoReturn:
        raise _no_change("an item of it set")

    def __delitem__(self, item: Any) -> NoReturn:
        raise _no_change("an item of it deleted")

    def _change_in_place(self, other: Any) -> NoReturn:
        raise _no_change("it changed in place (write x = x + y, not x += y)")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ifloordiv__ = __imod__ = __ipow__ = _change_in_place
    __iand__ = __ior__ = __ixor__ = __ilshift__ = __irshift__ = __imatmul__ = _change_in_place

    def __hash__(self) -> int:
        return hash((Delayed, self.key))

    def __repr__(self) -> str:
        return f"Delayed<{self.key}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Delayed, (self.node, self._length)

    def __copy__(self) -> Delayed:
        return self

    def __deepcopy__(self, memo: object) -> Delayed:
        return self

    def __pannier_token__(self) -> object:
        return self.key


class DelayedAttribute(Delayed):
    """An attribute of a delayed value, which may turn out to be a method: then its call is one task."""

    __slots__ = ("_name", "_owner")

    _owner: Delayed
    _name: str

    def __init__(self, owner: Delayed, name: str) -> None:
        super().__init__(_call_of("getattr", getattr, (owner, name), {}))
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_name", name)

    def __call__(self, *args: Any, pure: bool | None = None, **kwargs: Any) -> Delayed:
        """What the method gives for these arguments."""
        return _delayed_call(self._name, _call_method, (self._owner, self._name, *args), kwargs, pure)


class DelayedFunction(Delayed):
    """A function whose calls are put off; as a delayed value, the function itself."""

    _label: str
    _func: Callable[..., Any]
    _pure: bool | None
    _nout: int | None

    def __init__(
        self, func: Callable[..., Any], name: str | None, pure: bool | None, nout: int | None
    ) -> None:
        label = name or name_of(func).rpartition(".")[2].strip("<>")
        super().__init__(node_of_value(func, f"{label}-{unique()}"))
        own = self.__dict__
        own.update(_func=func, _label=label, _pure=pure, _nout=nout, __wrapped__=func)
        own.update(
            {each: getattr(func, each) for each in functools.WRAPPER_ASSIGNMENTS if hasattr(func, each)}
        )

    def __call__(self, *args: Any, pure: bool | None = None, **kwargs: Any) -> Delayed:
        """The call as a value to compute later; delayed values among the arguments are computed first.

        Two calls are two values, even when they look alike: the function may be impure.
        """
        pure = self._pure if pure is None else pure
        return _delayed_call(self._label, self._func, args, kwargs, pure, self._nout)

    def _with_options(self, name: str | None, pure: bool | None, nout: int | None) -> DelayedFunction:
        """The same function with other options, as far as they are given."""
        if (name, pure, nout) == (None, None, None):
            return self
        return DelayedFunction(
            self._func,
            name or self._label,
            self._pure if pure is None else pure,
            self._nout if nout is None else nout,
        )

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method of a class."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"delayed({name_of(self._func)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return DelayedFunction, (self._func, self._label, self._pure, self._nout)


_UNSET: Final[Any] = object()


@overload
def delayed(
    obj: Callable[..., Any],
    name: str | None = ...,
    pure: bool | None = ...,
    nout: int | None = ...,
    traverse: bool = ...,
) -> DelayedFunction: ...
@overload
def delayed(
    *, name: str | None = ..., pure: bool | None = ..., nout: int | None = ..., traverse: bool = ...
) -> Callable[[Callable[..., Any]], DelayedFunction]: ...
@overload
def delayed(
    obj: Any,
    name: str | None = ...,
    pure: bool | None = ...,
    nout: int | None = ...,
    traverse: bool = ...,
) -> Any: ...
def delayed(
    obj: Any = _UNSET,
    name: str | None = None,
    pure: bool | None = None,
    nout: int | None = None,
    traverse: bool = True,
) -> Any:
    """``obj``, a function, with its calls put off; any other value as a delayed one.

    As a decorator, with or without options, or as a function.  Arguments of the calls may be delayed values, alone or
    inside lists, tuples, sets, dicts, slices, named tuples and dataclasses: they are computed first.  A call takes two
    keywords beside those of the function: ``pure``, as here, and ``pannier_key_name`` (or ``dask_key_name``), its key.

    Parameters
    ----------
    obj
        A function or another callable; or a value, in which delayed values may be.
    name
        Of a function, what its calls are called in keys, progress bars and errors; of a value, its key.
    pure
        Calls with equal arguments are the same work, and done once.  Arguments are then hashed, each object once.
    nout
        The number of values that the function returns, so that its delayed calls can be unpacked.
    traverse
        False: a value is taken as it is, and not looked through for delayed ones.

    Raises
    ------
    UsageError
        ``nout`` is no number of values; an argument is a collection of many partitions.

    Examples
    --------
    >>> import pannier as pn
    >>> total = pn.delayed(sum)([pn.delayed(len)("abc"), 4])
    >>> total.compute()
    7
    >>> @pn.delayed(nout=2)
    ... def halves(text):
    ...     return text[: len(text) // 2], text[len(text) // 2 :]
    >>> first, second = halves("abcd")
    >>> (second + first).compute()
    'cdab'
    """
    if nout is not None and (type(nout) is not int or nout < 0):
        raise UsageError(f"nout is how many values the function returns, 0 or more, not {nout!r}")
    if obj is _UNSET:
        return functools.partial(delayed, name=name, pure=pure, nout=nout, traverse=traverse)
    if isinstance(obj, DelayedFunction):
        return obj._with_options(name, pure, nout)
    if isinstance(obj, Delayed):
        return obj if nout is None else Delayed(obj._made, nout)
    if callable(obj) and not is_collection(obj):
        return DelayedFunction(obj, name, pure, nout)
    label = type(obj).__name__
    key = name or f"{label}-{tokenize(obj) if pure else unique()}"
    if traverse or is_collection(obj):
        made = _call_of(label, same, (obj,), {}, key, NamedCall if name else Call)
        if made.deps or not made.flat:
            return Delayed(made, nout)
    if name:
        return Delayed(NamedCall(name, same, (obj,), {}, (), True, ()), nout)
    return Delayed(node_of_value(obj, key), nout)


def made_of(collection: Any) -> Made:
    """What makes the value, or the blocks, of any collection."""
    return collection._made if isinstance(collection, Delayed) else collection.node


def _delayed_call(
    label: str,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    pure: bool | None = None,
    length: int | None = None,
) -> Delayed:
    """A call with the keywords that are not the function's."""
    key = None
    for keyword in _KEY_NAMES:
        key = kwargs.pop(keyword, key)
    if key is not None:
        if not isinstance(key, str):
            raise UsageError(f"the name of a call is a text, not {key!r}")
        return Delayed(_call_of(label, func, args, kwargs, key, NamedCall), length)
    made = _call_of(label, func, args, kwargs)
    return Delayed(as_pure(made, label) if pure else made, length)


def _call_of(
    label: str,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    key: str = "",
    kind: type[Call] = Call,
) -> Call:
    """The call of ``func``, reading what is delayed among its arguments.  By default no other has its key."""
    reads: dict[Key, Made] = {}

    def refer(value: Any) -> Ref | None:
        made = value._made if isinstance(value, Delayed) else single_block(value)
        if made is None:
            return None
        read = made.key if type(made) is Call else keys_of(made)[0]
        reads[read] = made
        return Ref(read)

    filled = list(args)
    flat = not kwargs
    for place, arg in enumerate(args):
        kind_of_arg = type(arg)
        if kind_of_arg is Delayed:  # nearly always; refer_in would find it, too
            filled[place] = refer(arg)
        elif kind_of_arg not in SCALARS:
            filled[place] = new = refer_in(arg, refer)
            flat = flat and (new is arg or type(new) is Ref)
    if not flat:
        filled = [_whole(new, arg) for new, arg in zip(filled, args, strict=True)]
        kwargs = {name: _whole(refer_in(arg, refer), arg) for name, arg in kwargs.items()}
    return kind(
        key or f"{label}-{unique()}",
        func,
        tuple(filled),
        kwargs,
        tuple(reads),
        flat,
        tuple(reads.values()),
        current(),
    )


def _whole(template: Any, value: Any) -> Any:
    """``template``, so that a container without references is passed on as it is, and not made anew."""
    return Literal(template) if template is value and type(template) in NESTING else template


def _call_method(value: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(value, name)(*args, **kwargs)


def _no_change(how: str) -> TypeError:
    return TypeError(
        f"a delayed value cannot have {how}: others may read it; "
        "call a function that returns a changed value, or .compute() first"
    )
