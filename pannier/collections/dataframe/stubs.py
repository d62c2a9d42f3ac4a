"""Stubs: what classes made of tables look like, for type checkers and editors.

``python -m pannier.collections.dataframe.stubs`` writes them beside the modules that hold the tables.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pannier.collections.dataframe.accessor import AccessorOf
from pannier.collections.dataframe.methods import Verb, signature_of, verbs_of

MODULES: Final = ("pannier.collections.dataframe.elementwise", "pannier.collections.dataframe.accessors")
_SELF_OF: Final = {"Frame": "DataFrame", "Series": "Series", "Index": "Index"}
_STARS: Final[dict[Any, str]] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
_WIDTH: Final = 110


def stub(module: ModuleType) -> str:
    """The text of the stub of ``module``: its classes, with the methods that tables make."""
    classes = [
        made for made in vars(module).values() if inspect.isclass(made) and made.__module__ == module.__name__
    ]
    bodies = "\n".join("".join(_class(made)) for made in classes)
    return (
        f'"""{_first_line(module)}"""\n\n'
        "# Made of the tables by `python -m pannier.collections.dataframe.stubs`.\n\n"
        "from typing import Any\n\n"
        f"{_imports(bodies, classes, module)}\n"
        f"{bodies}"
    )


def path_of(module: ModuleType) -> Path:
    """Where the stub of ``module`` is."""
    assert module.__file__ is not None
    return Path(module.__file__).with_suffix(".pyi")


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _imports(bodies: str, classes: list[type], module: ModuleType) -> str:
    homes = {
        "DataFrame": "pannier.collections.dataframe.frame",
        "Index": "pannier.collections.dataframe.index",
        "Series": "pannier.collections.dataframe.series",
    }
    found = {name: home for name, home in homes.items() if f"-> {name}:" in bodies}
    for made in classes:
        for base in made.__bases__:
            if base.__module__ not in (module.__name__, "builtins"):
                found[base.__name__] = base.__module__
    lines = [f"from {home} import {name}\n" for name, home in found.items()]
    return "".join(sorted(lines))


def _class(made: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in made.__bases__ if base is not object)
    yield f"class {made.__name__}({bases}):\n" if bases else f"class {made.__name__}:\n"
    yield f'    """{_first_line(made)}"""\n'
    own = next((name for end, name in _SELF_OF.items() if made.__name__.endswith(end)), "Series")
    for verb in verbs_of(made):
        yield "\n"
        yield from _method(verb, verb.returns or own)
    for name, method in vars(made).items():
        if isinstance(method, AccessorOf):
            yield f"\n    {name}: {method.kind.__name__}\n"


def _method(verb: Verb, returns: str) -> Iterator[str]:
    if verb.is_property:
        yield "    @property\n"
    yield _head(verb.name, _parameters(verb), returns)
    yield f'        """{verb.doc}"""\n'


def _head(name: str, parameters: list[str], returns: str) -> str:
    """The line with ``def``; or some, where it would be too long."""
    line = f"    def {name}({', '.join(parameters)}) -> {returns}:\n"
    if len(line) <= _WIDTH:
        return line
    each = "".join(f"        {parameter},\n" for parameter in parameters)
    return f"    def {name}(\n{each}    ) -> {returns}:\n"


def _parameters(verb: Verb) -> list[str]:
    """The parameters of ``verb``, of any type."""
    shown, by_keyword = ["self"], False
    for parameter in list(signature_of(verb).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not by_keyword:
            shown.append("*")
        by_keyword = by_keyword or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        stars = _STARS.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f" = {_literal(parameter.default)}"
        shown.append(f"{stars}{parameter.name}: Any{default}")
    return shown


def _literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else "..." if value is ... else repr(value)


def main() -> None:
    """Write all stubs."""
    for name in MODULES:
        module = importlib.import_module(name)
        path_of(module).write_text(stub(module), encoding="utf-8")


if __name__ == "__main__":
    main()
