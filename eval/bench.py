"""Measure speed and memory on the shipped corpus: `python -m eval.bench` (or `make bench`).

One run builds a fresh data folder, indexes the corpus, and then times what users wait for. Every line gives the
median and the 95th percentile; ratios are taken within the run, so they hold on any machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from rich.console import Console
from rich.table import Table

QUESTIONS = (
    "how do I prepare for a sensor-fusion role at Honda's AI venture?",
    "How much is Noetra getting from the state?",
    "compare Waymo and Wayve",
    "timeline of SpaceX deals",
    "what changed at NVIDIA since 1 March 2026?",
    "which skills does the Japanese robot AI company need?",
    "what should I ask the Hugging Face robotics people? robot learning role",
    "practice questions for a functional safety engineer",
    "tell me about Figure AI",
    "what did Hyundai pay for Boston Dynamics?",
)
AS_OF = date(2026, 11, 24)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench and print its table; 0 when everything could be measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each question is asked (default 5)")
    parser.add_argument("--starts", type=int, default=5, help="how often a process is started (default 5)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ally-bench-") as folder:
        environment = os.environ | {"ALLY_DATA_DIR": folder, "HF_HUB_OFFLINE": "1", "ALLY_LOG_LEVEL": "error"}
        rows = [*_indexing(environment), *_starts(environment, options.starts)]
        os.environ.update(environment)
        rows += asyncio.run(_answers(options.rounds))
    _print(rows)
    return 0


Row = tuple[str, str, list[float], str]


def _indexing(environment: dict[str, str]) -> list[Row]:
    """The first sync (which exports the model as well) and one that has nothing to do."""
    command = [sys.executable, "-m", "service.cli", "sync"]
    first = _seconds(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))
    again = [
        _seconds(lambda: subprocess.run(command, env=environment, check=True, capture_output=True)) for _ in range(3)
    ]
    embedding = _seconds(
        lambda: subprocess.run([*command, "--rebuild"], env=environment, check=True, capture_output=True)
    )
    return [
        ("first sync: export the model, embed and index all", "s", [first], ""),
        ("sync with nothing changed", "s", again, f"{first / statistics.median(again):.0f}x faster than the first"),
        ("rebuild both indexes from the store", "s", [embedding], ""),
    ]


def _starts(environment: dict[str, str], count: int) -> list[Row]:
    """Cold starts: the first printed line of `ally ask`, a served answer, and what importing torch alone costs."""
    ask = [sys.executable, "-m", "service.cli", "ask", "--as-of", AS_OF.isoformat(), QUESTIONS[0]]
    first_line = [_until_first_line(ask, environment) for _ in range(count)]
    baseline = _seconds(
        lambda: subprocess.run([sys.executable, "-c", "import sentence_transformers"], env=environment, check=True)
    )
    ready, resident = zip(*(_until_ready(environment) for _ in range(max(1, count // 2))), strict=True)
    return [
        ("import sentence_transformers (for comparison)", "s", [baseline], ""),
        ("`ally ask`: start to first line", "s", first_line, f"{baseline / statistics.median(first_line):.1f}x faster"),
        ("`ally serve`: start to ready, indexes built", "s", list(ready), "target < 3 s"),
        ("resident memory of the server after 10 answers", "MB", list(resident), "target < 600 MB"),
    ]


async def _answers(rounds: int) -> list[Row]:
    """What a question costs in a running engine."""
    from corpus.embed import load_embedder
    from corpus.search import SearchQuery
    from service.answering.answer import AnswerRequest
    from service.answering.engine import open_engine
    from service.settings import load_settings

    settings = load_settings()
    engine = open_engine(settings)
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    requests = [AnswerRequest(question=question, as_of=AS_OF) for question in QUESTIONS]
    for request in requests:
        await engine.collect(request)
    first_event, whole, embedding, search = [], [], [], []
    for number in range(rounds):
        for request in requests:
            # A blank at the end makes a new text for the model's cache, so that each answer pays for its embedding.
            fresh = request.model_copy(update={"question": request.question + " " + "?" * (number + 1)})
            started = time.perf_counter()
            stream = engine.answer(fresh)
            await anext(stream)
            first_event.append((time.perf_counter() - started) * 1e3)
            async for _ in stream:
                pass
            whole.append((time.perf_counter() - started) * 1e3)
            text = f"{request.question} {number}"
            embedding.append(_seconds(partial(embedder.embed, [text])) * 1e3)
            search.append(_seconds(partial(engine.searcher.search, SearchQuery(f"{text} now"))) * 1e3)
    engine.close()
    ratio = statistics.median(whole) / statistics.median(embedding)
    return [
        ("one query embedding", "ms", embedding, ""),
        ("search alone, embedding included", "ms", search, ""),
        ("question to first event", "ms", first_event, "target < 20 ms"),
        ("whole extractive answer", "ms", whole, f"{ratio:.1f}x one embedding; targets < 60 ms, 4x"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _until_first_line(command: Sequence[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        elapsed = time.perf_counter() - started
        process.stdout.read()
    return elapsed


def _until_ready(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until /readyz says so, and the resident memory in MB after every question was answered once."""
    import psutil

    command = [sys.executable, "-m", "service.cli", "serve", "--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            address = _address(process)
            while not _is_ready(address):
                time.sleep(0.02)
            elapsed = time.perf_counter() - started
            for question in QUESTIONS:
                body = json.dumps({"question": question, "as_of": AS_OF.isoformat()}).encode()
                request = urllib.request.Request(
                    f"{address}/v1/answers", body, {"Content-Type": "application/json"}, method="POST"
                )
                urllib.request.urlopen(request, timeout=60).read()
            resident = psutil.Process(process.pid).memory_info().rss / 1e6
        finally:
            process.terminate()
            process.wait()
    return elapsed, resident


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return "http://" + line.split("http://", 1)[1].split()[0].strip('",/')
    raise RuntimeError("The server ended before it said where it listens.")


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _print(rows: Sequence[Row]) -> None:
    table = Table(title="Bench on the shipped corpus", title_justify="left")
    for column, justify in (("what", "left"), ("median", "right"), ("p95", "right"), ("n", "right"), ("note", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for what, unit, values, note in rows:
        ordered = sorted(values)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
        digits = 2 if unit == "s" else 1 if unit == "ms" else 0
        table.add_row(
            what, f"{statistics.median(values):.{digits}f} {unit}", f"{p95:.{digits}f} {unit}", str(len(values)), note
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    sys.exit(main())
