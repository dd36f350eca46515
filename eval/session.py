"""What the evaluation's commands open: the engine on the built indexes, the judge over its store, the target.

Between `commands`, which reads the command line, and `run`, `trace` and the others, which do the work.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eval.errors import RunError
from eval.judging import THRESHOLD, Judge
from eval.run import code_fingerprint
from eval.sources import Sources
from eval.targets import Chat, ChatTarget, EngineTarget, HttpTarget, Target, TranscriptTarget
from service.answering.engine import Engine, open_engine_for_one_question
from service.grounding.checker import shipped_checker
from service.settings import load_settings
from service.upkeep import is_built

if TYPE_CHECKING:
    from service.settings import Settings

ENGINE: Final = "engine"
CHAT: Final = "chat:"
SCHEMES: Final = ("http://", "https://")
KEY_VARIABLE: Final = "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Session:
    """The opened engine with what answers are judged by."""

    engine: Engine
    sources: Sources
    judge: Judge


@contextlib.contextmanager
def opened(settings: Settings | None = None) -> Iterator[Session]:
    """The engine of the settings, its sources and the offline judge.

    Raises:
        RunError: the indexes are missing or behind the sources.
        corpus.errors.CorpusError: the store, the model or an index cannot be opened.
    """
    settings = settings or load_settings()
    if not is_built(settings):
        raise RunError("The indexes are missing; `ally sync` builds them.")
    engine = open_engine_for_one_question(settings)
    try:
        readiness = engine.ready()
        if not readiness.ready:
            raise RunError(readiness.detail)
        sources = Sources.of(engine.store.documents(engine.store.document_ids()).values())
        yield Session(engine, sources, Judge(shipped_checker(engine.entities, THRESHOLD), sources))
    finally:
        engine.close()


def check_target(given: str, model: str = "") -> None:
    """See that `--target` names something, before anything is opened or written.

    Raises:
        RunError: it is none of the targets, or a chat endpoint without a model.
    """
    if given.startswith(CHAT) and not model:
        raise RunError("A chat endpoint needs --model.")
    if given != ENGINE and not given.startswith((CHAT, *SCHEMES)) and not Path(given).is_file():
        raise RunError(
            f"--target {given!r} is none of: engine, http://… (a server of ours), chat:http://… (an OpenAI-compatible "
            "endpoint), a JSONL file of recorded answers."
        )


def target_of(given: str, session: Session, model: str = "") -> Target:
    """The target that `--target` names: `engine`, an address, `chat:` with an address, or a transcript's file.

    Raises:
        RunError: as `check_target`; a transcript cannot be read; or what a server needs is not installed.
    """
    check_target(given, model)
    resolve = session.engine.entities.resolve_company
    if given == ENGINE:
        return EngineTarget(session.engine, code_fingerprint(session.engine))
    if given.startswith(CHAT):
        url = given.removeprefix(CHAT)
        return ChatTarget(chat_of(url, model), url, session.engine)
    if given.startswith(SCHEMES):
        return HttpTarget(given, resolve)
    return TranscriptTarget(Path(given), resolve)


def chat_of(url: str, model: str) -> Chat:
    """The OpenAI-compatible endpoint at an address, with the key of the environment.

    Raises:
        RunError: there is no model, or what it needs is not installed.
    """
    if not model:
        raise RunError("A chat endpoint needs --model.")
    return Chat(url, model, os.environ.get(KEY_VARIABLE, ""))
