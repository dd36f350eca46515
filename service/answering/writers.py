"""Opens the generative composer and the rewriter of follow-ups with the models, limits and budget of the settings.

Only called, and only imported, when a model is set: without one nothing of it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from corpus.entities import Entities
from service.answering.generative import GenerativeComposer
from service.answering.rewriting import Rewriter
from service.grounding.judge import LanguageModelJudge
from service.llm import Endpoint, LanguageModel, Limits
from service.settings import Settings
from service.spending import Spending

SHARE_OF_REQUEST = 0.9
"""What a model may take of the time of a request; the rest is for completing the answer without it."""
JUDGE_TOKENS = 40
REWRITE_TOKENS = 150
JUDGED_AT_ONCE = 4
"""Statements of an answer that a judge may look at together."""


def open_generative(
    settings: Settings, embed: Callable[[str], npt.NDArray[np.float32]]
) -> tuple[GenerativeComposer, Callable[[], None]]:
    """The composer of `settings.model`, and what closes it. `embed` gives a text's vector of length 1.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the ledger of what models used cannot be opened.
    """
    spending = Spending(settings.database_url, settings.model_daily_tokens, settings.model_daily_usd)
    limits = Limits(
        settings.model_first_token_s,
        settings.model_stall_s,
        min(settings.model_total_s, SHARE_OF_REQUEST * settings.request_timeout_s),
        settings.model_max_tokens,
    )
    models = (settings.model, *settings.model_fallbacks)
    writer = LanguageModel([_endpoint(settings, name) for name in models], limits, spending, settings.model_concurrency)
    judge = None
    if settings.judge_model:
        patience = settings.judge_timeout_s
        brief = replace(limits, first_token_s=patience, stall_s=patience, total_s=patience, max_tokens=JUDGE_TOKENS)
        endpoint = _endpoint(settings, settings.judge_model)
        opinions = LanguageModel([endpoint], brief, spending, JUDGED_AT_ONCE * settings.model_concurrency)
        judge = LanguageModelJudge(opinions, patience)
    return GenerativeComposer(writer, embed, settings.model_evidence_chars, judge), spending.close


def open_rewriter(settings: Settings, entities: Entities) -> tuple[Rewriter, Callable[[], None]]:
    """The reader of follow-ups of `settings.model`, and what closes it.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the ledger of what models used cannot be opened.
    """
    spending = Spending(settings.database_url, settings.model_daily_tokens, settings.model_daily_usd)
    patience = settings.rewrite_timeout_s
    limits = Limits(patience, patience, patience, REWRITE_TOKENS)
    model = LanguageModel([_endpoint(settings, settings.model)], limits, spending, settings.model_concurrency)
    return Rewriter(model, entities, patience), spending.close


def _endpoint(settings: Settings, model: str) -> Endpoint:
    """A model with the address and the key of the settings, which are those of `settings.model`'s provider alone."""
    if model.partition("/")[0] != settings.model.partition("/")[0]:
        return Endpoint(model)
    return Endpoint(model, settings.model_api_base, settings.model_api_key.get_secret_value())
