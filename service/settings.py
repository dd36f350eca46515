"""Every setting of the service in one place, read from the environment (`ALLY_…`).

`load_settings` is called once at each way in (the server, the command line) and the value is passed on; nothing
below reads the environment. A `.env` file is only read when `ALLY_ENV_FILE` names it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import corpus
from service.errors import SettingsError

PREFIX = "ALLY_"
ENV_FILE_VARIABLE = "ALLY_ENV_FILE"


class Settings(BaseSettings):
    """The settings. Paths are made absolute; an empty `database_url` becomes SQLite in `data_dir`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".ally"), description="Folder of everything that is built: database, indexes, the exported model."
    )
    database_url: str = Field(
        default="", description="SQLAlchemy address of the database. Empty: SQLite in `ALLY_DATA_DIR`."
    )
    chroma_url: str | None = Field(
        default=None, description="Address of a Chroma server (`http://host:8000`). Empty: embedded in `ALLY_DATA_DIR`."
    )
    corpus_dir: Path = Field(
        default=Path(corpus.__file__).parent,
        description="Folder with `articles/`, `guides/` and `entities.yaml`. Default: the shipped corpus.",
    )
    embedding_model: str = Field(
        default="all-MiniLM-L6-v2", description="sentence-transformers model, by name or folder, that embeds text."
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on. `0.0.0.0`: every interface.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on. 0: any free one.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins whose pages may call the API, separated by commas (`https://jobs.example`). `*`: any.",
    )
    max_body_bytes: int = Field(default=65_536, ge=1_024, description="Largest accepted request body, in bytes.")
    request_timeout_s: float = Field(default=60.0, gt=0, description="Seconds after which an answer is given up.")
    heartbeat_s: float = Field(default=10.0, gt=0, description="Seconds of silence before a stream sends a comment.")
    answer_retention_days: int = Field(
        default=30,
        ge=0,
        description="Days an answer can be fetched again by its id, and a conversation continued after its "
        "last use. 0: neither is kept.",
    )
    session_turns: int = Field(
        default=20, ge=1, le=20, description="Turns of a conversation that count for a follow-up; older ones go."
    )
    cache_ttl_s: float = Field(
        default=600.0, ge=0, description="Seconds an answer serves equal requests. 0: each is computed anew."
    )
    cache_max_bytes: int = Field(
        default=64_000_000, ge=1, description="Size of all answers that the process keeps for this."
    )
    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="Address of a Redis (`redis://host:6379/0`) that keeps them for several replicas instead.",
    )
    model: str = Field(
        default="",
        description="Language model that writes answers, as litellm names it (`openai/gpt-5-mini`, "
        "`ollama_chat/qwen2.5`). Empty: none; answers are made of the sources' own sentences.",
    )
    model_fallbacks: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Models that are asked in this order when the one before does not begin to answer."
    )
    model_api_base: str = Field(
        default="", description="Address of the model's API, for a server of your own (`http://127.0.0.1:8081/v1`)."
    )
    model_api_key: SecretStr = Field(
        default=SecretStr(""), description="Its key. Empty: the provider's own variable, such as `OPENAI_API_KEY`."
    )
    judge_model: str = Field(
        default="", description="Model that gives a second opinion on each written statement. Empty: the checker alone."
    )
    rewrite_timeout_s: float = Field(
        default=2.0, ge=0, description="Seconds that the model has to read a follow-up; then rules do. 0: rules alone."
    )
    model_first_token_s: float = Field(default=15.0, gt=0, description="Seconds in which a model has to begin.")
    model_stall_s: float = Field(default=8.0, gt=0, description="Seconds of silence after which it is given up.")
    model_total_s: float = Field(
        default=45.0, gt=0, description="Seconds that it may write; at most nine tenths of `ALLY_REQUEST_TIMEOUT_S`."
    )
    judge_timeout_s: float = Field(default=4.0, gt=0, description="Seconds that the judge has for a statement.")
    model_max_tokens: int = Field(default=1_200, ge=16, description="Tokens that a model may write for an answer.")
    model_evidence_chars: int = Field(
        default=9_000, ge=500, description="Characters of passages that a model is given; four make about one token."
    )
    model_concurrency: int = Field(default=8, ge=1, description="Answers that a model writes at the same time.")
    model_daily_tokens: int = Field(
        default=0, ge=0, description="Tokens of all models in a day (UTC), after which none is asked. 0: no limit."
    )
    model_daily_usd: float = Field(
        default=0.0, ge=0, description="The same in US dollars, for models whose prices litellm knows. 0: no limit."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least serious log event that is written."
    )

    @field_validator("data_dir", "corpus_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @field_validator("cors_origins", "model_fallbacks", mode="before")
    @classmethod
    def _separated_by_commas(cls, names: object) -> object:
        if isinstance(names, str):
            return tuple(part.strip().rstrip("/") for part in names.split(",") if part.strip())
        return names

    @model_validator(mode="after")
    def _default_database(self) -> Settings:
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data_dir / 'ally.db'}")
        return self

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for a process that is to have the same."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {PREFIX + name.upper(): _written(value) for name, value in values.items() if value is not None}

    @classmethod
    def variables(cls) -> Iterator[tuple[str, str, str]]:
        """Each setting as (environment variable, default, description), in the order of the table in the README."""
        for name, field in cls.model_fields.items():
            default = "" if field.default in (None, (), "") else str(field.default)
            if name == "corpus_dir":
                default = "shipped corpus"
            yield PREFIX + name.upper(), default, field.description or ""


def _written(value: object) -> str:
    """A value as the environment has it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def load_settings() -> Settings:
    """Read the settings from the environment, and from the file that `ALLY_ENV_FILE` names, if any.

    The environment wins over the file. Other names in the file are left alone; a misspelt `ALLY_…` is refused,
    since a setting that is silently ignored is found late.

    Raises:
        SettingsError: naming each variable that cannot be used and why.
    """
    env_file = os.environ.get(ENV_FILE_VARIABLE) or None
    if env_file and not Path(env_file).is_file():
        raise SettingsError(f"{ENV_FILE_VARIABLE} names {env_file}, which is not a file.")
    known = {variable for variable, _, _ in Settings.variables()} | {ENV_FILE_VARIABLE}
    given = {*os.environ, *(dotenv_values(env_file) if env_file else ())}
    misspelt = sorted(name for name in given if name.startswith(PREFIX) and name not in known)
    if misspelt:
        raise SettingsError(f"Unknown setting {', '.join(misspelt)}. Known: {', '.join(sorted(known))}.")
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        faults = (
            f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" if fault["loc"] else fault["msg"]
            for fault in error.errors()
        )
        raise SettingsError("Settings cannot be used. " + "; ".join(faults) + ".") from None
