"""Where a company's news and a role's guide meet: a skill that both name, or a field of work that both are about.

`joins` pairs sentences of the news with items of the guide; `preparation` words the pairs. A pair needs a stated
reason, a skill or a field: vectors only order the pairs that have one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.answering.company_news import TOO_WIDE
from service.answering.composition import Composition, Guide, is_interview_guide
from service.answering.evidence import Evidence
from service.answering.terms import content_terms


@dataclass(frozen=True, slots=True)
class Join:
    """A sentence of the news and an item of the guide, with the shared skills or else the shared field of work."""

    news: Evidence
    item: Evidence
    skills: tuple[str, ...] = ()
    field: str = ""
    words: int = 0
    """How many words of the field the guide's item has."""


def _field(name: str, news: str, guide: str) -> tuple[str, re.Pattern[str], re.Pattern[str]]:
    return name, re.compile(news, re.IGNORECASE), re.compile(guide, re.IGNORECASE)


# A field of work, the words by which news speak of it, and the words by which guides do.
_FIELDS = (
    _field(
        "driving", r"\b(?:vehicles?|cars?(?!-maker)|driving|driverless|robotaxis?|highways?|trucks?)\b",
        r"\b(?:GNSS|wheel slip|radar|driving|roads?|vehicles?|BEV|nuScenes|Frenet|SOTIF|ISO 26262|stopping manoeuvre|tunnels)\b",
    ),
    _field(
        "humanoids", r"\b(?:humanoids?|Atlas|legged|two-legged)\b",
        r"\b(?:humanoid|whole-body|legs|legged|locomotion|floating-base|centre of pressure)\b",
    ),
    _field(
        "handling things", r"\b(?:warehouses?|totes?|boxes|grasp\w*|hands|dexter\w+|roof racks)\b",
        r"\b(?:grasp\w*|manipulat\w+|pick\w*|totes?|grippers?|warehouse)\b",
    ),
    _field(
        "serving models", r"\b(?:inference|single NVIDIA|tokens per second|low latency)\b",
        r"\b(?:KV|decode|batch size|throughput|time to first token|serving)\b",
    ),
    _field(
        "training at scale", r"\b(?:trillion parameters|mixture-of-experts|frontier (?:scale|language)|clusters?|trillions of tokens)\b",
        r"\b(?:parallel|sharding|NCCL|MoE|ZeRO|mixture)\b",
    ),
    _field(
        "customers who keep their data in", r"\b(?:banks?|financial|finance|government|private deployments?|cannot send data|inside Japan)\b",
        r"\b(?:permissions?|PII|privacy|injection|regulated|licences|security reviews?)\b",
    ),
    _field(
        "data from machines", r"\b(?:data collection|training data|driving data|teleoperat\w+|demonstrations|data from manufacturers|robot training)\b",
        r"\b(?:demonstrations|teleoperat\w+|episodes|data engine|lineage|operators?|jerk|logs?)\b",
    ),
    _field(
        "safety", r"\b(?:recall\w*|crash\w*|incidents?|regulators?|safety)\b",
        r"\b(?:hazard\w*|SOTIF|safety|safe-stop|incident)\b",
    ),
    _field(
        "simulation", r"\b(?:simulat\w+|world (?:foundation )?models?|Isaac)\b",
        r"\b(?:simulat\w+|sim-to-sim|Isaac|MuJoCo|randomis\w+|world models?)\b",
    ),
    _field(
        "several senses at once", r"\b(?:images, video|multimodal|omnimodal|sensor data|cameras?|lidar)\b",
        r"\b(?:fusion|multimodal|camera|connector|modalit\w+)\b",
    ),
    _field("agents", r"\b(?:agents?|agentic)\b", r"\b(?:agents?|sandbox\w*|tool calls?)\b"),
    _field(
        "work at customers' sites", r"\b(?:distribution cent(?:re|er)s|deployments?|customers?|factor(?:y|ies)|plants?)\b",
        r"\b(?:shift patterns|legacy PLCs|pilot|field|site|discovery)\b",
    ),
)  # fmt: skip


def joins(work: Composition, guide: Guide, news: Sequence[Evidence], limit: int) -> list[Join]:
    """Pairs of the news and the guide's questions and topics: those on shared skills first, each item once."""
    pairs: list[tuple[float, Join]] = []
    for report in news:
        near = guide.pool.vectors @ work.pool.vectors[report.row]
        for item in [*guide.items("Likely questions"), *guide.items("Core topics")]:
            join = _join(guide, report, item)
            if join is not None:
                pairs.append((len(join.skills) + 0.1 * join.words + float(near[item.row]), join))
    pairs.sort(key=lambda pair: (-pair[0], pair[1].news.row, pair[1].item.row))
    found: list[Join] = []
    for _, join in pairs:
        again = any(
            join.item.key == other.item.key
            or join.news.key == other.news.key
            or (join.field and join.field == other.field)
            or (join.skills and join.skills == other.skills)
            for other in found
        )
        if not again and len(found) < limit:
            found.append(join)
    return found


def _join(guide: Guide, report: Evidence, item: Evidence) -> Join | None:
    skills = tuple(skill for skill in report.sentence.skills if skill not in TOO_WIDE and _is_about(item, skill))
    if skills:
        return Join(report, item, skills)
    if is_interview_guide(guide.document.role):
        return None
    text = report.sentence.text
    for name, in_news, in_guide in _FIELDS:
        words = {found.casefold() for found in in_guide.findall(item.sentence.text)}
        if words and in_news.search(text):
            return Join(report, item, field=name, words=len(words))
    return None


def _is_about(item: Evidence, skill: str) -> bool:
    """Whether an item names a skill: linked in it, or with all the words of its name."""
    return skill in item.sentence.skills or item.terms.issuperset(content_terms(skill))
