"""Sets a report as one HTML page: no script, no font, no request, nothing but itself."""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from logan.outputs.report.content import ReportContent
from logan.outputs.text import printable

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render_page(content: ReportContent) -> str:
    """The page. Everything that comes from logs is escaped, as HTML and against what moves text."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = _environment().get_template("report.html.j2")
    return template.render(report=content, style=Markup(style), style_hash=digest)  # noqa: S704


@cache
def _environment() -> Environment:
    """Where templates are found and how they are filled in; each is compiled once."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )


def _finalize(value: object) -> object:
    """Text without what steers a terminal, hides, or turns the direction of reading."""
    return printable(value) if type(value) is str else value
