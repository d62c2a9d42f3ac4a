"""What the code of a module is, with all that it imports, as far as it is the user's own.

A module of the user's counts by its source and that of every module of his that it imports, directly or not,
at its top or inside a function.  Comments and layout do not count.  Installed packages count by version, and by
size and time of the files that are imported, which pip writes anew; the standard library by the version of Python.

What is imported by a computed name is not seen.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from pannier.errors import PannierError

_STANDARD: Final = Path(sysconfig.get_path("stdlib")).resolve()
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
"""Folders that installers fill."""


class UnknownContentError(PannierError):
    """It cannot be told whether something is as it was in an earlier run."""


class Modules:
    """Digests of modules, as they are while one run is prepared."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}
        self._files: dict[str, Path | None] = {}

    def digest(self, name: str) -> bytes:
        """What stands for the module of that name and all it imports.

        Raises :class:`UnknownContentError` for a module that has no file.

        >>> Modules().digest("json") == Modules().digest("os") == b"standard"
        True
        """
        if name not in self._digests:
            self._digests[name] = self._closure(name)
        return self._digests[name]

    def _closure(self, name: str) -> bytes:
        """The digest of the source of the module and of those of the user's that it imports."""
        top = name.partition(".")[0]
        if top == "pannier" or self._is_standard(top):
            return b"standard"
        if top.startswith("_cython_"):  # of types that modules by Cython share; the name says its version
            return top.encode()
        if self._file(name) is None and not hasattr(sys.modules.get(name), "__path__"):
            raise UnknownContentError(f"module {name!r} has no file to compare with that of another run")
        parts = []
        seen = {name}
        stack = [name]
        while stack:
            module = stack.pop()
            top = module.partition(".")[0]
            if top == "pannier" or self._is_standard(top):
                continue
            path = self._file(module)
            if path is None:
                if module == name:
                    raise UnknownContentError(
                        f"module {name!r} has no file to compare with that of another run"
                    )
                continue  # a name imported from a module, or a folder without __init__.py
            if _INSTALLED.intersection(path.parts):
                parts.append(f"{module} {_stamp(path)} {self._installed(top)}")
                continue
            digest, imported = _read(str(path), *_stamp(path))
            parts.append(f"{module} {digest}")
            for each in _absolute(imported, module, path.stem == "__init__"):
                for outer in _with_parents(each):
                    if outer not in seen:
                        seen.add(outer)
                        stack.append(outer)
        return blake2b("\n".join(sorted(set(parts))).encode(), digest_size=16).digest()

    def _is_standard(self, top: str) -> bool:
        if top not in sys.stdlib_module_names:
            return False
        path = self._file(top)
        return path is None or (_STANDARD in path.parents and not _INSTALLED.intersection(path.parts))

    def _installed(self, top: str) -> str:
        """The state of an installed package."""
        path = self._file(top)
        version = getattr(sys.modules.get(top), "__version__", "")
        return f"{version} {_stamp(path) if path else ''}"

    def _file(self, name: str) -> Path | None:
        """The file of a module, which need not be loaded; None where there is none."""
        if name not in self._files:
            self._files[name] = _find_file(name)
        return self._files[name]


def _find_file(name: str) -> Path | None:
    loaded = sys.modules.get(name)
    origin = getattr(loaded, "__file__", None)
    if loaded is not None:
        return Path(origin).resolve() if isinstance(origin, str) and Path(origin).is_file() else None
    folders: list[str] | None = None
    origin = None
    for part in name.split("."):
        # By its last name alone: a folder without __init__.py would look for its loaded parent.
        spec = PathFinder.find_spec(part, folders)
        if spec is None:
            return None
        folders, origin = list(spec.submodule_search_locations or ()), spec.origin
    return Path(origin).resolve() if origin is not None and Path(origin).is_file() else None


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=4096)
def _read(path: str, size: int, mtime: int) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The digest of a file's code, and what it imports: (level, name); the stamp makes an edited file another one."""
    data = Path(path).read_bytes()
    if not path.endswith(".py"):
        return blake2b(data, digest_size=16).hexdigest(), ()
    try:
        tree = ast.parse(data)
    except SyntaxError:
        return blake2b(data, digest_size=16).hexdigest(), ()
    text = ast.dump(tree, annotate_fields=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(), tuple(_imports(tree))


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = f"{node.module}." if node.module else ""
            yield from ((node.level, base + alias.name) for alias in node.names)


def _absolute(imported: tuple[tuple[int, str], ...], module: str, is_package: bool) -> Iterator[str]:
    """The full names of what ``module`` imports."""
    for level, name in imported:
        if not level:
            yield name
            continue
        package = module.split(".")
        drop = level - 1 if is_package else level
        yield ".".join([*package[: len(package) - drop], name])


def _with_parents(name: str) -> Iterator[str]:
    """``name`` and the packages it is in, whose code runs when it is imported."""
    while name:
        yield name
        name = name.rpartition(".")[0]
