"""How Sphinx builds these pages; their examples are run by pytest."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pannier
from pannier.diagnostics import CacheProfiler, Profiler, ResourceProfiler, visualize

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]  # pictures, examples

project = "pannier"
author = "pannier contributors"
copyright = "2026, pannier contributors"
version = release = pannier.__version__

# An example in a directive `{picture}` is shown with the picture it ends in: see pictures.py.
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "pictures"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

highlight_options = {"pycon": {"stripnl": True}}  # doctests in Markdown end in an empty line

html_theme = "furo"
html_title = f"pannier {version}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["pictures.css"]


def setup(app: Any) -> None:
    app.connect("build-finished", make_profile)


def make_profile(app: Any, error: Exception | None) -> None:
    """The profile that is shown in diagnostics.md."""
    if error is not None or app.builder.name != "html":
        return
    files = range(48)
    graph: dict[Any, Any] = {("load", i): (bytes, 2_000_000 + i % 7 * 500_000) for i in files}
    graph |= {("clean", i): (digests, ("load", i), 8 + i % 5) for i in files}
    graph |= {("analyze", i): (digests, [("clean", j) for j in files[i : i + 6]], 40) for i in files[::6]}
    graph["store"] = (list, [("analyze", i) for i in files[::6]])
    with Profiler() as tasks, ResourceProfiler(dt=0.02) as resources, CacheProfiler() as results:
        pannier.get(graph, "store", scheduler="processes", num_workers=2)
    visualize([tasks, resources, results], Path(app.outdir, "_static", "profile.html"), show=False)


def digests(data: bytes | list[bytes], n: int) -> bytes:
    """Something that takes some time."""
    text = data if isinstance(data, bytes) else b"".join(data)
    return (
        b"".join(hashlib.pbkdf2_hmac("sha256", text[:1000], bytes([i]), 2000) for i in range(n))
        + text[: len(text) // 4]
    )
