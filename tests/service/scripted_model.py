"""A server that speaks OpenAI's chat completions over HTTP and does what its script says, faults included.

The scripts are named by the model asked for (`openai/perfect`). A script gets the request and the raw connection, so it
can do what no well-behaved framework would: cut a character in half, stall, or hang up.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PASSAGE = re.compile(r"^\[(\d+)\] (.+?): (.+)$", re.MULTILINE)
HEADING = re.compile(r"^\d+\. \"## (.+?)\" \(", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A request: the model's name, the texts of the conversation, and what can be read from them."""

    model: str
    system: str
    user: str
    body: dict[str, Any]

    @property
    def passages(self) -> dict[int, str]:
        """The numbered passages of the prompt."""
        return {int(number): text for number, _, text in PASSAGE.findall(self.user)}

    @property
    def headings(self) -> list[str]:
        """The headings that the prompt asks for."""
        return HEADING.findall(self.user)


class Reply:
    """Writes a streamed completion, or anything else, to the connection."""

    def __init__(self, writer: asyncio.StreamWriter, stopping: asyncio.Event) -> None:
        self._writer = writer
        self._stopping = stopping

    async def status(self, line: str, body: str, **headers: str) -> None:
        """A whole response that is not a stream."""
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        await self.raw(
            f"HTTP/1.1 {line}\r\nContent-Type: application/json\r\n{told}Content-Length: {len(body.encode())}\r\n"
            f"Connection: close\r\n\r\n{body}".encode()
        )

    async def begin(self) -> None:
        """The head of a stream."""
        await self.raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n"
        )

    async def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def chunk(self, data: bytes) -> None:
        """One chunk of the transfer encoding."""
        await self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def text(self, text: str) -> None:
        """A piece of the completion."""
        await self.chunk(event({"content": text}))

    async def end(self, finish: str = "stop", usage: dict[str, int] | None = None) -> None:
        """The end of a stream as it should be."""
        await self.chunk(event({}, finish))
        if usage:
            await self.chunk(event(None, usage=usage))
        await self.chunk(b"data: [DONE]\n\n")
        await self.raw(b"0\r\n\r\n")

    async def say(self, text: str, usage: dict[str, int] | None = None) -> None:
        """A whole completion, in pieces of a few characters as tokens come."""
        await self.begin()
        for at in range(0, len(text), 4):
            await self.text(text[at : at + 4])
        await self.end(usage=usage)

    async def silence(self) -> None:
        """Nothing, until the server stops or the client hangs up."""
        await self._stopping.wait()


def event(delta: dict[str, str] | None, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    """A server-sent event of the stream."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    body["choices"] = choices
    if usage:
        body["usage"] = usage
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


Script = Callable[[Asked, Reply], Awaitable[None]]


@dataclass
class ScriptedModel:
    """The running server: its address, what it was asked, and the scripts, which a test may add to."""

    url: str
    scripts: dict[str, Script]
    asked: list[Asked] = field(default_factory=list)

    def count(self, model: str) -> int:
        """How often a model was asked."""
        return sum(asked.model == model for asked in self.asked)


@contextmanager
def scripted_model(scripts: dict[str, Script]) -> Iterator[ScriptedModel]:
    """Serve the scripts on a free port of the loopback, in a thread with a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        opened = asyncio.run_coroutine_threadsafe(_opened(scripts), loop).result()
        served, close = opened
        yield served
        asyncio.run_coroutine_threadsafe(close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _opened(scripts: dict[str, Script]) -> tuple[ScriptedModel, Callable[[], Any]]:
    stopping = asyncio.Event()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            async for asked in _requests(reader):
                served.asked.append(asked)
                await served.scripts[asked.model](asked, Reply(writer, stopping))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    served = ScriptedModel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", scripts)

    async def close() -> None:
        stopping.set()
        server.close()
        await asyncio.gather(*connections, return_exceptions=True)

    return served, close


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[Asked]:
    """The one request of a connection: none of the scripts keeps it open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    assert length is not None
    body = json.loads(await reader.readexactly(int(length[1])))
    texts = {message["role"]: message["content"] for message in body["messages"]}
    yield Asked(body["model"], texts.get("system", ""), texts["user"], body)
