"""What is evaluated: the engine in this process, a server of ours, a chat endpoint, or a recorded transcript.

Every target turns a golden question into a `Response`, so that the same judges and metrics serve all of them. A target
never raises for one question: what went wrong becomes `Response.error`. `run` asks them, `judging` judges.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from pydantic import TypeAdapter

import prompts
from corpus.search import SearchFilter, SearchQuery
from corpus.split import sentence_spans
from eval import jsonl
from eval.errors import RunError
from eval.golden import GoldenQuestion
from eval.records import CitedWords, NamedSource, Response, Said, Timings
from eval.sources import with_ids
from service.answering.answer import Answer, AnswerEvent, AnswerRequest, Turn
from service.answering.engine import Engine, collected

if TYPE_CHECKING:
    import httpx

ATTEMPTS: Final = 4
"""Times that a request is sent before its question counts as failed."""
LONGEST_WAIT_S = 20.0
"""Longest pause between two attempts; pauses grow at random up to it."""
TIMEOUT_S: Final = 120.0
CHAT_PASSAGES: Final = 10
"""Passages that a chat endpoint is given to answer from."""
NO_ANSWER: Final = "NO ANSWER"
_MARK = re.compile(r"\s*\[(\d{1,3})\]")
_EVENTS: TypeAdapter[AnswerEvent] = TypeAdapter(AnswerEvent)

_T = TypeVar("_T")
Resolve = Callable[[str], str | None]


class Target(Protocol):
    """Answers golden questions."""

    @property
    def name(self) -> str:
        """As it stands in the run's configuration."""

    @property
    def fingerprint(self) -> str:
        """What its answers depend on besides the question; "" when that is not known, and nothing may be cached."""

    async def ask(self, question: GoldenQuestion) -> Response:
        """The answer; never raises for what goes wrong with one question."""

    async def close(self) -> None:
        """Give everything back."""


class EngineTarget:
    """The engine in this process."""

    name = "engine"

    def __init__(self, engine: Engine, fingerprint: str) -> None:
        self._engine = engine
        self.fingerprint = fingerprint

    async def ask(self, question: GoldenQuestion) -> Response:
        """Ask the engine."""
        try:
            return await _timed(self._engine.answer(request_of(question)), self._engine.entities.resolve_company)
        except Exception as error:
            # A fault of the engine is a result of the evaluation, not the end of it.
            return Response(error=f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """The engine belongs to whoever opened it."""


class HttpTarget:
    """A server of ours, by its address. Answers are streamed, so that the first event can be timed."""

    fingerprint = ""

    def __init__(self, url: str, resolve: Resolve, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`resolve` gives the canonical name of a company as the server calls it; `transport` replaces the network."""
        self._client = _client(url, transport=transport)
        self._resolve = resolve
        self.name = url

    async def ask(self, question: GoldenQuestion) -> Response:
        """POST the question to `/v1/answers`, again when the server is busy or out of reach."""
        return await _with_retries(
            lambda: _timed(self._events(question), self._resolve), lambda error: Response(error=error)
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _events(self, question: GoldenQuestion) -> AsyncIterator[AnswerEvent]:
        from httpx_sse import aconnect_sse

        body = request_of(question).model_dump(mode="json", exclude_defaults=True)
        async with aconnect_sse(self._client, "POST", "/v1/answers", json=body) as stream:
            if stream.response.is_error:
                await stream.response.aread()
            stream.response.raise_for_status()
            async for event in stream.aiter_sse():
                if event.event == "answer.failed":
                    raise RunError(str(json.loads(event.data).get("detail", "The answer failed.")))
                yield _EVENTS.validate_json(event.data)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote, with what it took; `error` says in a sentence why there is nothing."""

    text: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_ms: float | None = None
    error: str = ""


class Chat:
    """An OpenAI-compatible chat endpoint."""

    def __init__(self, url: str, model: str, key: str = "", transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`url` ends before `/chat/completions`; `key` is the bearer token; `transport` replaces the network."""
        self._client = _client(url, {"Authorization": f"Bearer {key}"} if key else None, transport)
        self.model = model

    async def say(self, messages: Sequence[dict[str, str]]) -> Reply:
        """The model's reply, as repeatable as the endpoint allows (temperature 0)."""
        return await _with_retries(lambda: self._complete(messages), lambda error: Reply(error=error))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _complete(self, messages: Sequence[dict[str, str]]) -> Reply:
        started = perf_counter()
        body = {"model": self.model, "temperature": 0, "messages": list(messages)}
        reply = await self._client.post("chat/completions", json=body)
        reply.raise_for_status()
        told = reply.json()
        usage = told.get("usage") or {}
        return Reply(
            text=told["choices"][0]["message"]["content"] or "",
            prompt_tokens=usage.get("prompt_tokens", 0),
            completion_tokens=usage.get("completion_tokens", 0),
            total_ms=(perf_counter() - started) * 1e3,
        )


class ChatTarget:
    """A chat endpoint that is given the passages which our search finds, and cites them by number."""

    def __init__(self, chat: Chat, url: str, engine: Engine) -> None:
        """`engine` finds the passages; `url` names the endpoint in the run."""
        self._chat = chat
        self._engine = engine
        self._prompt = prompts.load("eval_chat")
        self.name = f"chat:{url} {chat.model}"
        self.prompts = (self._prompt.id,)
        self.fingerprint = f"{self.name} {self._prompt.id} {engine.store.sequence()}"

    async def ask(self, question: GoldenQuestion) -> Response:
        """Search, then ask the model to answer from what was found."""
        sources = await asyncio.to_thread(self._passages, question)
        prompt = self._prompt.render(
            token=secrets.token_hex(6),
            today=question.day.isoformat(),
            sources=[source.model_dump() | {"text": text} for source, text in sources],
            question=question.question,
        )
        reply = await self._chat.say(
            [
                {"role": "system", "content": prompt["system"]},
                *({"role": "user", "content": text} for text in (*question.history, prompt["user"])),
            ]
        )
        if reply.error:
            return Response(error=reply.error)
        return response_of_text(reply.text, [source for source, _ in sources]).model_copy(
            update={
                "model": self._chat.model,
                "prompts": self.prompts,
                "prompt_tokens": reply.prompt_tokens,
                "completion_tokens": reply.completion_tokens,
                "timings": Timings(total_ms=reply.total_ms),
            }
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._chat.close()

    def _passages(self, question: GoldenQuestion) -> list[tuple[NamedSource, str]]:
        if question.passages:
            return [
                (
                    NamedSource(document=each.id, title=each.title, publisher=each.publisher, published=each.published),
                    each.text,
                )
                for each in with_ids(question).passages
            ]
        text = " ".join((*question.history[-1:], question.question))
        links = self._engine.entities.link(text)
        hits = self._engine.searcher.search(
            SearchQuery(
                text,
                SearchFilter(as_of=question.day),
                companies=links.companies,
                skills=links.skills,
                topics=links.topics,
                countries=links.countries,
                roles=links.roles,
                limit=CHAT_PASSAGES,
            )
        )
        return [
            (
                NamedSource(
                    document=hit.document.id,
                    kind=hit.document.kind,
                    title=hit.document.title,
                    publisher=hit.document.publisher,
                    url=hit.document.url,
                    published=hit.document.published,
                ),
                hit.passage.text,
            )
            for hit in hits
        ]


class TranscriptTarget:
    """Answers that another system gave before, one JSON object a line with the question's `id`.

    Beside the id stands one of: `sections`, an answer as `POST /v1/answers` gives it; `statements`, a `Response`; or
    `text`, prose with marks like [1] and `sources` as a list of documents (id, file name or address) in their order.
    A follow-up's answer to its standalone twin has the id with `#standalone` behind it.
    """

    def __init__(self, path: Path, resolve: Resolve) -> None:
        """Read the whole file.

        Raises:
            RunError: it cannot be read, or a line is none of the three.
        """
        self.name = path.name
        self._answers: dict[str, Response] = {}
        try:
            for row in jsonl.rows(path):
                self._answers[str(row["id"])] = _recorded(row, resolve)
        except OSError as error:
            raise RunError(f"{path}: cannot be read ({error.strerror}).") from None
        except (KeyError, ValueError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise RunError(f"{path.name}, line {len(self._answers) + 1}: not a recorded answer ({reason}).") from None
        self.fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()

    async def ask(self, question: GoldenQuestion) -> Response:
        """The recorded answer."""
        return self._answers.get(question.id, Response(error="The transcript has no answer to this question."))

    async def close(self) -> None:
        """Nothing to give back."""


def request_of(question: GoldenQuestion) -> AnswerRequest:
    """A golden question as the engine and the API take it."""
    return AnswerRequest(
        question=question.question,
        as_of=question.day,
        history=tuple(Turn(question=text) for text in question.history),
        passages=with_ids(question).passages,
        trace=True,
    )


def response_of(answer: Answer, resolve: Resolve) -> Response:
    """An answer of ours as a `Response`; `resolve` finds the canonical name of a company that came without it."""
    ids = {source.n: source.id for source in answer.sources}
    understood = answer.understanding
    return Response(
        statements=tuple(
            Said(
                text=statement.text,
                kind=statement.kind,
                section=section.title,
                citations=tuple(
                    CitedWords(document=ids.get(citation.source, ""), quote=citation.quote)
                    for citation in statement.citations
                ),
                released=statement.released,
            )
            for section in answer.sections
            for statement in section.statements
        ),
        sources=tuple(
            NamedSource(
                document=each.id,
                kind=each.kind,
                title=each.title,
                publisher=each.publisher,
                url=each.url,
                published=each.published,
            )
            for each in answer.sources
        ),
        abstained=answer.abstained,
        abstention_reason=answer.abstention_reason or "",
        companies=tuple(each.id or resolve(each.name) or each.name for each in understood.companies),
        roles=tuple(role.id for role in understood.roles),
        standalone_question=answer.standalone_question,
        refused=tuple((each.text, each.reason) for each in answer.withheld or ()),
        withheld_count=answer.withheld_count,
        model=answer.model or "",
        prompts=answer.prompts,
        prompt_tokens=answer.usage.prompt_tokens,
        completion_tokens=answer.usage.completion_tokens,
        cost_usd=answer.usage.cost_usd,
        timings=Timings(total_ms=answer.timings_ms.get("total")),
    )


def response_of_text(text: str, sources: Sequence[NamedSource]) -> Response:
    """Prose with marks like [1] as a `Response`: a statement a sentence, citing documents without quoting them.

    Marks that stand before or behind the full stop belong to their sentence. `NO ANSWER` is an abstention.
    """
    if not text.strip() or text.strip().rstrip(".").upper() == NO_ANSWER:
        return Response(abstained=True)
    statements: list[Said] = []
    # Marks behind a full stop would open the next sentence; before it they are still in their own.
    lines = [re.sub(r"([.!?])((?:[ \t]*\[\d{1,3}\])+)", r"\2\1", line) for line in text.splitlines()]
    for sentence in (line[start:end] for line in lines for start, end in sentence_spans(line)):
        said = _MARK.sub("", sentence).strip(" -*•")
        if any(character.isalnum() for character in said):
            cited = dict.fromkeys(int(number) for number in _MARK.findall(sentence))
            names = [sources[number - 1].document if 0 < number <= len(sources) else f"[{number}]" for number in cited]
            statements.append(Said(text=said, citations=tuple(CitedWords(document=name) for name in names)))
    return Response(statements=tuple(statements), sources=tuple(sources))


def _recorded(row: dict[str, Any], resolve: Resolve) -> Response:
    fields = {name: value for name, value in row.items() if name != "id"}
    if "sections" in fields:
        return response_of(Answer.model_validate(row), resolve)
    if "text" in fields:
        named = [NamedSource(document=str(name)) for name in fields.get("sources", ())]
        said = response_of_text(str(fields["text"]), named)
        return said.model_copy(update={"abstained": said.abstained or bool(fields.get("abstained", False))})
    return Response.model_validate(fields)


async def _timed(events: AsyncIterator[AnswerEvent], resolve: Resolve) -> Response:
    """The answer that events tell, with the times at which the first and the last of them came."""
    started = perf_counter()
    first: float | None = None

    async def watched() -> AsyncIterator[AnswerEvent]:
        nonlocal first
        async for event in events:
            first = first if first is not None else (perf_counter() - started) * 1e3
            yield event

    answer = await collected(watched())
    total = (perf_counter() - started) * 1e3
    return response_of(answer, resolve).model_copy(update={"timings": Timings(first_event_ms=first, total_ms=total)})


async def _with_retries(ask: Callable[[], Awaitable[_T]], failed: Callable[[str], _T]) -> _T:
    """Ask again while the server is out of reach, busy or faulty; then `failed` with a sentence on why."""
    import httpx
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

    def is_passing(error: BaseException) -> bool:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code == 429 or error.response.status_code >= 500
        return isinstance(error, httpx.TransportError)

    try:
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_S),
            retry=retry_if_exception(is_passing),
            reraise=True,
        ):
            with attempt:
                return await ask()
    except (httpx.HTTPError, KeyError, IndexError, TypeError, ValueError, RunError) as error:
        return failed(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no details'}")
    raise AssertionError("a retry either returns or raises")


def _client(
    url: str, headers: dict[str, str] | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """The client of a target over HTTP.

    Raises:
        RunError: what it needs is not installed.
    """
    try:
        import httpx
        import httpx_sse  # noqa: F401  found missing here, not at the first question
        import tenacity  # noqa: F401
    except ModuleNotFoundError as error:
        raise RunError(f"{error.name} is missing; install interviewally[eval] to evaluate servers.") from None
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S, transport=transport)
