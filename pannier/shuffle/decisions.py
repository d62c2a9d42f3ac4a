"""What a barrier has decided, for the rest of the run.

When a file is lost, the split that wrote it runs again, then the barrier, then the gathers that are not done.  A split
may come out with other sizes than before: what records share makes their pickle smaller, and a user's function need
not be the same each time.  Were the barrier to decide by the new sizes, a bucket could go to a gather that is done
already, and get lost, or to a second one.  So it decides once, and what it decided is kept in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from pannier import host
from pannier.errors import LostResult
from pannier.shuffle.codec import checksum, decode, encode
from pannier.shuffle.store import Frame, full

T = TypeVar("T")

_FOLDER: Final = "decisions"
_CHECKSUM_BYTES: Final = 4


def once(name: str, frames: Iterable[Frame], decide: Callable[[], T]) -> T:
    """What ``decide()`` returned when it was first asked for under this ``name`` in this run.

    It is about ``frames``; where these have never been in files, none can be lost, and nothing is kept.
    Raises :class:`~pannier.errors.LostResult` if the file that keeps it has been changed.

    >>> import tempfile
    >>> frames = [Frame("/a", b"", 0, 7, 7, 1, 0)]
    >>> with tempfile.TemporaryDirectory() as folder, host.entered(host.Host(folder, 0)):
    ...     [once("a", frames, lambda: 1), once("a", frames, lambda: 2), once("b", [], lambda: 3)]
    [1, 1, 3]
    """
    here = host.current()
    if here is None:
        return decide()
    path = Path(here.folder, _FOLDER, name)
    if not any(frame.path for frame in frames) and not path.exists():
        return decide()
    try:
        stored = path.read_bytes()
    except FileNotFoundError:
        decision = decide()
        _keep(path, encode(decision), here)
        return decision
    blob = stored[_CHECKSUM_BYTES:]
    if stored[:_CHECKSUM_BYTES] != _summed(blob):
        raise LostResult(
            f"the file {path}, in which a shuffle keeps what goes where, has changed. Something else writes to its "
            "folder, or the disk is failing; the setting spill_folder names another place"
        )
    return decode(blob)  # type: ignore[no-any-return]


def _keep(path: Path, blob: bytes, here: host.Host) -> None:
    """Write ``blob``, all or nothing: the process may die meanwhile, and another one take its place."""
    aside = Path(here.new_path(_FOLDER))
    try:
        aside.write_bytes(_summed(blob) + blob)
        aside.replace(path)
    except OSError as error:
        raise full(error, here.folder) from None


def _summed(blob: bytes) -> bytes:
    return checksum(blob).to_bytes(_CHECKSUM_BYTES, "big")
