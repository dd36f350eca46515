"""Every brief and guide of the shipped corpus keeps the format that corpus/README.md describes.

The files are read here without the product's readers, so that a mistake in a reader cannot hide one in a file; only
names are looked up through `corpus.entities`, as that is what "known" means.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

import corpus
from corpus.entities import Entities, load_entities

CORPUS = Path(corpus.__file__).parent
ARTICLES = sorted((CORPUS / "articles").iterdir())
GUIDES = sorted((CORPUS / "guides").iterdir())

BRIEF_FIELDS = {"title", "publisher", "url", "published", "companies", "countries", "topics", "skills"}
GUIDE_FIELDS = {"title", "role", "reviewed", "aliases", "skills", "sources"}
GUIDE_HEADINGS = [
    "What the role does",
    "What interviews test",
    "Core topics",
    "Likely questions",
    "Preparation plan",
    "Questions to ask the interviewer",
]
BRIEF_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-[a-z0-9]+(-[a-z0-9]+)*\.md")
FRONT_MATTER = re.compile(r"\A---\n(?P<front>.*?\n)---\n(?P<text>.*)\Z", re.DOTALL)
SENTENCE_START = re.compile(r"(?:\A|(?<=[.!?]\s)|(?<=\n))(?:[-*]\s|\d+\.\s)?")
# A pronoun at the head of a sentence points to an earlier one, and a quoted sentence stands alone. "These three
# teams" names what it means; "These are" does not.
DANGLING = re.compile(
    r"(?:It|They|He|She|We|Its|Their|His|Her)\b"
    r"|(?:This|That|These|Those)\s(?:also\s)?"
    r"(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|does|do|did|makes?|means?|gives?|leads?|shows?|comes?"
    r"|includes?|includ(?:es|ed)|brings?|allows?|follow(?:s|ed)|[a-z]+ed)\b"
)
SHINGLE = 4
TOO_SIMILAR = 0.5
"""Share of four-word runs that two texts may have in common; the two nearest briefs of the corpus share an eighth."""


class Source(NamedTuple):
    front: dict[str, Any]
    text: str


@cache
def source(path: Path) -> Source:
    match = FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    assert match, f"{path.name} does not begin with front matter between two lines of ---"
    front = yaml.safe_load(match["front"])
    assert isinstance(front, dict)
    return Source(front, match["text"])


@pytest.fixture(scope="module")
def entities() -> Entities:
    return load_entities()


def name(path: Path) -> str:
    return path.name


def is_address(address: object) -> bool:
    if not isinstance(address, str) or re.search(r"\s", address):
        return False
    parts = urlsplit(address)
    return parts.scheme in {"https", "http"} and "." in (parts.hostname or "") and parts.username is None


def is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each.strip() == each != "" for each in value)


def means(entities: Entities, alias: str, role: str) -> bool:
    return role in {entities.resolve_role(alias), *entities.link(alias).roles}


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))


def dangling(text: str) -> list[str]:
    starts = (match.end() for match in SENTENCE_START.finditer(text))
    return [text[start : start + 60] for start in starts if DANGLING.match(text, start)]


def test_the_corpus_is_there() -> None:
    assert len(ARTICLES) >= 200
    assert len(GUIDES) == 20


@pytest.mark.parametrize("path", ARTICLES, ids=name)
def test_a_brief_keeps_the_format(path: Path, entities: Entities) -> None:
    front, text = source(path)
    assert set(front) == BRIEF_FIELDS
    assert all(isinstance(front[field], str) and front[field].strip() for field in ("title", "publisher"))
    assert is_address(front["url"])

    named = BRIEF_NAME.fullmatch(path.name)
    assert named, "the file's name is date, hyphen, words in lower case"
    assert front["published"] == date.fromisoformat(named[1])

    assert all(is_names(front[field]) for field in ("companies", "countries", "topics", "skills"))
    assert front["topics"]
    assert {each for each in front["companies"] if entities.resolve_company(each) is None} == set()
    assert {each for each in front["countries"] if entities.country(each) is None} == set()
    assert {each for each in front["topics"] if entities.topic(each) is None} == set()
    assert {each for each in front["skills"] if entities.resolve_skill(each) is None} == set()

    assert 60 <= len(text.split()) <= 260
    assert dangling(text) == []


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_a_guide_keeps_the_format(path: Path, entities: Entities) -> None:
    front, text = source(path)
    assert set(front) == GUIDE_FIELDS
    assert path.name == f"{front['role']}.md"
    role = entities.role(front["role"])
    assert role is not None
    assert role.title == front["title"]
    assert isinstance(front["reviewed"], date)

    assert is_names(front["aliases"])
    assert {each for each in front["aliases"] if not means(entities, each, front["role"])} == set()
    assert is_names(front["skills"])
    assert {each for each in front["skills"] if entities.resolve_skill(each) is None} == set()
    assert front["sources"]
    for each in front["sources"]:
        assert set(each) == {"title", "publisher", "url"}
        assert is_address(each["url"])

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == GUIDE_HEADINGS
    assert 300 <= len(text.split()) <= 800
    assert dangling(text) == []


def test_every_role_has_its_guide(entities: Entities) -> None:
    assert {role.id for role in entities.roles()} == {path.stem for path in GUIDES}


def test_no_alias_belongs_to_two_guides() -> None:
    owners: dict[str, set[str]] = {}
    for path in GUIDES:
        for alias in source(path).front["aliases"]:
            owners.setdefault(alias.casefold(), set()).add(path.stem)
    assert {alias: guides for alias, guides in owners.items() if len(guides) > 1} == {}


def test_no_two_documents_are_the_same() -> None:
    fronts = [source(path).front for path in ARTICLES]
    assert len({(front["url"], front["title"]) for front in fronts}) == len(fronts)
    assert len({front["title"].casefold() for front in fronts}) == len(fronts)

    texts = {path.name: shingles(source(path).text) for path in (*ARTICLES, *GUIDES)}
    alike = [
        (one, other)
        for one, other in combinations(texts, 2)
        if len(texts[one] & texts[other]) > TOO_SIMILAR * min(len(texts[one]), len(texts[other]))
    ]
    assert alike == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Noetra began. It builds robots.", True),
        ("Noetra began. This is new.", True),
        ("- They hire.", True),
        ("These three teams hire.", False),
        ("Items arrived. That year Noetra began.", False),
    ],
)
def test_the_check_for_dangling_pronouns_finds_them(text: str, found: bool) -> None:
    assert bool(dangling(text)) is found
