"""Which kind of answer a question wants: a plan, a fact, a comparison, a timeline, news, skills, or questions.

The first wording of a table that fits decides, then what the question names and whether something is asked at all.
`question` calls `intent_of`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from corpus.entities import Links
from service.answering.answer import CompanyUnderstood, Intent, RoleUnderstood
from service.answering.aspects import ASPECTS
from service.answering.focus import focus_on, without_companies
from service.answering.patterns import any_case
from service.answering.periods import window_of
from service.answering.terms import content_terms
from service.answering.time_left import INTERVIEWED, interview_is_near

GUIDED: frozenset[Intent] = frozenset({"prepare", "skills", "practise", "questions_to_ask"})
"""Intents that a role's guide serves, so that a role is guessed for them from the field that the question names, and a
follow-up takes over what was to be prepared.
"""
_SMALLTALK = any_case(
    r"^\W*(?:hi+|hello|hey|good (?:morning|afternoon|evening)|thanks?|thank you|thx|cheers|bye|goodbye|ok(?:ay)?|great|"
    r"who are you|what are you|what can you do|how does this work|help)(?:[\s,!.]+(?:there|again|so much|a lot|bot|interviewally))*\W*$"
)
# In order: the first pattern that fits decides.
_INTENTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "questions_to_ask",
        any_case(
            r"\bquestions? (?:to|i (?:can|could|should|might)|for me to|that i (?:can|could|should)) ask\b|\bask (?:them|back)\b|"
            r"\b(?:could|should|can|do|would|might|shall) i ask\b|\bwhat to ask\b|\bquestions? (?:to|for) (?:[\w-]+ ){0,4}(?:interviewers?|them|recruiter)\b|"
            r"\bquestions? (?:from me|i (?:can|could|should|might|may) (?:throw|put|raise|bring|pose)|of (?:my own|mine))\b|\b(?:good|smart|clever|great|sharp|strong|nice|insightful|closing) (?:\w+ )?(?:questions?|qs) (?:to|for|from|about)\b|\bend of (?:the )?interview q(?:uestion)?s\b|"
            r"\b(?:things|stuff|something) to ask\b|\bwhat would you ask\b|\bmy turn to ask\b|\bask (?:the|my|their|our) (?:[\w-]+ ){0,3}(?:interviewers?|manager|team|recruiter|panel|founders?|lead)\b|\bquestions for us\b|"
            r"\breverse questions?\b|\bgyaku shitsumon\b|\bquestions to ask\b"
        ),
    ),
    (
        "practise",
        any_case(
            r"\b(?:drill|quiz|grill|test) me\b|\bpracti[sc](?:e|ing)\b|\bask me\b|\bmock\b|\bsample questions\b|\blikely questions\b|"
            r"\bquestions (?:will|would|do|might|could) (?:they|i) (?:ask|get|expect)\b|\bwhat would a strong answer\b"
        ),
    ),
    (
        "timeline",
        any_case(
            r"\btime ?line\b|\bchronolog|\bsequence of\b|\bin order\b(?! to\b)|\bmonth by month\b|\byear by year\b|\bhistory of\b|\bstep by step\b|"
            r"\bfrom (?:the )?launch to\b|\bwhat happened when\b|\b(?:which|what) steps?\b[^.?!]*\bwhen\b|\bmilestones\b|\bdates please\b|\bwhat happened\b.*\bbetween\b|\bwhat did\b.* and when\b"
        ),
    ),
    (
        "changes",
        any_case(
            r"\bwhat(?:'s|’s| has| is|s| have)? (?:been )?(?:chang(?:ed|ing)|new|different|happening|the latest)\b|\bcatch me up\b|\bwhat(?:'s| has|s)? happened (?:since|recently|lately|in the last)\b|"
            r"\bhappen(?:ed|s|ing)\b[^.?!]*\bsince\b|\bnews since\b|\bany news\b|\bupdate me\b|\bbring me up to (?:date|speed)\b|\bwhat changed\b|\bwhat did \S+ announce\b|\brecent news\b|\blatest news\b"
        ),
    ),
    (
        "prepare",
        any_case(
            r"\bhow (?:do|should|would|to|can|could|shall)\b[^.?!]{0,20}\b(?:prep(?:are)?|study|revise|get ready)\b|\bprep(?:are)? (?:me|please|pls|plz|plan)\b|"
            r"\b(?:study|preparation|training|prep) plan\b|\bwhat (?:do|should|must|can|to)\b[^.?!]{0,12}\b(?:prep(?:are)?|study|revise)\b|(?:^|[.,;:!?]\s*)prep(?:are)?\s*[?!.,]|[.,;!?]\s*prep\W*$|"
            r"\bhelp me (?:prep|priori?ti[sz]e|priortise|get ready|plan)|\bhow (?:do|to|can) i (?:get|land|pass|crack|ace|nail)\b|\bget (?:me )?ready for\b|\bwhat to (?:prep|prepare|study)\b|\bcrash course\b|\bgame plan\b|\bbrush up\b|\bcramm?(?:ing)?\b(?= for| before)|\bprepare for\b|\bprep for\b|\bsame prep(?:aration)?\b"
        ),
    ),
    (
        "skills",
        any_case(
            r"\bskills?\b|\bwhat (?:do|does|will|would) (?:they|it|the\b[^?.!]{0,30}) (?:test|tests|look for|expect)\b|\bwhat (?:they|it) tests?\b|\bwhat\b[^?.!]{0,40}\b(?:expect|need) (?:me|you) to know\b|"
            r"\bwhat (?:should|must|do) i (?:need to )?(?:know|learn)\b|\bwhere do i need\b|"
            r"\bwhat (?:should|must|does) an? [^.?!]{2,40} (?:need to |have to )?(?:know|learn)\b|\bwhat do [\w -]{2,40}s (?:need|have) to (?:know|learn)\b"
        ),
    ),
    (
        "about",
        any_case(
            r"\btell me (?:more )?about\b|^\W*explain\b|\bwhat do you (?:know|have) (?:about|on)\b|\bwhat(?: is|'s|s| are| does| do)\b[^?.!,]{0,40}\b(?:about|do|does|doing)\W*$|\bwhat are they about\b|"
            r"^\W*(?:who|what) (?:is|are|'s) (?:[\w.&'-]+\s?){1,4}\W*$|\boverview of\b|\b(?:low ?down|scoop|info(?:rmation)?) on\b|\bback to the\b"
        ),
    ),
)  # fmt: skip
_LATEST = any_case(
    r"\blatest (?:on|from|with|about|at)\b|\banything new\b|\bnews (?:on|about|from|of)\b|\bupdates? (?:on|from|about)\b|"
    r"\bwhat(?:'s|’s|s| is| are| has| have)? (?:\S+ ){0,3}(?:been )?up (?:to|with)\b"
)
_NEEDED = any_case(
    r"\b(?:do|will|would|should) i (?:really |actually )?(?:need|have|learn|know|study)\b|\bis it (?:necessary|important) to\b|"
    r"^\W*(?:is|are) (?:[\w+#-]+ ){1,3}(?:needed|required|necessary|enough|useful)\b"
)
WANTS_HELP = any_case(
    r"\bhelp\b|\bpanick?ing\b|\b(?:so |very |really )(?:nervous|stressed|scared)\b|\bfreaking out\b|\bno idea (?:where|how|what)\b|\b(?:where|what) (?:is |are |'s )?(?:the|my) (?:\w+ )?gaps?\b|\bwhat matters(?: most)?\b|\btips?\b|\badvice\b|\bpointers\b|\bfocus on\b|\bprioriti[sz]e\b|\bw(?:h?at|ut) (?:should|shd|shld|shall|can|must|do) (?:i|we) do\b|\bwhat to do\b|"
    r"\bwhere (?:do|should|to) (?:i )?(?:start|begin|focus)\b|\bhow (?:should|do|can|to) (?:i )?(?:approach|tackle|handle|go about)\b"
)
"""Asks what to do about an interview."""
_TESTED = any_case(
    r"\bwhat (?:will|would|might|could|am|are|do|can) (?:i|they|we) (?:likely |probably )?(?:be |going to be |get )?(?:test(?:ed)?|asked?|grill(?:ed)?|quizz?(?:ed)?|examined?|face|expect(?:ed)?)\b"
)
_FACT_WANTED = any_case(r"\b(?:who|when|which|how (?:many|much|long|often))\b")
ASKS_SOMETHING = any_case(
    r"\?|\b(?:how|what|where|who|which|when|why)\b|"
    r"(?:^|[,.;:!]|\band|\bbut|\bso)\s*(?:do|does|did|am|is|are|was|were|has|have|can|could|may|will|would|should)\b"
)
"""Has a question mark, a question word, or a clause that opens like a question."""
PAST = any_case(r"\b(?:had|did|failed|bombed|passed|finished|rejected)\b")
"""Tells of what lies behind the candidate."""
_OF_THE_CANDIDATE = any_case(r"\b(?:i|i'm|i’m|im|i've|i’ve|ive|my|me|we)\b")
_GENERAL_ASPECTS = frozenset({"status", "technology", "strategy", "interviews", "contested"})
"""Details that a question about a company as a whole may name ("what is Figure doing now, my interview is on Friday")."""
OPEN_ASPECTS = frozenset({"status", "interviews", "hiring", "contested", "layoffs"})
"""Details that a remark may touch without asking for them."""
_COMPARE = any_case(
    r"\bvs\b\.?|\bversus\b|\bcompar(?:e|ed|ison)|\bdiffer(?:s|ence|ent)?\b|\bboth\b|\beach\b|\bbetter\b|\bwhich of\b"
)
_COMPARE_LINK = any_case(
    r"^\s*(?:[a-z]{3,}\s+)?,?\s*(?:or (?:at |with )?|vs\.?|versus|against|compared (?:to|with))\s*$"
)
_CHOOSES = any_case(r"\bwhich (?:one|of (?:the|them|these))\b|\bdifference between\b")
_HAPPENED = any_case(r"\bwhat(?:'s|s| has)? (?:been )?(?:happened|happening|going on) (?:at|to|with|in)\b")
_HAPPENED_TERMS = frozenset(content_terms("what happened happening going on"))
_NEWS_OF = any_case(
    r"\b(?:news|headlines?|announcements?|developments|what (?:was (?:there|reported|announced)|went on|happened|was (?:going )?on))\b"
)
"""Asks for whatever was reported; with a window of time it is the events of that time."""


def intent_of(
    text: str,
    companies: Sequence[CompanyUnderstood],
    unknown: Sequence[str],
    roles: Sequence[RoleUnderstood],
    guess: RoleUnderstood | None,
    links: Links,
    days_left: int | None,
    as_of: date,
) -> Intent:
    """The intent of a question.

    Args:
        text: the question as it stands alone.
        companies: those that it is about.
        unknown: the names in it that no source knows.
        roles: those that it names.
        guess: the role that its field of work suggests, or None.
        links: every name in it.
        days_left: until the interview, or None when it does not say.
        as_of: the day of the question.
    """
    if _SMALLTALK.match(text):
        return "smalltalk"
    worded = next(
        (i for i, pattern in _INTENTS if pattern.search(text) and not (i == "about" and _asks_detail(text, links))),
        None,
    )
    prepares_for_both = worded == "prepare" and bool(roles) and not _COMPARE.search(text)
    if len(companies) + len(unknown) >= 2 and (_COMPARE.search(text) or _joined(text, links)) and not prepares_for_both:
        return "compare"
    is_target = bool(roles or companies or unknown or guess)
    wants_plan = is_target and _wants_plan(text, guess, days_left)
    is_whole = INTERVIEWED.search(text) and _is_whole_preparation(text, worded, bool(companies or unknown), days_left)
    # "What do I do" about an interview is no question about what a firm does.
    if is_whole or (worded == "about" and wants_plan):
        return "prepare"
    if worded:
        return _about(links, guess) if worded == "about" else worded
    hints: tuple[tuple[Intent, bool], ...] = (
        ("fact", any(aspect.strict and aspect.asked.search(text) for aspect in ASPECTS)),
        ("changes", bool((companies or unknown) and _LATEST.search(text))),
        ("skills", bool(guess and guess.id and _NEEDED.search(text))),
    )
    if hinted := next((intent for intent, holds in hints if holds), None):
        return hinted
    if companies and (told := _told_of_companies(text, links)):
        return told
    has_field = bool(roles or (guess and guess.id and days_left is not None))
    if wants_plan or (has_field and _states_a_role(text, companies, days_left)):
        return "prepare"
    return "changes" if _NEWS_OF.search(text) and window_of(text, "changes", as_of) else "fact"


def _is_whole_preparation(text: str, worded: Intent | None, has_employer: bool, days_left: int | None) -> bool:
    """Whether what an interview tests is asked by somebody who has one: a plan serves them better than skills alone."""
    tested = worded in (None, "skills", "about", "practise") and bool(_TESTED.search(text))
    return has_employer and (tested or (worded == "skills" and days_left is not None))


def _told_of_companies(text: str, links: Links) -> Intent | None:
    """What a question wants that has no content words besides companies: their story, or all about them."""
    asked = set(content_terms(without_companies(text, links)))
    if _HAPPENED.search(text) and asked <= _HAPPENED_TERMS:
        return "timeline"
    return None if asked or _asks_detail(text, links) else "about"


def _wants_plan(text: str, guess: RoleUnderstood | None, days_left: int | None) -> bool:
    """Whether a candidate with a target tells of an interview, or of a time that is left and being at a loss."""
    at_a_loss = days_left is not None and bool(WANTS_HELP.search(text)) and not _FACT_WANTED.search(text)
    return at_a_loss or _tells_of_an_interview(text, guess, days_left)


def _tells_of_an_interview(text: str, guess: RoleUnderstood | None, days_left: int | None) -> bool:
    """Whether the candidate asks for help with an interview ("onsite in two weeks, what should I focus on") or tells of
    one that is to come, and asks nothing.
    """
    if not INTERVIEWED.search(text):
        return False
    if WANTS_HELP.search(text):
        return not _FACT_WANTED.search(text)
    is_own = guess is not None or days_left is not None or bool(_OF_THE_CANDIDATE.search(text))
    asks_detail = any(aspect.id not in OPEN_ASPECTS and aspect.asked.search(text) for aspect in ASPECTS)
    return is_own and not asks_detail and not ASKS_SOMETHING.search(text) and not PAST.search(text)


def _states_a_role(text: str, companies: Sequence[CompanyUnderstood], days_left: int | None) -> bool:
    """Whether a named role stands there with a company, an interview or a date, and nothing is asked ("embedded AI
    engineer, Hyundai, in 10 days").
    """
    interviewed = interview_is_near(text)
    if not re.search(r"\?|\b(?:how|what|where|who|which|when|why|do|does|is|are|can)\b", text, re.IGNORECASE):
        return interviewed or days_left is not None or bool(companies)
    asked = re.search(r"\b(?:how many|how much|what|where|who|which|when|why)\b", text, re.IGNORECASE)
    return interviewed and days_left is not None and not asked


def _asks_detail(text: str, links: Links) -> bool:
    """Whether a detail is asked or a kind of answer wanted, so that what is known in general is no answer."""
    focus = focus_on(without_companies(text, links), links)
    aspects = any(aspect.id not in _GENERAL_ASPECTS for aspect in focus.aspects)
    return aspects or bool(focus.answer_types - {"person"} or _CHOOSES.search(text))


def _about(links: Links, guess: RoleUnderstood | None) -> Intent:
    """What a question about a thing asks for: the guide, when the thing is a field of work and no company."""
    return "skills" if not links.companies and guess and guess.id else "about"


def _joined(text: str, links: Links) -> bool:
    mentions = [mention for mention in links.mentions if mention.kind == "company"]
    return any(_COMPARE_LINK.match(text[left.end : right.start]) for left, right in pairwise(mentions))
