"""Compressed files as streams of plain bytes, in bounded memory, and the way back.

Every format is read through the same small protocol that :class:`bz2.BZ2Decompressor` has, by one loop
(:func:`decompress`) that joins members, skips the zero padding tapes leave, and never takes a file
that stops in the middle, or goes on with something else, for a whole one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Any, Final, Protocol, cast

from pannier.errors import InputError, UsageError, near_matches
from pannier.frozen import frozen

CHUNK: Final = 1 << 17
"""Bytes to go on with at once at most: they are still in the cache when lines are cut."""


class Decompressor(Protocol):
    """What :mod:`bz2`, :mod:`lzma`, isal and lz4 agree on."""

    @property
    def eof(self) -> bool:
        """Whether the member is complete."""

    @property
    def needs_input(self) -> bool:
        """Whether all output for the input so far was given."""

    @property
    def unused_data(self) -> bytes:
        """What followed the member."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Output for ``data``, at most ``max_length`` bytes now."""


@frozen
class Codec:
    """A compression format."""

    name: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...]
    """What a file of this format begins with."""
    decompressor: Callable[[], Decompressor]
    writer: Callable[[IO[bytes]], AbstractContextManager[Any]]
    """A file object that compresses into another, which it leaves open."""


def infer(path: str) -> str | None:
    """The format that the suffix of ``path`` stands for; None for any other suffix.

    >>> infer("2015-01-01-0.json.gz"), infer("a.json"), infer("https://host/a.json.gz?version=3")
    ('gzip', None, 'gzip')
    """
    if path.startswith(("http://", "https://")):
        path = path.partition("?")[0]
    for codec in CODECS.values():
        if path.lower().endswith(codec.suffixes):
            return codec.name
    return None


def resolve(compression: str | None, path: str) -> str | None:
    """The format of ``path`` under the option ``compression``: None, a name or "infer".

    Raises :class:`~pannier.errors.UsageError` for an unknown name.

    >>> resolve("infer", "a.xz"), resolve(None, "a.xz"), resolve("lz4", "a")
    ('xz', None, 'lz4')
    """
    if compression == "infer":
        return infer(path)
    if compression is not None and compression not in CODECS:
        known = ", ".join(map(repr, CODECS))
        raise UsageError(
            f"unknown compression {compression!r}{near_matches(compression, CODECS)};"
            f" known are 'infer', {known} and None"
        )
    return compression


def sniff(head: bytes) -> str | None:
    r"""The format a file that begins with ``head`` is surely in, by its magic number.

    >>> sniff(b"\x1f\x8b\x08\x00"), sniff(b"BZh is a word")
    ('gzip', None)
    """
    for codec in CODECS.values():
        if head.startswith(codec.magic):
            return codec.name
    return None


def check_installed(compression: str | None) -> None:
    """Nothing, if files in this format can be read here.

    Raises ImportError with the command that installs what is missing.
    """
    if compression is not None:
        CODECS[compression].decompressor()


def decompress(pieces: Iterable[bytes], compression: str, path: str) -> Iterator[bytes]:
    """The plain bytes of a compressed file, in chunks of at most :data:`CHUNK`.

    ``pieces`` are the file's bytes in order; ``path`` is for errors only.  Raises
    :class:`~pannier.errors.InputError` where the data is damaged, is not in this format or ends too
    early, after everything good before that point was given.
    """
    codec = CODECS[compression]
    decoder: Decompressor | None = None
    members = good = 0
    head = b""
    for piece in pieces:
        head = head or piece
        data = piece
        while data or not (decoder is None or decoder.needs_input):
            if decoder is None:
                # Between members zeros are padding, as gzip and xz have it.
                data = data.lstrip(b"\0") if members else data
                if not data:
                    break
                decoder = codec.decompressor()
            try:
                chunk = decoder.decompress(data, CHUNK)
            except Exception as error:  # each library has its own
                raise _damaged(codec, path, members, good, data) from error
            data = b""
            good += len(chunk)
            for start in range(0, len(chunk), CHUNK):
                yield chunk[start : start + CHUNK]
            if decoder.eof:
                data, decoder, members = decoder.unused_data, None, members + 1
    if decoder is not None:
        if good == members == 0 and not head.startswith(codec.magic[:2]):
            raise _damaged(codec, path, members, good, head)
        raise InputError(
            f"{path}: the {codec.name} data ends before its end mark, after {good:,} good bytes"
            " (decompressed); the file was probably not written or copied completely"
        )


def compressing(file: IO[bytes], compression: str | None) -> AbstractContextManager[IO[bytes]]:
    """A file whose writes arrive compressed in ``file``; closing it does not close ``file``.

    The same bytes give the same file: no time stamps.
    """
    if compression is None:
        return nullcontext(file)
    return cast("AbstractContextManager[IO[bytes]]", CODECS[compression].writer(file))


def _damaged(codec: Codec, path: str, members: int, good: int, data: bytes) -> InputError:
    if good == members == 0:
        actual = sniff(data)
        if actual != codec.name:
            looks = f"looks like {actual}" if actual else "does not look compressed"
            return InputError(
                f"{path}: this is not {codec.name} data: it {looks};"
                f" pass compression={actual!r} or give the file its right suffix"
            )
    return InputError(
        f"{path}: the {codec.name} data is damaged after {good:,} good bytes (decompressed);"
        " compare the file with where it came from"
    )


def _optional(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"reading or writing {extra} files needs the package {module.partition('.')[0]!r}:"
            f" pip install 'pannier[{extra}]'"
        ) from error


def _read_gzip() -> Decompressor:
    from isal import igzip_lib

    return cast("Decompressor", igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def _write_gzip(file: IO[bytes]) -> AbstractContextManager[Any]:
    from isal import igzip

    writer: Any = igzip.IGzipFile
    return cast("AbstractContextManager[Any]", writer(filename="", mode="wb", fileobj=file, mtime=0))


def _read_bz2() -> Decompressor:
    import bz2

    return bz2.BZ2Decompressor()


def _write_bz2(file: IO[bytes]) -> AbstractContextManager[Any]:
    import bz2

    return bz2.BZ2File(file, "wb")


def _read_xz() -> Decompressor:
    import lzma

    return lzma.LZMADecompressor()


def _write_xz(file: IO[bytes]) -> AbstractContextManager[Any]:
    import lzma

    return lzma.LZMAFile(file, "wb")


class _Zstd:
    """The zstandard decompressor, which takes no limit, in the protocol's shape.

    Repeated lines compress 10,000 to 1, so it is given little at a time: as much as makes about the
    wanted output, going by what it made before.
    """

    _MOST: Final = 1 << 12
    """Bytes to give it at once at most: what they may become, some 40 MB, is bounded enough."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._waiting = memoryview(b"")
        self._step = self._MOST // 8

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        return not self._waiting

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data) + bytes(self._waiting)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if data:
            self._waiting = memoryview(bytes(self._waiting) + data)
        some, self._waiting = self._waiting[: self._step], self._waiting[self._step :]
        made: bytes = self._inner.decompress(some)
        if 0 <= max_length < len(made):
            self._step = max(1, self._step * max_length // len(made))
        else:
            self._step = min(2 * self._step, self._MOST)
        return made


def _read_zstd() -> Decompressor:
    return _Zstd(_optional("zstandard", "zstd").ZstdDecompressor().decompressobj())


def _write_zstd(file: IO[bytes]) -> AbstractContextManager[Any]:
    compressor = _optional("zstandard", "zstd").ZstdCompressor()
    return cast("AbstractContextManager[Any]", compressor.stream_writer(file, closefd=False))


def _read_lz4() -> Decompressor:
    import lz4.frame

    return cast("Decompressor", lz4.frame.LZ4FrameDecompressor())


def _write_lz4(file: IO[bytes]) -> AbstractContextManager[Any]:
    import lz4.frame

    return cast("AbstractContextManager[Any]", lz4.frame.LZ4FrameFile(file, "wb"))


CODECS: Final[dict[str, Codec]] = {
    codec.name: codec
    for codec in (
        Codec("gzip", (".gz", ".bgz"), (b"\x1f\x8b\x08",), _read_gzip, _write_gzip),
        Codec("bz2", (".bz2",), tuple(b"BZh%d1AY&SY" % n for n in range(1, 10)), _read_bz2, _write_bz2),
        Codec("xz", (".xz",), (b"\xfd7zXZ\0",), _read_xz, _write_xz),
        Codec("zstd", (".zst",), (b"\x28\xb5\x2f\xfd",), _read_zstd, _write_zstd),
        Codec("lz4", (".lz4",), (b"\x04\x22\x4d\x18",), _read_lz4, _write_lz4),
    )
}
"""The known formats by name."""
