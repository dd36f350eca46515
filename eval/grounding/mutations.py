"""Planted errors: true sentences of the shipped corpus, each changed in one way, and the share that the checker catches.

`python -m eval.grounding.mutations` prints a table per kind of error, and beside it the share of sentences refused that
were left alone or only rewritten. Errors made by rule are easier than those of people or of a model, so high shares
here are necessary and not sufficient. The words that are exchanged here are not taken from the checker's own tables.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Final

import corpus
from corpus.entities import Entities, load_entities
from corpus.readers.markdown import read_folder
from corpus.split import split
from service.grounding.checker import Checker, shipped_checker
from service.grounding.verdict import Item, Verdict

SEED: Final = 9
MOST_PER_KIND: Final = 300


@dataclass(frozen=True, slots=True)
class Original:
    """A true sentence of a brief with the passages it is checked against: its own and the others of the brief."""

    text: str
    passages: tuple[str, ...]
    published: date
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence to check: of which kind, and what it was."""

    kind: str
    text: str
    original: Original


Mutate = Callable[[Original, random.Random, Entities], str | None]

_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,-])\d+(?:\.\d+)?(?![\w,-]|\.\d)")
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = "|".join(_MONTHS)
_YEAR = re.compile(r"\b20[1-4]\d\b")


def figure(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Another number that the brief does not have."""
    text = original.text
    dates = [match.span() for match in re.finditer(rf"\b\d{{1,2}} (?:{_MONTH})\b|\b20\d\d\b", text)]
    found = [match for match in _NUMBER.finditer(text) if not any(low <= match.start() < high for low, high in dates)]
    if not found:
        return None
    match = chance.choice(found)
    value = float(match.group().replace(",", ""))
    brief = " ".join(original.passages)
    for factor in chance.sample((0.5, 0.8, 1.3, 1.5, 2, 3, 10), 7):
        changed = value * factor
        written = f"{changed:,.0f}" if changed == int(changed) else f"{changed:.1f}"
        if written not in brief and written != match.group():
            return text[: match.start()] + written + text[match.end() :]
    return None


def unit(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Another magnitude or currency."""
    swaps = (("billion", "million"), ("million", "billion"), ("trillion", "billion"), ("$", "€"), ("¥", "$"), ("€", "£"), ("yen", "dollars"), (" won", " yen"), ("%", " percentage points"), ("hours", "minutes"), ("minutes", "seconds"), ("months", "weeks"), ("years", "months"))  # fmt: skip
    return _swapped(
        original.text,
        chance,
        [(re.compile(rf"(?<=\d){re.escape(a)}|(?<=\d ){re.escape(a)}\b|{re.escape(a)}(?=\d)"), b) for a, b in swaps],
    )


def day(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Another year, month or day."""
    text, brief = original.text, " ".join(original.passages)
    found = [
        *_YEAR.finditer(text),
        *re.finditer(rf"\b(?:{_MONTH})\b(?= 20)|(?<=\d )(?:{_MONTH})\b|(?<=\b[iI]n )(?:{_MONTH})\b", text),
    ]
    found += list(re.finditer(rf"\b\d{{1,2}}(?= (?:{_MONTH}))", text))
    if not found:
        return None
    match = chance.choice(found)
    written = match.group()
    for _attempt in range(9):
        if written in _MONTHS:
            other = chance.choice(_MONTHS)
        elif len(written) == 4:
            other = str(int(written) + chance.choice((-2, -1, 1, 2)))
        else:
            other = str(chance.randint(1, 28))
        if other != written and not re.search(rf"\b{other}\b", brief) and other not in str(original.published):
            return text[: match.start()] + other + text[match.end() :]
    return None


def company(original: Original, chance: random.Random, entities: Entities) -> str | None:
    """A company that the brief does not name."""
    mentions = [each for each in entities.link_document(original.text).mentions if each.kind == "company"]
    if not mentions:
        return None
    mention = chance.choice(mentions)
    named = set(entities.link_document(" ".join(original.passages)).companies)
    others = [each.name for each in entities.companies() if each.name not in named and each.name[0].isascii()]
    return _replaced(original.text, mention.start, mention.end, chance.choice(others))


def company_of_the_brief(original: Original, chance: random.Random, entities: Entities) -> str | None:
    """Another company of the same brief that the sentence does not name."""
    mentions = [
        each
        for each in entities.link_document(original.text).mentions
        if each.kind == "company" and each.via in {"name", "former_name"}
    ]
    here = {each.name for each in mentions}
    others = sorted(set(entities.link_document(" ".join(original.passages)).companies) - here)
    if not mentions or not others:
        return None
    mention = chance.choice(mentions)
    return _replaced(original.text, mention.start, mention.end, chance.choice(others))


def role_swap(original: Original, chance: random.Random, entities: Entities) -> str | None:
    """Two companies of the sentence change places, unless they stand in one list."""
    text = original.text
    mentions = [
        each
        for each in entities.link_document(text).mentions
        if each.kind == "company" and each.via in {"name", "former_name"}
    ]
    pairs = [
        (one, other)
        for one in mentions
        for other in mentions
        if one.name != other.name and one.end < other.start and len(text[one.end : other.start].split()) > 1
        and re.fullmatch(r"[\w\s,.’'-]{0,60}?(?:,|\band\b|\bor\b|\bwith\b|\bfrom\b)?\s*", text[one.end : other.start].replace("and", ",")) is not None
        and not _symmetric(text[one.end : other.start])
    ]  # fmt: skip
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    return text[: one.start] + other.matched + text[one.end : other.start] + one.matched + text[other.end :]


def _symmetric(between: str) -> bool:
    """Whether two names with these words between them may change places without a change of meaning."""
    bare = re.sub(r"[A-Z]\S*", "", between)
    return not re.search(
        r"[a-z]{4,}", re.sub(r"\b(?:with|from|than|together|both|also|like|such|including|followed)\b", "", bare)
    ) or bool(re.search(r"\b(?:merge|partner|together with|compete|both|between)\w*\b", between))


def negation(original: Original, chance: random.Random, _: Entities) -> str | None:
    """A "not" put in or taken out."""
    text = original.text
    if re.search(r" not ", text):
        return re.sub(
            r"\b(?:does|did|do) not (\w+)|\bnot ", lambda match: f"{match[1]} " if match[1] else "", text, count=1
        ).replace("  ", " ")
    found = list(
        re.finditer(
            r"(?<=\w )(?:is|are|was|were|has|have|had|will|would|can|could|may|must|should)\b(?! not)(?= [a-z])", text
        )
    )
    if not found:
        return None
    match = chance.choice(found)
    return text[: match.end()] + " not" + text[match.end() :]


def direction(original: Original, chance: random.Random, _: Entities) -> str | None:
    """The opposite direction."""
    pairs = "rose fell|increase decrease|increased decreased|more fewer|higher lower|grew shrank|up down|before after|largest smallest|faster slower|above below|gained lost|raised lowered|over under|growth decline|profit loss|larger smaller|longer shorter|highest lowest|started stopped|begin end|launched closed|opened closed|cheaper dearer|improved worsened|hire dismiss|hired dismissed|fell rose|cut raised|lower higher|after before|buy sell|bought sold"  # fmt: skip
    return _swapped(
        original.text,
        chance,
        [(re.compile(rf"(?<!-)\b{a}\b(?!-)"), b) for a, b in (pair.split() for pair in pairs.split("|"))],
    )


_PAST = {
    "be": "been", "begin": "begun", "build": "built", "bring": "brought", "buy": "bought", "become": "become", "cut": "cut", "do": "done", "give": "given", "go": "gone",
    "grow": "grown", "have": "had", "hold": "held", "keep": "kept", "lead": "led", "leave": "left", "make": "made", "meet": "met", "pay": "paid", "put": "put", "rise": "risen",
    "run": "run", "see": "seen", "sell": "sold", "set": "set", "spend": "spent", "take": "taken", "train": "trained", "write": "written", "win": "won", "bear": "borne", "fall": "fallen",
    "hit": "hit", "let": "let", "shut": "shut", "come": "come", "show": "shown", "think": "thought", "teach": "taught", "drive": "driven", "get": "got", "lie": "lain", "lose": "lost",
    "stop": "stopped", "ship": "shipped", "plan": "planned", "equip": "equipped",
}  # fmt: skip


def _participle(verb: str) -> str:
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    return f"{verb[:-1]}ied" if re.search(r"[^aeiou]y$", verb) else f"{verb}ed"


_PLAN = re.compile(
    r"\b(?P<many>plan|intend|aim|want|expect|hope|are(?: expected| planned| set| due)?|were(?: expected)?)? ?(?P<one>plans|intends|aims|wants|expects|hopes|seeks|is(?: expected| planned| set| due| scheduled)?|was(?: expected)?)? ?(?<=\w )to (?P<verb>[a-z]+)\b|\bwill (?P<future>[a-z]+)\b"
)


def plan_as_fact(original: Original, chance: random.Random, _: Entities) -> str | None:
    """A plan told as done."""
    found = [match for match in _PLAN.finditer(original.text) if match["many"] or match["one"] or match["future"]]
    found = [
        match
        for match in found
        if (match["verb"] or match["future"]) not in {"a", "the", "not", "also", "only", "each"}
    ]
    if not found:
        return None
    match = chance.choice(found)
    verb = _participle(match["verb"] or match["future"])
    before = original.text[: match.start()].rstrip()
    return before + f" {'have' if match['many'] else 'has'} {verb}" + original.text[match.end() :]


_HEDGE = re.compile(
    r"\b(?:about|roughly|around|approximately|nearly|almost|up to|at least|more than|less than|fewer than|as many as|over|some|most|many|mainly|mostly|partly|often|usually|sometimes|typically|probably|possibly|likely|reportedly|generally|largely|on average) (?=[\w¥$€£₹])|\b(?:may|might|could) (?=[a-z])"
)


def hedge_dropped(original: Original, chance: random.Random, _: Entities) -> str | None:
    """A limit taken away: about, up to, some, usually; "may" and "could" become "will"."""
    found = [
        match
        for match in _HEDGE.finditer(original.text)
        if not re.match(r"(?:over|about|some|around) [a-z]", match.group() + original.text[match.end() :][:1])
        or match.group().strip() in {"some"}
    ]
    if not found:
        return None
    match = chance.choice(found)
    instead = "will " if match.group().strip() in {"may", "might", "could"} else ""
    changed = original.text[: match.start()] + instead + original.text[match.end() :]
    return changed[:1].upper() + changed[1:]


_SAID = re.compile(
    r"^(?P<who>[A-Z][^,;]{2,70}?) (?:said|says|claims|argues|believes|thinks|warns|estimates|holds|reckons|expects|insists)(?: on \d+ \w+(?: 20\d\d)?)? that (?P<what>.+)$"
)
_ACCORDING = re.compile(r",? according to [^,;.]+(?=[.,;])|^According to [^,]+, ")


def attribution_dropped(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Somebody's word told as a fact."""
    said = _SAID.match(original.text)
    changed = said["what"] if said else _ACCORDING.sub("", original.text, count=1)
    return changed[:1].upper() + changed[1:] if changed != original.text else None


def invented_cause(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Another sentence of the brief given as the reason."""
    others = [each for each in original.neighbours if len(each) < 220]
    if not others or re.search(r"\b(?:because|due|owing|since)\b", original.text):
        return None
    other = chance.choice(others).rstrip(".")
    return f"{original.text.rstrip('.')} because {other[:1].lower() + other[1:] if other.split()[0] in {'The', 'A', 'In', 'It', 'This'} else other}."


def invented_reason(original: Original, chance: random.Random, _: Entities) -> str | None:
    """A reason that no source gives."""
    reasons = (
        "demand was weak",
        "costs had risen",
        "regulators asked for it",
        "investors insisted",
        "its rivals did the same",
        "talent was scarce",
        "the board lost patience",
        "export rules changed",
    )
    if re.search(r"\b(?:because|due|owing|since)\b", original.text):
        return None
    return f"{original.text.rstrip('.')} because {chance.choice(reasons)}."


def merged_figures(original: Original, chance: random.Random, _: Entities) -> str | None:
    """A figure of another sentence of the brief, of the same kind, in place of its own."""
    pattern = re.compile(
        r"[$¥€£₹]\d[\d,.]*(?: (?:trillion|billion|million))?|\d[\d,.]*%|\b\d[\d,]*(?= (?:robots|humanoids|people|employees|engineers|workers|jobs|vehicles|robotaxis|units|cities))"
    )
    mine = list(pattern.finditer(original.text))
    theirs = [match.group() for each in original.neighbours for match in pattern.finditer(each)]
    for match in chance.sample(mine, len(mine)):
        others = [
            each
            for each in theirs
            if each not in original.text
            and each[0].isdigit() == match.group()[0].isdigit()
            and each.endswith("%") == match.group().endswith("%")
        ]
        if others:
            return original.text[: match.start()] + chance.choice(others) + original.text[match.end() :]
    return None


def merged_subjects(original: Original, chance: random.Random, entities: Entities) -> str | None:
    """What one sentence says, said of the subject of another of the brief."""
    mine = _subject(original.text, entities)
    theirs = [found for each in original.neighbours if (found := _subject(each, entities))]
    others = [words for words, name in theirs if mine and name != mine[1] and words not in original.text]
    return chance.choice(others) + original.text[len(mine[0]) :] if mine and others else None


def _subject(text: str, entities: Entities) -> tuple[str, str] | None:
    """The company that a sentence begins with, as written and by its canonical name."""
    first = next((each for each in entities.link_document(text).mentions if each.kind == "company"), None)
    if not first or first.start != 0 or first.via == "product" or not re.match(r"\s(?!and\b)[a-z]", text[first.end :]):
        return None
    return first.matched, first.name


def untouched(original: Original, _chance: random.Random, _entities: Entities) -> str | None:
    """The sentence as it is."""
    return original.text


def renamed(original: Original, chance: random.Random, entities: Entities) -> str | None:
    """A company under another of its names; the meaning stays."""
    mentions = [
        each for each in entities.link_document(original.text).mentions if each.kind == "company" and each.via == "name"
    ]
    chance.shuffle(mentions)
    for mention in mentions:
        entry = entities.company(mention.name)
        former = [each.name for each in entry.names_over_time] if entry else []
        others = [
            each
            for each in (*former, *(entry.aliases[:2] if entry else ()))
            if each != mention.matched and each.isascii() and each[0].isupper()
        ]
        if others:
            return _replaced(original.text, mention.start, mention.end, chance.choice(others))
    return None


def rewritten(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Figures and dates in another notation; the meaning stays."""
    text = re.sub(r"(\d+(?:\.\d+)?) trillion", lambda match: f"{float(match[1]) * 1000:,.10g} billion", original.text)
    text = (
        re.sub(
            r"(\d) (billion|million)\b(?! (?:yen|won|yuan|dollars|euros))",
            lambda match: f"{match[1]}{'bn' if match[2] == 'billion' else 'm'}",
            text,
        )
        if "$" in text or "€" in text
        else text
    )
    text = re.sub(rf"\b(\d{{1,2}}) ({_MONTH}) (20\d\d)", r"\2 \1, \3", text)
    text = re.sub(r"(\d)%", r"\1 percent", text)
    return text if text != original.text else None


def shortened(original: Original, _chance: random.Random, _entities: Entities) -> str | None:
    """Without the publisher's ", X reported on 1 May 2026."; the citation names both."""
    text = re.sub(r", [^,]{3,60} (?:reported|wrote) on \d{1,2} \w+ 20\d\d\.$", ".", original.text)
    return text if text != original.text else None


def joined(original: Original, chance: random.Random, _: Entities) -> str | None:
    """Two sentences of the brief made one."""
    others = [each for each in original.neighbours if len(each) < 200]
    return f"{original.text.rstrip('.')}; {chance.choice(others)}" if others else None


EXACT: Final[tuple[Mutate, ...]] = (figure, unit, day, company)
FINE: Final[tuple[Mutate, ...]] = (
    company_of_the_brief, role_swap, negation, direction, plan_as_fact, hedge_dropped, attribution_dropped, invented_reason,
    invented_cause, merged_figures, merged_subjects,
)  # fmt: skip
HONEST: Final[tuple[Mutate, ...]] = (untouched, renamed, rewritten, shortened, joined)


def originals(folder: Path, entities: Entities) -> Iterator[Original]:
    """The sentences of every news brief below `folder`."""
    for document in read_folder(folder):
        if document.kind != "news":
            continue
        passages = split(document)
        texts = tuple(passage.text for passage in passages)
        every = [sentence.text for passage in passages for sentence in passage.sentences]
        for text in every:
            yield Original(text, texts, document.published, tuple(each for each in every if each != text))


def cases(mutate: Mutate, sentences: Sequence[Original], entities: Entities, seed: int, most: int) -> list[Case]:
    """At most `most` cases of one kind, the same for the same seed."""
    chance = random.Random(f"{seed} {mutate.__name__}")
    found: list[Case] = []
    for original in chance.sample(sentences, len(sentences)):
        changed = mutate(original, chance, entities)
        if changed and (changed != original.text) == (mutate is not untouched):
            found.append(Case(mutate.__name__, changed, original))
        if len(found) == most:
            break
    return found


def verdicts(checker: Checker, of: Sequence[Case]) -> list[Verdict]:
    """The checker's verdicts on the cases."""
    return checker.check_all([Item(case.text, case.original.passages, case.original.published) for case in of])


class EverythingSupported:
    """A score that never doubts: what is caught beside it, the rules have caught."""

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        """1 for each pair."""
        return [1.0] * len(pairs)


def _swapped(text: str, chance: random.Random, swaps: Sequence[tuple[re.Pattern[str], str]]) -> str | None:
    found = [(match, other) for pattern, other in swaps for match in pattern.finditer(text)]
    if not found:
        return None
    match, other = chance.choice(found)
    return text[: match.start()] + other + text[match.end() :]


def _replaced(text: str, start: int, end: int, other: str) -> str:
    return text[:start] + other + text[end:]


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.grounding.mutations", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most", type=int, default=MOST_PER_KIND, help="cases of each kind")
    parser.add_argument("--show", metavar="KIND", help="print the cases of this kind that are judged wrongly")
    parser.add_argument("--corpus", type=Path, default=Path(corpus.__file__).parent)
    options = parser.parse_args(arguments)
    entities = load_entities(options.corpus / "entities.yaml")
    sentences = list(originals(options.corpus, entities))
    rules, shipped = Checker(entities, EverythingSupported()), shipped_checker(entities)
    print(f"{len(sentences)} sentences, seed {options.seed}; share caught (errors) or refused (honest)")
    print(f"{'kind':22}{'cases':>6}{'rules':>8}{'with score':>12}{'ms each':>9}")
    for group, wanted in ((EXACT, False), (FINE, False), (HONEST, True)):
        for mutate in group:
            made = cases(mutate, sentences, entities, options.seed, options.most)
            begin = perf_counter()
            by_rules = verdicts(rules, made)
            each = (perf_counter() - begin) / max(1, len(made)) * 1000
            all_in = verdicts(shipped, made)
            shares = [
                sum(not verdict.supported for verdict in found) / max(1, len(made)) for found in (by_rules, all_in)
            ]
            print(f"{mutate.__name__:22}{len(made):>6}{shares[0]:>8.1%}{shares[1]:>12.1%}{each:>9.1f}")
            if options.show == mutate.__name__:
                _show(made, by_rules, wanted)
    return 0


def _show(made: Sequence[Case], found: Sequence[Verdict], wanted: bool) -> None:  # which verdict is right
    for case, verdict in zip(made, found, strict=True):
        if verdict.supported != wanted:
            print(f"    {case.text}\n      was: {case.original.text}")
            for problem in verdict.problems:
                print(f"      {problem.kind}: {problem.words} | {problem.explanation}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
