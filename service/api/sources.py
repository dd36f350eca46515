"""`/v1/sources`: the dated documents that answers are made from, listed by filters and opened whole.

Reads `corpus.store`; the offsets of an answer's citations count code points in the `text` that is served here.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from corpus.document import Document
from corpus.search import SearchFilter
from service.api.answers import problems
from service.api.runtime import ServingRuntime
from service.errors import SourceNotFound
from service.incoming import clean

router = APIRouter(tags=["sources"])


class SourceSummary(BaseModel):
    """A source without its text."""

    id: str = Field(examples=["doc_0c9a5f8e1b2d"])
    kind: Literal["news", "guide"]
    title: str
    publisher: str
    url: str
    published: date = Field(description="Publication date of news, review date of a guide.")
    companies: tuple[str, ...]
    countries: tuple[str, ...]
    topics: tuple[str, ...]
    skills: tuple[str, ...]
    role: str | None = Field(description="Role id of a guide.")


class SourceText(SourceSummary):
    """A source with its text, which the citations of answers point into."""

    text: str


class SourcePage(BaseModel):
    """A page of sources, newest first."""

    items: list[SourceSummary]
    total: int = Field(description="How many sources pass the filters in all.")
    offset: int
    limit: int


class SourceQuery(BaseModel):
    """Filters and the page. A filter that is given several times asks for any of its values."""

    model_config = {"extra": "forbid"}

    company: list[str] = Field(default=[], max_length=50, description="Name or alias of a company.")
    country: list[str] = Field(default=[], max_length=50)
    topic: list[str] = Field(default=[], max_length=50)
    role: list[str] = Field(default=[], max_length=50, description="Role id of a guide.")
    kind: list[Literal["news", "guide"]] = Field(default=[], max_length=2)
    published_from: date | None = Field(default=None, description="Restricts news only, as do the other dates.")
    published_to: date | None = None
    as_of: date | None = Field(default=None, description="Hides news that was published later.")
    q: str = Field(default="", max_length=200, description="Words that the title or the publisher contains.")
    offset: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=50, ge=1, le=200)


@router.get(
    "/v1/sources",
    operation_id="listSources",
    summary="List sources",
    response_model=SourcePage,
    responses={
        200: {"headers": {"Link": {"schema": {"type": "string"}, "description": "RFC 8288: first, prev, next, last"}}},
        **problems(s422="A parameter cannot be used", s503="Not ready yet; see Retry-After"),
    },
)
async def list_sources(
    query: Annotated[SourceQuery, Query()], runtime: ServingRuntime, request: Request, response: Response
) -> SourcePage:
    """List the sources that pass the filters, newest first, a page at a time."""
    entities = runtime.engine.entities
    where = SearchFilter(
        companies=tuple(entities.resolve_company(name) or name for name in map(clean, query.company)),
        countries=tuple(map(clean, query.country)),
        topics=tuple(map(clean, query.topic)),
        roles=tuple(map(clean, query.role)),
        kinds=tuple(query.kind),
        published_from=query.published_from,
        published_to=query.published_to,
        as_of=query.as_of,
    )
    documents, total = await asyncio.to_thread(
        runtime.engine.store.list_documents, where, text=clean(query.q), offset=query.offset, limit=query.limit
    )
    if links := _links(request, query, total):
        response.headers["Link"] = links
    return SourcePage(
        items=[SourceSummary.model_validate(_summary(document)) for document in documents],
        total=total,
        offset=query.offset,
        limit=query.limit,
    )


@router.get(
    "/v1/sources/{source_id}",
    operation_id="getSource",
    summary="Open a source",
    response_model=SourceText,
    responses=problems(s404="No such source", s503="Not ready yet; see Retry-After"),
)
async def get_source(
    source_id: Annotated[str, Path(description="`id` of the source")], runtime: ServingRuntime
) -> SourceText:
    """A source with its whole text."""
    document = await asyncio.to_thread(runtime.engine.store.document, source_id)
    if document is None:
        raise SourceNotFound(source_id)
    return SourceText.model_validate(_summary(document) | {"text": document.text})


def _summary(document: Document) -> dict[str, object]:
    names = ("id", "kind", "title", "publisher", "url", "published", "companies", "countries", "topics", "skills")
    return {name: getattr(document, name) for name in names} | {"role": document.role or None}


def _links(request: Request, query: SourceQuery, total: int) -> str:
    """The Link header (RFC 8288) of a page: relative addresses, with the filters of this one."""
    last = max(0, (total - 1) // query.limit * query.limit)
    offsets = {"first": 0, "last": last}
    if query.offset > 0:
        offsets["prev"] = max(0, min(query.offset - query.limit, last))
    if query.offset + query.limit < total:
        offsets["next"] = query.offset + query.limit
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("offset", "limit")]
    return ", ".join(
        f'<{request.url.path}?{urlencode([*kept, ("offset", offset), ("limit", query.limit)])}>; rel="{relation}"'
        for relation, offset in sorted(offsets.items())
    )
