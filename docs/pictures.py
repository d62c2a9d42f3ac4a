"""The directive ``picture``: an example that ends in a picture, and the picture.

In a page, as a doctest like all others, so the tests run it too::

    ```{picture}
    >>> import pannier as pn
    >>> pn.from_sequence(range(4), npartitions=2).sum().visualize()
    <Picture of ...>

    ```

When the pages are built, the examples of the page up to there are run, in an empty folder and by the ``sync``
scheduler, as in the tests (``conftest.py``).  What the last line of the directive gives is shown below it, as SVG;
its code is shown as it stands, without what it prints, or with ``:hidden:`` not at all.  A caption is the argument.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from pannier import config
from pannier.diagnostics.draw.picture import Picture


class PictureDirective(SphinxDirective):
    """See the module."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"hidden": directives.flag}

    def run(self) -> list[nodes.Node]:
        page = Path(self.env.doc2path(self.env.docname))
        code = "\n".join(self.content)
        picture = self._shown(page, code)
        image = nodes.raw("", f'<div class="picture">{picture.svg}</div>', format="html")
        figure = nodes.figure("", image)
        if self.arguments:
            figure += nodes.caption("", self.arguments[0])
        if "hidden" in self.options:
            return [figure]
        sources = [example.source for example in doctest.DocTestParser().get_examples(code)]
        return [nodes.literal_block(text := "".join(map(_prompted, sources)), text, language="pycon"), figure]

    def _shown(self, page: Path, code: str) -> Picture:
        """What the last example of ``code`` gives, after those of the page above it."""
        text = page.read_text(encoding="utf-8")
        end = text.find(code)
        if end < 0:
            raise self.error("the examples of this directive are not found in the page as they stand")
        examples = doctest.DocTestParser().get_examples(text[: end + len(code)])
        names: dict[str, Any] = {"__name__": "__main__"}
        with _empty_folder(), config.set(scheduler="sync"), contextlib.redirect_stdout(io.StringIO()):
            for example in examples[:-1]:
                try:
                    exec(compile(example.source, str(page), "single"), names)
                except Exception:
                    if example.exc_msg is None:  # an error that the page does not show
                        raise
            picture = eval(examples[-1].source, names)
        if not isinstance(picture, Picture):
            raise self.error(f"the last line gives no picture, but {picture!r:.100}")
        return picture


def _prompted(source: str) -> str:
    first, *others = source.rstrip("\n").split("\n")
    return "\n".join([f">>> {first}", *(f"... {line}" for line in others)]) + "\n"


@contextlib.contextmanager
def _empty_folder() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("picture", PictureDirective)
    return {"parallel_read_safe": True}
