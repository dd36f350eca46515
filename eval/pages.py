"""Self-contained HTML pages: a template of `eval/templates` with styles and script inside, and nothing from elsewhere.

What is shown comes from outside: answers, sources, questions. Templates escape all of it, links are made of web
addresses alone, and the page's content security policy lets no other script run than its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eval.glossary import GROUPS, QUESTION_TYPES, TERMS, explained
from eval.plots import WIDTH, whisker
from service.answering.figures import spoken

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).parent / "templates"


def page(template: str, values: Mapping[str, Any]) -> str:
    """The page of a template file, with `values` as its variables."""
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return _environment().get_template(template).render(**values, style=style, script=script, policy=policy)


def web_address(url: str) -> str:
    """The address if it is one of the web, else "": a link must not run a script."""
    return url if url.startswith(("https://", "http://")) else ""


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"spoken": spoken, "web_address": web_address, "explained": explained}
    environment.globals |= {
        "groups": GROUPS, "question_types": QUESTION_TYPES, "terms": TERMS, "whisker": whisker, "width": WIDTH,
    }  # fmt: skip
    return environment


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
