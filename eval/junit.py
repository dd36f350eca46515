"""The report of a run as JUnit XML, which CI systems show: a suite a type of question, a case a question.

A failing answer is a failure, a question that the target failed to answer an error. Comes after `failures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from eval.errors import RunError
from eval.failures import failures
from eval.records import AnswerRecord, Run

if TYPE_CHECKING:
    from junitparser import TestCase

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (section 2.2 of the recommendation)."""


def junit(run: Run) -> str:
    """The report as one XML document.

    Raises:
        RunError: junitparser is not installed, or the verdicts of a record do not fit its statements.
    """
    try:
        from junitparser import JUnitXml, TestSuite
    except ModuleNotFoundError:
        raise RunError("JUnit XML needs junitparser: install interviewally[eval].") from None
    document = JUnitXml(_xml(run.folder.name))
    for kind in dict.fromkeys(record.question.type for record in run.records):
        suite = TestSuite(kind)
        suite.timestamp = run.config.started
        for name, value in _properties(run):
            suite.add_property(name, _xml(value))
        suite.add_testcases(_cases(record for record in run.records if record.question.type == kind))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    written: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return written.decode() + "\n"


def _properties(run: Run) -> tuple[tuple[str, str], ...]:
    config = run.config
    return (
        ("target", config.target),
        ("model", config.model),
        ("revision", config.git_revision),
        ("corpus", str(config.corpus_seq)),
        ("judge", config.judge),
    )


def _cases(records: Iterable[AnswerRecord]) -> list[TestCase]:
    from junitparser import Error, TestCase
    from junitparser import Failure as Failed

    cases = []
    for record in records:
        case = TestCase(
            f"{record.question.id}: {_xml(record.question.question)}",
            classname=f"eval.{record.question.type}",
            time=(record.response.timings.total_ms or 0.0) / 1e3,
        )
        found = failures(record)
        if found:
            result = (Error if record.response.error else Failed)(
                "; ".join(dict.fromkeys(failure.kind.label for failure in found)), found[0].kind.name
            )
            result.text = _xml("\n".join(_line(record, each.kind.label, each.text, each.statement) for each in found))
            case.result = [result]
        cases.append(case)
    return cases


def _line(record: AnswerRecord, label: str, text: str, statement: int | None) -> str:
    said = f" Statement: {record.response.statements[statement].text}" if statement is not None else ""
    return f"{label}: {text}{said}"


def _xml(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
