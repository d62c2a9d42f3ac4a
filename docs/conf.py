"""How Sphinx builds these pages; their examples are run by pytest."""

from __future__ import annotations

import pannier

project = "pannier"
author = "pannier contributors"
copyright = "2026, pannier contributors"
version = release = pannier.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
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
