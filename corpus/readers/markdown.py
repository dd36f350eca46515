"""Front-matter Markdown files → `Document`: the format of the shipped corpus (`corpus/README.md`).

First station on the way of a document: a file under `articles/` is dated news, a file under `guides/` is a role
guide. `corpus.split` comes next. The body is taken as it stands, so that offsets in `Document.text` can be checked
against the file; only the newlines around it are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from pydantic.types import Strict

from corpus.document import Document, document_id
from corpus.errors import CorpusFileError

GUIDE_PUBLISHER = "InterviewAlly guide"
"""Publisher shown for role guides, which are the product's own text."""

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<front>.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|igshid", re.IGNORECASE)

_Text = Annotated[StrictStr, Field(min_length=1)]
_Names = tuple[_Text, ...]
_Date = Annotated[date, Strict()]


class NameResolver(Protocol):
    """Knows the canonical company behind a name; `corpus.entities.Entities` is one."""

    def canonical_company(self, name: str) -> str | None:
        """Return the canonical name, or None for a name that is not known."""


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Text


class _NewsFrontMatter(_FrontMatter):
    publisher: _Text
    url: Annotated[StrictStr, Field(pattern=r"^https?://[^\s/]+\.[^\s/]+")]
    published: _Date
    companies: _Names = ()
    countries: _Names = ()
    topics: _Names = ()
    skills: _Names = ()


_Model = TypeVar("_Model", bound=_FrontMatter)


class _GuideSource(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Text
    publisher: _Text
    url: _Text


class _GuideFrontMatter(_FrontMatter):
    role: Annotated[StrictStr, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    reviewed: _Date
    aliases: _Names = ()
    skills: _Names = ()
    sources: tuple[_GuideSource, ...] = ()


def read_document(path: Path, entities: NameResolver | None = None) -> Document:
    """Read one file; its folder (`articles` or `guides`) says which kind it is.

    `entities` turns the front matter's company names into canonical ones; without it they are kept as written.

    Raises:
        CorpusFileError: the file is not UTF-8, has no front matter, lacks a field or has a wrong one, has no body,
            lies in another folder, or names a company that `entities` does not know.
    """
    front, text = _parse(path)
    if path.parent.name == "guides":
        return _guide(path, _validated(_GuideFrontMatter, front, path), text)
    if path.parent.name == "articles":
        return _news(path, _validated(_NewsFrontMatter, front, path), text, entities)
    raise CorpusFileError(path, "lies neither in articles/ nor in guides/; move it into one of these folders.")


def source_files(root: Path) -> list[Path]:
    """The corpus files under `root` (`articles/*.md`, then `guides/*.md`), in name order."""
    return [path for folder in ("articles", "guides") for path in sorted((root / folder).glob("*.md"))]


def read_folder(root: Path, entities: NameResolver | None = None) -> Iterator[Document]:
    """Read every corpus file under `root`, in the order of `source_files`.

    Raises:
        CorpusFileError: as `read_document` does, at the first file that cannot be used.
    """
    seen: set[str] = set()
    for path in source_files(root):
        document = distinct(read_document(path, entities), seen)
        seen.add(document.id)
        yield document


def distinct(document: Document, taken: set[str]) -> Document:
    """Return `document`, named after its path instead of its address when another one already has its id.

    One page can be the source of two briefs. Files are read in name order, which begins with the date, so the older
    brief keeps the address's id when a newer one is added.
    """
    if document.id not in taken:
        return document
    return replace(document, id=document_id(f"path:{document.path}"))


def canonical_url(url: str) -> str:
    """The same address without what does not change the page: fragment, tracking parameters, letter case of the host.

    The path's letter case and its other parameters are kept, since servers may tell them apart.
    """
    parts = urlsplit(url.strip())
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)])
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), query, ""))


def _parse(path: Path) -> tuple[dict[str, Any], str]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusFileError(path, f"is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except OSError as error:
        raise CorpusFileError(path, f"cannot be read ({error.strerror}).") from error
    match = _FRONT_MATTER.match(content)
    if match is None:
        raise CorpusFileError(path, "has no front matter; begin the file with '---', its fields, and '---'.")
    try:
        front = yaml.load(match["front"], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise CorpusFileError(
            path, f"has front matter that is not YAML ({problem}); quote values with ': '."
        ) from error
    except ValueError as error:  # a value that looks like a date and is none
        raise CorpusFileError(path, f"has an impossible date ({error}); write it as YYYY-MM-DD.") from error
    if not isinstance(front, dict):
        raise CorpusFileError(path, "has front matter without fields; write one 'name: value' a line.")
    text = content[match.end() :].strip("\n")
    if not text.strip():
        raise CorpusFileError(path, "has no text after the front matter; write the brief or delete the file.")
    return front, text


def _validated(model: type[_Model], front: dict[str, Any], path: Path) -> _Model:
    try:
        return model.model_validate(front)
    except ValidationError as error:
        problems = "; ".join(
            f"'{'.'.join(str(part) for part in item['loc'])}': {item['msg'][0].lower()}{item['msg'][1:]}"
            for item in error.errors()
        )
        raise CorpusFileError(path, f"front matter: {problems}. corpus/README.md describes every field.") from error


def _news(path: Path, front: _NewsFrontMatter, text: str, entities: NameResolver | None) -> Document:
    return Document(
        id=document_id(canonical_url(front.url)),
        kind="news",
        title=front.title,
        publisher=front.publisher,
        url=front.url,
        published=front.published,
        text=text,
        path=_relative(path),
        companies=_canonical(front.companies, entities, path),
        countries=front.countries,
        topics=front.topics,
        skills=front.skills,
    )


def _guide(path: Path, front: _GuideFrontMatter, text: str) -> Document:
    return Document(
        id=document_id(f"guide:{front.role}"),
        kind="guide",
        title=front.title,
        publisher=GUIDE_PUBLISHER,
        url="",
        published=front.reviewed,
        text=text,
        path=_relative(path),
        skills=front.skills,
        role=front.role,
    )


def _relative(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _canonical(names: _Names, entities: NameResolver | None, path: Path) -> tuple[str, ...]:
    if entities is None:
        return names
    found: list[str] = []
    for name in names:
        canonical = entities.canonical_company(name)
        if canonical is None:
            raise CorpusFileError(
                path,
                f"front matter: company {name!r} is not in corpus/entities.yaml; add it there or correct the name.",
            )
        found.append(canonical)
    return tuple(dict.fromkeys(found))
