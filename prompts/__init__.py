"""Prompts as files: a Jinja2 template behind a front matter that names it, its version and its inputs.

`load` reads `prompts/<name>.md` and checks it, `Prompt.render` fills it in. The composers, the judge and the
evaluation use it, and every answer records the `Prompt.id`s that took part. Nothing here knows what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).parent
BLOCKS = ("system", "user")
"""The blocks of a template: what the model is told to do, and what it is told it about."""

_FRONT_MATTER = re.compile(r"\A---\n(?P<head>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_FIELDS = {"name": str, "version": str, "description": str, "inputs": dict, "changelog": dict}


class PromptError(ValueError):
    """Raised when a prompt's file cannot be used, or when it is given other inputs than it declares."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A checked prompt. `inputs` says what each input is; `changelog` what each version changed, newest first."""

    name: str
    version: str
    description: str
    inputs: Mapping[str, str]
    changelog: Mapping[str, str]
    _template: Template

    @property
    def id(self) -> str:
        """Name and version, as answers and runs record it: `answer@1.0.0`."""
        return f"{self.name}@{self.version}"

    def render(self, **inputs: Any) -> dict[str, str]:
        """The filled-in blocks, `{"system": …, "user": …}`, each without blank edges.

        Values are inserted as they are: whoever passes text from outside sees to it that it stays data.

        Raises:
            PromptError: an input is missing, one is unknown, or the template fails on a value.
        """
        missing, unknown = self.inputs.keys() - inputs.keys(), inputs.keys() - self.inputs.keys()
        if missing or unknown:
            told = [f"lacks {', '.join(sorted(missing))}"] if missing else []
            told += [f"does not know {', '.join(sorted(unknown))}"] if unknown else []
            raise PromptError(f"Prompt {self.id} {' and '.join(told)}.")
        try:
            context = self._template.new_context(inputs)
            return {name: "".join(self._template.blocks[name](context)).strip() for name in BLOCKS}
        except TemplateError as error:
            raise PromptError(f"Prompt {self.id} cannot be filled in: {error}.") from error


def load(name: str) -> Prompt:
    """The shipped prompt `name`, read once.

    Raises:
        PromptError: there is none, or its file breaks the rules of `read_prompt`.
    """
    return _shipped(name)


@lru_cache(maxsize=32)
def _shipped(name: str) -> Prompt:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not (FOLDER / f"{name}.md").is_file():
        known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.md")))
        raise PromptError(f"There is no prompt {name!r}. There are: {known}.")
    return read_prompt(FOLDER / f"{name}.md")


def read_prompt(path: Path) -> Prompt:
    """Read and check a prompt's file.

    Its front matter has `name` (the file's), `version` (three numbers), `description`, `inputs` (what each is) and
    `changelog` (what each version changed, the current one first); its template has the blocks of `BLOCKS` and uses
    every declared input and no other.

    Raises:
        PromptError: naming the file and what is wrong in it.
    """
    parts = _FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    if parts is None:
        raise PromptError(f"{path.name} does not open with a front matter between two lines of ---.")
    head = _front_matter(path, parts["head"])
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    try:
        template = environment.from_string(parts["body"])
        used = meta.find_undeclared_variables(environment.parse(parts["body"]))
    except TemplateError as error:
        raise PromptError(f"{path.name} is no template: {error}.") from error
    if set(template.blocks) != set(BLOCKS):
        raise PromptError(f"{path.name} needs the blocks {' and '.join(BLOCKS)} and no other.")
    if used != set(head["inputs"]):
        differing = ", ".join(sorted(used ^ set(head["inputs"])))
        raise PromptError(f"{path.name}: inputs declared and inputs used differ in {differing}.")
    return Prompt(**head, _template=template)


def _front_matter(path: Path, text: str) -> dict[str, Any]:
    try:
        head = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PromptError(f"The front matter of {path.name} is not YAML: {error}") from error
    if not isinstance(head, dict) or set(head) != set(_FIELDS):
        raise PromptError(f"The front matter of {path.name} needs exactly: {', '.join(_FIELDS)}.")
    for field, kind in _FIELDS.items():
        if not isinstance(head[field], kind) or not head[field]:
            raise PromptError(f"{path.name}: {field} has to be a {'text' if kind is str else 'table'} and not empty.")
    if head["name"] != path.stem:
        raise PromptError(f"{path.name} calls itself {head['name']!r}; file and name have to agree.")
    if not _VERSION.fullmatch(head["version"]) or next(iter(head["changelog"])) != head["version"]:
        raise PromptError(f"{path.name}: version has to be three numbers, and the first entry of its changelog.")
    return head
