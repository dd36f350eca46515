"""The settings: read from the environment, checked, and listed in the README."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.settings import PREFIX, Settings, load_settings

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(autouse=True)
def _no_settings_of_the_person_who_runs_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_without_any_variable_everything_lies_in_one_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load_settings()

    assert settings.data_dir == tmp_path / ".ally"
    assert settings.database_url == f"sqlite:///{tmp_path}/.ally/ally.db"
    assert (settings.corpus_dir / "entities.yaml").is_file()


def test_variables_are_read_and_converted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALLY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ALLY_PORT", "9000")
    monkeypatch.setenv("ALLY_CORS_ORIGINS", "https://a.example/, https://b.example")
    monkeypatch.setenv("ALLY_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("ALLY_CHROMA_URL", "")  # as containers pass a variable that has no value

    settings = load_settings()

    assert settings.data_dir == tmp_path
    assert settings.port == 9000
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.log_level == "warning"
    assert settings.chroma_url is None


@pytest.mark.parametrize(
    ("name", "value"), [("ALLY_PORT", "99999"), ("ALLY_LOG_LEVEL", "loud"), ("ALLY_MAX_BODY_BYTES", "many")]
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLY_DATABSE_URL", "sqlite:///x.db")

    with pytest.raises(SettingsError, match=r"ALLY_DATABSE_URL.*ALLY_DATABASE_URL"):
        load_settings()


def test_a_file_is_read_only_when_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ALLY_PORT=9001\nOTHER=1\n")

    assert load_settings().port == 8000

    monkeypatch.setenv("ALLY_ENV_FILE", ".env")
    assert load_settings().port == 9001

    monkeypatch.setenv("ALLY_PORT", "9002")
    assert load_settings().port == 9002


def test_a_misspelt_line_of_the_file_is_refused_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ally.env").write_text("ALLY_PROT=9001\n")
    monkeypatch.setenv("ALLY_ENV_FILE", str(tmp_path / "ally.env"))

    with pytest.raises(SettingsError, match="ALLY_PROT"):
        load_settings()


def test_a_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLY_ENV_FILE", "nowhere.env")

    with pytest.raises(SettingsError, match=r"nowhere\.env"):
        load_settings()


def test_settings_pass_unchanged_to_another_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=9000, cors_origins=("https://a.example", "https://b.example"))

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert load_settings() == settings


def test_every_setting_is_described_and_stands_in_the_readme() -> None:
    readme = README.read_text(encoding="utf-8")

    for name, default, description in Settings.variables():
        assert description
        assert f"`{name}`" in readme, f"{name} (default {default!r}) is missing in the README's table"


def test_a_model_with_its_fallbacks_and_its_key_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLY_MODEL", "openai/gpt-5-mini")
    monkeypatch.setenv("ALLY_MODEL_FALLBACKS", "anthropic/claude-haiku, ollama_chat/qwen2.5")
    monkeypatch.setenv("ALLY_MODEL_API_KEY", "sk-secret")

    settings = load_settings()

    assert settings.model_fallbacks == ("anthropic/claude-haiku", "ollama_chat/qwen2.5")
    assert settings.model_api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(settings)
    assert settings.environment()["ALLY_MODEL_API_KEY"] == "sk-secret"


def test_without_a_model_none_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLY_MODEL", "")

    assert load_settings().model == ""
