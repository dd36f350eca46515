"""Front-matter Markdown is read as it stands, and a file that cannot be used says what to change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpus.document import document_id
from corpus.errors import CorpusFileError
from corpus.readers.markdown import canonical_url, read_document, read_folder, source_files
from tests.corpus.parts import CORPUS

BRIEF = """\
---
title: Honda joins a venture
publisher: Tech Wire Asia
url: https://news.example/honda?utm_source=x#top
published: 2026-04-15
companies: [Honda Motor, NEC]
countries: [Japan]
topics: [physical-ai]
skills: [sensor fusion]
---

Honda  joined the venture on 15 April 2026.
It is **first**.

"""
GUIDE = """\
---
title: Sensor-fusion engineer
role: sensor-fusion-engineer
reviewed: 2026-11-24
aliases: [fusion engineer]
skills: [Kalman filtering]
sources:
  - {title: REP 105, publisher: ROS, url: "https://reps.openrobotics.org/rep-0105/"}
---
## What the role does
It fuses.
"""


class Renamed:
    """Knows one company under a second name, and NEC."""

    def canonical_company(self, name: str) -> str | None:
        return {"Honda Motor": "Honda", "Honda": "Honda", "NEC": "NEC"}.get(name)


def written(root: Path, content: str, name: str = "articles/2026-04-15-honda.md") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_a_brief_is_dated_news_with_its_text_untouched(tmp_path: Path) -> None:
    document = read_document(written(tmp_path, BRIEF), Renamed())

    assert (document.kind, document.title, document.publisher) == ("news", "Honda joins a venture", "Tech Wire Asia")
    assert document.published == date(2026, 4, 15)
    assert document.text == "Honda  joined the venture on 15 April 2026.\nIt is **first**."
    assert document.url == "https://news.example/honda?utm_source=x#top"
    assert document.path == "articles/2026-04-15-honda.md"
    assert (document.companies, document.countries) == (("Honda", "NEC"), ("Japan",))


def test_a_guide_is_dated_by_its_review_and_published_by_us(tmp_path: Path) -> None:
    document = read_document(written(tmp_path, GUIDE, "guides/sensor-fusion-engineer.md"))

    assert (document.kind, document.role, document.url) == ("guide", "sensor-fusion-engineer", "")
    assert document.published == date(2026, 11, 24)
    assert document.publisher == "InterviewAlly guide"
    assert document.text == "## What the role does\nIt fuses."


def test_the_id_follows_the_page_and_not_the_file_or_its_tracking(tmp_path: Path) -> None:
    first = read_document(written(tmp_path, BRIEF))
    renamed = read_document(written(tmp_path, BRIEF.replace("?utm_source=x#top", "/"), "articles/other.md"))

    assert first.id == renamed.id == document_id("https://news.example/honda")


def test_two_briefs_of_one_page_are_two_documents(tmp_path: Path) -> None:
    written(tmp_path, BRIEF, "articles/2026-04-15-a.md")
    written(tmp_path, BRIEF.replace("first", "second"), "articles/2026-04-16-b.md")

    older, newer = read_folder(tmp_path)

    assert older.id == document_id("https://news.example/honda")
    assert newer.id != older.id


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://News.Example/A/b/?q=1&fbclid=2#x", "https://news.example/A/b?q=1"),
        ("https://news.example/?utm_medium=a&id=", "https://news.example?id="),
        ("https://news.example/a", "https://news.example/a"),
    ],
)
def test_addresses_of_the_same_page_are_the_same(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Just text.", "no front matter"),
        ("---\ntitle: x\n", "no front matter"),
        ("---\ntitle: [\n---\ntext", "not YAML"),
        ("---\n- a\n---\ntext", "without fields"),
        (BRIEF.partition("Honda  joined")[0], "no text after the front matter"),
        (BRIEF.replace("published: 2026-04-15\n", ""), "'published': field required"),
        (BRIEF.replace("2026-04-15", "2026-02-30"), "impossible date"),
        (BRIEF.replace("published: 2026-04-15", "published: 20260415"), "'published'"),
        (BRIEF.replace("publisher:", "publishr:"), "'publishr'"),
        (BRIEF.replace("https://news.example/honda", "news.example/honda"), "'url'"),
        (BRIEF.replace("title: Honda joins a venture", "title: ''"), "'title'"),
        (BRIEF.replace("[Japan]", "[NO]"), "'countries.0'"),
        (BRIEF.replace("Honda Motor", "Hnda"), "company 'Hnda' is not in corpus/entities.yaml"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_to_change(tmp_path: Path, content: str, says: str) -> None:
    path = written(tmp_path, content)

    with pytest.raises(CorpusFileError) as raised:
        read_document(path, Renamed())

    assert raised.value.path == path
    assert says in str(raised.value)


def test_a_file_that_is_not_utf8_or_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(b"---\ntitle: caf\xe9\n---\ntext")

    with pytest.raises(CorpusFileError, match="not UTF-8"):
        read_document(path)
    with pytest.raises(CorpusFileError, match=r"neither in articles/ nor in guides/"):
        read_document(written(tmp_path, BRIEF, "notes/a.md"))


def test_windows_line_ends_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(b"\xef\xbb\xbf" + BRIEF.replace("\n", "\r\n").encode())

    assert read_document(path).text == "Honda  joined the venture on 15 April 2026.\nIt is **first**."


def test_every_shipped_file_is_read_with_its_body_as_in_the_file() -> None:
    documents = list(read_folder(CORPUS))

    assert len(documents) == len(source_files(CORPUS)) == len({document.id for document in documents})
    for document in documents:
        content = (CORPUS / document.path).read_text(encoding="utf-8")
        assert content.split("\n---\n", 1)[1].strip("\n") == document.text
