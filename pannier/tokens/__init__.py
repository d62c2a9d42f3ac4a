"""Names for work: equal tokens mean equal content, so equal work is done once.

What a token promises:

*Sound.*  Two values share a token only if a worker process that was sent either would hold equal
content: same types, same values, same order.  ``1``, ``1.0`` and ``True`` differ, as do ``()`` and ``[]``,
``0.0`` and ``-0.0``.  Views of arrays and slices of columns count by what is in them.

*Deterministic where content is known.*  Plain data, arrays and frames, and whatever is made of them by
classes and functions, has the same token in every process of one version of Python and of the libraries,
whatever the hash seed.

*Unique where it is not.*  What cannot be pickled (a lock, a generator) gets a random token.

*Shy, never guessed.*  Equal values may have different tokens: ``{1: 2, 3: 4}`` and ``{3: 4, 1: 2}`` do,
because a function can tell them apart.  The price is work not shared, never a wrong answer.

Importable code is known by name, as in a pickle, and functions by their own bytecode too; a change
in what they call is not seen.  Functions and classes of ``__main__``, lambdas and closures are known by all that
they are made of.  Inside one process that is what sharing needs.  Whoever keeps results across runs must add a
fingerprint of the code they came from.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from typing import Any, TypeVar

from pannier.tokens import arrays, arrow, frames
from pannier.tokens.writer import SCALARS, digest, libraries, new_hash, registered

libraries.update(numpy=arrays.writers, pyarrow=arrow.writers, pandas=frames.writers)

F = TypeVar("F", bound=Callable[[Any], object])


def tokenize(*args: Any, ensure_deterministic: bool = False, **kwargs: Any) -> str:
    """A text of 32 hexadecimal digits that stands for the content of the arguments.

    ``ensure_deterministic``, TokenizationError is raised for what would have another token in another process: locks,
    generators, a bare ``object()``.  Else those have a token that no other value has, and nothing is raised for what
    a value is.

    What an object is made of, it says itself by ``__pannier_token__()``, or by ``__dask_tokenize__()`` if it
    has only that, or :func:`register` says for its class: any value, to be tokenized with the object's type in its
    place.

    >>> import pannier as pn
    >>> pn.tokenize("read", [1, 2]) == pn.tokenize("read", [1, 2])
    True
    >>> pn.tokenize(1) == pn.tokenize(1.0) or pn.tokenize([]) == pn.tokenize(())
    False
    """
    if not kwargs and SCALARS.issuperset(map(type, args)):
        token: str = new_hash()(marshal.dumps(args, 2)).hexdigest()  # what a Writer would write
        return token
    value = (args, sorted(kwargs.items())) if kwargs else args
    return digest(value, strict=ensure_deterministic).hex()


def register(kind: type | str) -> Callable[[F], F]:
    """A decorator of a function that gives the value that stands for an object of class ``kind``.

    It holds for subclasses too, unless they have one of their own: a subclass whose objects hold more must have.
    A class that says it itself, by ``__pannier_token__``, is not asked again.  ``kind`` may be the dotted name
    by which a class calls itself, so that a library need not be imported before it is used.

    >>> import pannier as pn
    >>> from pannier import tokens
    >>> class Model:  # of another library, with a cache beside what it is made of
    ...     def __init__(self, weights):
    ...         self.weights, self.cache = weights, object()
    >>> pn.tokenize(Model([1, 2])) == pn.tokenize(Model([1, 2]))
    False
    >>> @tokens.register(Model)
    ... def content(model):
    ...     return model.weights
    >>> pn.tokenize(Model([1, 2])) == pn.tokenize(Model([1, 2])) != pn.tokenize(Model([3]))
    True
    """

    def enter(content: F) -> F:
        registered[kind] = content
        return content

    return enter
