"""Prompts are files that say what they need; one that breaks the rules says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prompts import FOLDER, PromptError, load, read_prompt

SOUND = """---
name: greet
version: 1.1.0
description: Greets.
inputs: {who: whom to greet}
changelog: {1.1.0: Politer., 1.0.0: First.}
---
{% block system %}Be kind.{% endblock %}
{% block user %}Greet {{ who }}.{% endblock %}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "greet.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_prompt_is_rendered_with_its_inputs(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, SOUND))

    assert prompt.render(who="Ada") == {"system": "Be kind.", "user": "Greet Ada."}
    assert prompt.id == "greet@1.1.0"


def test_text_from_outside_is_no_template(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, SOUND))

    assert prompt.render(who="{{ 7 * 7 }}{% endblock %}")["user"] == "Greet {{ 7 * 7 }}{% endblock %}."


@pytest.mark.parametrize(("inputs", "told"), [({}, "lacks who"), ({"who": "Ada", "whom": "Bob"}, "does not know whom")])
def test_other_inputs_than_the_declared_ones_are_refused(tmp_path: Path, inputs: dict[str, Any], told: str) -> None:
    with pytest.raises(PromptError, match=told):
        read_prompt(written(tmp_path, SOUND)).render(**inputs)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("---\nname", "name"), "front matter"),
        (("name: greet", "name: meet"), "have to agree"),
        (("version: 1.1.0", "version: 1.2.0"), "changelog"),
        (("version: 1.1.0", "version: 1.1"), "version"),
        (("{{ who }}", "{{ whom }}"), "differ in who, whom"),
        (("description: Greets.", "description: ''"), "description"),
        (("description: Greets.\n", ""), "exactly"),
        (("{% block system %}", "{% block first %}"), "blocks"),
        (("{% endblock %}\n{% block user", "\n{% block user"), "no template"),
        (("inputs: {who", "inputs: {{who"), "YAML"),
    ],
)
def test_a_file_that_breaks_the_rules_says_which(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in SOUND

    with pytest.raises(PromptError, match=told):
        read_prompt(written(tmp_path, SOUND.replace(*change)))


def test_a_template_reaches_nothing_but_its_inputs(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, SOUND.replace("{{ who }}", "{{ who.__class__.__mro__ }}")))

    with pytest.raises(PromptError, match="cannot be filled in"):
        prompt.render(who="Ada")


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_every_shipped_prompt_is_sound(name: str) -> None:
    assert load(name).id.startswith(f"{name}@")


@pytest.mark.parametrize("name", ["rhyme", "../pyproject", ""])
def test_an_unknown_prompt_is_told_with_those_that_there_are(name: str) -> None:
    with pytest.raises(PromptError, match=r"There are: answer, .*judge"):
        load(name)
