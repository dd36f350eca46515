"""What a question asks: intent, companies, roles, what detail, which time, and how many days are left.

In goes an `AnswerRequest`, out comes a `Question`, the value that evidence selection and the composers work from.
Nothing here looks at sources; entity linking (`corpus.entities`) does the names, tables of patterns do the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from corpus.entities import Entities, Links, Mention
from service.answering.answer import (
    AnswerRequest,
    CompanyUnderstood,
    Intent,
    RoleUnderstood,
    Target,
    TimeWindow,
    Turn,
    Understanding,
)
from service.answering.figures import MONTHS
from service.answering.followup import Talk, corrected, standalone
from service.answering.known import NOTHING, Field, Known, covered_in, forgotten_fields, without
from service.answering.names import unknown_names
from service.answering.roles import product_role, role_of_field, uncovered_role
from service.answering.terms import content_terms, respelt
from service.answering.time_left import (
    COUNT,
    INTERVIEWED,
    MONTHS_ALTERNATION,
    NUMBER_WORDS,
    interview_is_near,
    time_left,
)


@dataclass(frozen=True, slots=True)
class Aspect:
    """A detail that candidates ask for: how it is asked (`asked`), and which sentences speak of it (`told`).

    A strict aspect is never answered by a sentence that does not match `told`; `noun` names it in "the sources do not
    say …".
    """

    id: str
    noun: str
    asked: re.Pattern[str]
    told: re.Pattern[str]
    strict: bool = False


def _aspect(id: str, noun: str, asked: str, told: str, strict: bool = False) -> Aspect:
    return Aspect(id, noun, re.compile(asked, re.IGNORECASE), re.compile(told, re.IGNORECASE), strict)


_FIGURE = r"\d"
ASPECTS: tuple[Aspect, ...] = (
    _aspect(
        "equity", "stock or equity for employees",
        r"\bRSUs?\b|\bstock options?\b|\bequity (?:package|grant|for)|\boptions or\b",
        r"\b(?:stock|equity|option|share)s?\b.*\b(?:employee|staff|grant|candidate)|\b(?:employee|staff|grant).*\b(?:stock|equity|option|share)s?\b",
        strict=True,
    ),
    _aspect(
        "pay", "pay",
        r"\bhow (?:much|well) (?:do|does|would|will) (?:\w+ ){1,4}pay\b(?! for)|\bsalar(?:y|ies)\b|\bcompensation\b|\btotal comp\b|\bcomp\b|\bwages?\b|\bTC\b|\bbase pay\b|\bmonthly pay\b|\bhow much (?:do|does|would|will|can) (?:they|i|you|an?|(?:\w+ ){0,3}engineers?|people)\b.{0,20}\b(?:pay|earn|make)\b|\bpay (?:in|at)\b|\bwhat(?:'s| is) the pay\b|\bpays? (?:their|its|engineers|well)\b",
        r"\b(?:salar(?:y|ies)|compensation|wages?|base pay|monthly pay|pay packages?|pay of|paid (?:to )?(?:engineers|employees|staff|people))\b|\b(?:engineers?|employees|staff|developers?|graduates?|people)\b.{0,60}\b(?:earns?|paid|pay)\b",
        strict=True,
    ),
    _aspect(
        "headcount", "how many people work there",
        r"\b(?:employee|staff|team) (?:count|size|number)\b|\bhead ?count\b|\btotal (?:employees|staff|workforce|engineers)\b|\bsize of (?:the|their|its) (?:\w+ )?(?:team|workforce|staff)\b|\bnumber of (?:engineers|employees|people|staff|researchers)\b|\bhow many (?:people|employees|engineers|researchers|staff|scientists)\b.{0,25}\b(?:work|employ|are (?:there|on|in|at)|(?:were|was) (?:still )?(?:on|in)|have)\b|\bhow (?:big|large) is (?:the|their|your) (?:\w+ )?team\b|\b(?:employees|staff|people) in total\b|\bhow big is (?:the|their|its) (?:workforce|staff)\b",
        r"\d[\d,]*(?:\s[\w-]+){0,3}\s(?:employees|staff|people|engineers|researchers|workers|scientists)\b|\b(?:employs|workforce|headcount|a team of)\b",
        strict=True,
    ),
    _aspect(
        "interview rounds", "the interview rounds",
        r"\bhow many (?:\w+ ){0,2}rounds?\b|\brounds? (?:is|are) the\b|\bwhite ?board\b|\binterview (?:process|stages|loop)\b|\bhow long is each\b",
        r"\brounds?\b.*\binterview|\binterview.*\b(?:rounds?|stages?|loop|hours?|minutes?|process)\b|\bonsite\b|\btake-home\b|\bscreen",
        strict=True,
    ),
    _aspect(
        "headquarters", "where the headquarters are",
        r"\bhead ?quarter(?:s|ed)?\b|\bHQ\b|\bwhere (?:is|are) (?:\w+ ){1,4}(?:based|located)\b|\boffice(?:s)? (?:is|are) where\b",
        r"\bheadquarter|\bbased in\b|\bseat\b|\b(?:[A-Z]\w+)-based\b|\bis based\b|\bhas its base\b",
        strict=True,
    ),
    _aspect(
        "visa", "visa sponsorship",
        r"\bvisas?\b|\bsponsor(?:s|ship)?\b|\bH-?1B\b",
        r"\bvisas?\b|\bsponsor|\bH-?1B\b",
        strict=True,
    ),
    _aspect(
        "remote work", "whether remote work is possible",
        r"\bremote(?:ly)?\b(?!.{0,12}\bop)|\bhybrid\b(?=.*\b(?:work|office|days)\b)|\bwork from home\b|\bWFH\b|\bin[- ]office\b|\breturn to office\b",
        r"\bremote(?:ly)? (?:work|role|position|job)|\bwork(?:s|ing)? remotely\b|\bfrom home\b|\bin the office\b|\bhybrid work",
        strict=True,
    ),
    _aspect(
        "benefits", "benefits and perks",
        r"\bbenefits\b|\bperks?\b|\bpension|\b(?:health )?insurance\b|\b(?:maternity|paternity|parental|sick) leave\b|\bvacation\b|\bholidays?\b|\bdays off\b|\brelocation\b|\bgym\b|\bcafeteria\b|\b(?:free )?lunch|\bparking\b|\bdog[- ]friendly\b|\blaptops?\b|\bbonus(?:es)?\b|\bhousing\b",
        r"\bbenefits? package\b|\bperks?\b|\bpension|\binsurance\b|\bparental leave\b|\bvacation\b|\brelocation\b|\bgym\b|\bcafeteria\b|\blunch|\bparking\b|\bbonus",
        strict=True,
    ),
    _aspect(
        "working hours", "working hours and work-life balance",
        r"\bwork[- ]life\b|\bworking hours\b|\bhours a week\b|\bovertime\b|\b996\b|\bcrunch\b|\bburn ?out\b",
        r"\bwork-life\b|\bworking hours\b|\bhours a week\b|\bovertime\b|\bweekends?\b",
        strict=True,
    ),
    _aspect("dress code", "what to wear", r"\bdress code\b|\bwhat (?:to|should i|do i) wear\b|\bsuit\b", r"\bdress\b|\bwear|\bsuit\b|\battire\b", strict=True),
    _aspect(
        "degree", "which degree is required",
        r"\bdegree\b(?! of (?!study))|\bdegrees\b(?! (?:of|celsius|in (?:roll|pitch|yaw)))|\bPhD (?:needed|required|necessary)\b|\bneed a (?:PhD|master|bachelor)",
        r"\bdegree\b|\bPhD\b|\bdoctora|\bgraduates?\b|\bmaster's\b|\bbachelor",
        strict=True,
    ),
    _aspect(
        "founders", "who founded it",
        r"\bwho (?:founded|started|set up|created)\b|\bfounders? (?:of|names?)\b|\bwho (?:are|were|is) the founders?\b",
        r"\bfound(?:ed|er|ers|ing)\b|\bco-?found|\bstarted by\b|\bset up by\b",
        strict=True,
    ),
    _aspect(
        "founding", "when it was founded",
        r"\bsince when\b|\bhow old (?:is|are)\b|\bwhen (?:was|were) (?:[\w'’-]+ ){1,4}(?:founded|started|set up|created|established)\b|\bwhen did (?:\w+ ){1,4}(?:start|begin) (?:up|out)\b|\bfounding (?:year|date)\b|\bwhat year (?:was|were)\b",
        r"\bfound(?:ed|ing)\b|\bset up (?:in|on)\b|\bestablished\b|\bsince (?:19|20)\d\d\b|\bstarted in\b",
    ),
    _aspect(
        "name", "what it is called now",
        r"\b(?:still|now|formerly|previously|used to be) (?:\w+ ){0,2}(?:called|named|known)\b|\bunder (?:that|this|the same|its old|their old|a (?:new|different)) name\b|\brename[sd]?\b|\brebrand|\b(?:old|new|former|current|right|correct|official) name\b|\bchang\w+ (?:its|their|the) name\b|\bname change\b",
        r"\bformerly\b|\brenam|\brebrand|\bnew name\b|\b(?:is|was) (?:now )?called\b|\bchanged its name\b|\bunder the name\b",
    ),
    _aspect(
        "layoffs", "job cuts",
        r"\blay[- ]?offs?\b|(?<!i was )(?<!i got )(?<!been )(?<!just )(?<!me )\blaid off\b|\b(?:job|staff|later|more|further|new|recent|big) cuts?\b|\bcut(?:s|ting)? (?:\w+ ){0,2}(?:jobs|staff|people|positions)\b|\bredundanc|\blet (?:people|staff|workers|engineers|employees) go\b|\bsacked\b",
        r"\blay[- ]?offs?\b|\blaid off\b|\bcuts?\b.*\b(?:employees|jobs|positions|staff|people|workforce)\b|\b(?:job|staff) cuts\b|\bredundanc|\bdismiss",
    ),
    _aspect(
        "contested", "who says otherwise",
        r"\breally\b|\binflated\b|\bexaggerat|\boverstat|\boverblown\b|\bdisput|\bcontest(?:s|ed)?\b|\bden(?:y|ies|ied)\b|\bhyped?\b|\b(?:is|was) (?:it|that|this) true\b|\brivals? (?:say|claim)",
        r"\bdisput|\bden(?:y|ies|ied)\b|\bcontest(?:s|ed)\b|\baccus|\boverstat|\bexaggerat|\breject(?:s|ed)\b|\bcontradict|\bconfirmed\b|\bdoubt|\bquestions? (?:the|whether|how)\b|\bdefends?\b|\bcritici[sz]|\bobjects?\b|\bcorrect(?:s|ed)\b",
    ),
    _aspect(
        "software", "the software stack",
        r"\bmiddleware\b|\bROS ?2?\b(?=.*\b(?:or|use|run)\b)|\btech stack\b|\bwhich (?:programming )?language\b",
        r"\bmiddleware\b|\bROS\b|\bstack\b|\bC\+\+|\bPython\b|\bRust\b",
        strict=True,
    ),
    _aspect(
        "valuation", "the valuation",
        r"\bworth\b(?! (?:in|it|the)\b)|\bvalu(?:ed|ation)\b|\bmarket cap\b|\bis at \$?\d+(?:\.\d+)? ?[bt]",
        r"\bvalu(?:ed|es|e|ation|ing)\b|\bworth\b|\bmarket value\b",
        strict=True,
    ),
    _aspect(
        "funding", "its funding",
        r"\brais(?:e|ed|ing)\b|\bfunding\b|\b(?:later|latest|newest) round\b(?! (?:at|with|interview))|\bmoney\b|\bseries [a-h]\b|\binvest(?:ed|ment)?\b|\bbacked\b|\bpublic money\b|\bchipped in\b|\bpulled in\b|\bsunk into\b",
        r"\brais(?:e|ed|es|ing)\b|\bfunding\b|\bfinancing\b|\bround\b|\binvest|\bSeries [A-H]\b|\bloan|\bstate money\b|\baid\b|\bsubsid|\bpledg|\bcontract money\b",
    ),
    _aspect(
        "jobs", "which jobs are open",
        r"\b(?:kinds?|sorts?|types?) of (?:jobs|roles|positions|people|engineers)\b|\b(?:which|what) (?:jobs|roles|positions)\b|\bwho are they (?:hiring|looking for)\b",
        r"\b(?:looks? for|looking for|hir(?:e|es|ing)|recruit(?:s|ing)?|seeks?|vacanc\w*|openings?|jobs|roles|positions)\b.*\b(?:engineer|scientist|researcher|developer|technician|operator|graduate|sale)s?\b",
    ),
    _aspect(
        "hiring", "hiring",
        r"\bhir(?:e|es|ing)\b|\bopenings?\b|\bvacanc|\brecruit(?!er)|\bapply\b|\bjob (?:number|ads?)\b",
        r"\bhir(?:e|es|ed|ing)\b|\bopen(?:ings| roles| positions)\b|\brecruit|\bvacanc|\bapplicants?\b|\bapply\b|\bjobs\b|\bpositions\b|\blooks? for (?:[\w-]+ ){0,3}(?:engineers?|scientists?|researchers?|staff|graduates)\b",
    ),
    _aspect(
        "interviews", "its interviews",
        r"\binterview(?:s|ing)?\b|\btake[- ]?home\b|\bloop\b|\bonsite\b|\ballowed\b|\bCodeSignal\b",
        r"\binterview|\btake-home\b|\bcandidates?\b|\bapplicants?\b|\bCoderPad\b|\bCodeSignal\b",
    ),
    _aspect(
        "demand", "who is wanted",
        r"\bpeople like me\b|\bshort of\b|\bin (?:short supply|demand)\b|\bsought[- ]after\b|\bshortages?\b|\btalent\b|\b(?:want|need|looking for|look for|lack|after) (?:\w+ ){0,2}(?:people|engineers|specialists|folks)\b",
        r"\bshortage|\btalent\b|\bspecialists?\b|\bin demand\b|\bsought\b|\bsalaries above\b|\bhard to find\b|\bpoach|\battract\b",
    ),
    _aspect("customers", "who its customers are", r"\bcustomers?\b|\bclients?\b|\bwho (?:uses|buys)\b", r"\bcustomers?\b|\bclients?\b|\bdeploy|\bput (?:\w+ ){0,3}to work\b|\btakes? over\b"),
    _aspect(
        "permission", "whether that is allowed",
        r"\b(?:can|may|could) (?:i|we|candidates) (?:use|have|bring|keep)\b|\b(?:let|lets|allow|allows|permits?) (?:candidates|applicants|people|you|me)\b|\bis (?:\w+ ){1,3}(?:banned|barred)\b|\ballowed to\b|\bam i allowed\b|\bis it (?:ok|okay|allowed)\b",
        r"\bmay use\b|\ballow|\bpermit|\bbarred\b|\bbann(?:ed|ing)\b|\bbans\b|\bforbid|\bwithout AI\b|\bexpects? candidates\b|\bmay not\b",
    ),
    _aspect("strategy", "its strategy", r"\bstrateg", r"\bstrateg|\baims?\b|\bbets?\b|\bfocus|\bplans? to\b|\bwants?\b"),
    _aspect("technology", "how its technology works", r"\btech(?:nology)?\b|\bapproach\b|\bhow does it work\b", r"\bmodel\b|\blearn|\bend[- ]to[- ]end\b|\bmaps?\b|\brules\b|\bsimulat|\barchitecture\b|\bneural"),
    _aspect(
        "origin", "what it is built on",
        r"\bhome-?grown\b|\bin-house\b|\bfrom scratch\b|\b(?:built|based|trained|fine-?tuned) on\b|\bbuilt by\b|\bown model\b|\bwhose model\b|\bunderlying model\b|\bbase model\b",
        r"\b(?:rests?|resting|built|based|builds|fine-tuned|derived) on\b|\bfrom scratch\b|\btogether with\b|\bin-house\b|\bits own (?:\w+ ){0,2}model|\bderived from\b|\blinked\b[^.]*\bto\b",
    ),
    _aspect(
        "fleet", "how large its fleet is",
        r"\bfleets?\b|\bhow many (?:\w+ )?(?:robotaxis?|cars|vehicles|taxis|trucks)\b|\bnumber of (?:\w+ )?(?:robotaxis?|cars|vehicles|taxis|trucks)\b",
        r"\bfleets?\b|\d[\d,]*\s(?:[\w-]+\s){0,2}(?:robotaxis?|cars|vehicles|taxis|trucks)\b",
    ),
    _aspect("size", "how large it is", r"\b(?:model )?sizes?\b(?! of)|\bparam(?:eter)?s\b|\bhow (?:big|large) is (?:the|their|its) model\b", r"\bparameters?\b"),
    _aspect("purpose", "what it is meant for", r"\bmeant for\b|\b(?:good|made|intended|suited|used) for\b|\bpurposes?\b|\bwhat for\b|\bwho (?:is|are) (?:it|they) for\b|\buse cases?\b", r"\b(?:meant|designed|intended|made|built) (?:for|to)\b|\bis to\b|\bare to\b|\baims? (?:at|to)\b|\bso that\b|\brealistic\b|\bsuits?\b|\bexpected to\b|\bruns? on\b|\basks? about\b"),
    _aspect("targets", "its targets", r"\btargets?\b|\bgoals?\b", r"\btargets?\b|\bgoal|\ba year\b|\bby 20\d\d\b|\bplans? to\b|\baims?\b"),
    _aspect("shipments", "how many it shipped", r"\bship(?:ped|ments?)\b|\bmarket share\b", r"\bship|\bshare\b|\binstalled\b"),
    _aspect("profit", "its profit", r"\bprofit|\bmargin|\bearnings\b|\bbreak even\b", r"\bprofit|\bloss\b|\bbreak even\b|\bmargin", strict=True),
    _aspect("revenue", "its revenue", r"\brevenues?\b|\bsales\b|\bARR\b|\bturnover\b", r"\brevenues?\b|\bsales\b", strict=True),
    _aspect("price", "the price", r"\bprices?\b|\bhow much (?:is|are|does|did)\b(?!.{0,40}\b(?:rais|invest|time|pay\b(?! for))\w*)|\bcosts?\b", r"[$€¥£₹]\s?\d|\d\s(?:dollars|euros|yen|pounds|won|yuan)|\b(?:dollars|euros|yen)\b", strict=True),
    _aspect(
        "status", "where it stands now",
        r"\bstill\b|\balready\b|\byet\b|\bso far\b|\bstand\b|\bnow\b|\bstatus\b",
        r"\bhalt|\bstop|\bcancel|\bretire|\bend(?:s|ed)\b|\bclos|\bbegan\b|\bstart|\bcomplete|\bannounc|\breplac|\bno longer\b",
    ),
    _aspect("accuracy", "safety incidents", r"\bcrash|\brecall|\baccident|\bincident|\bsafe(?:ty|r)?\b(?! (?:AV )?(?:engineer|role|manager|case|standard|assessor|writer|lead|job|team|expert|critical)|-critical)|\bdangerous\b", r"\bcrash|\brecall|\baccident|\bincident|\bflood"),
    _aspect(
        "succession", "who takes over",
        r"\b(?:takes?|took|taking) over from\b|\bsucce(?:eds?|ssor)\b|\bwho replace[sd]?\b|\breplacement for\b",
        r"\bwill lead\b|\btakes? over\b|\btook over\b|\binterim\b|\bsuccee|\bsuccessor\b|\bappointed\b|\breplaces?\b",
        strict=True,
    ),
    _aspect("former leadership", "who led it", r"\bwho (?:led|ran|headed|was (?:leading|running|heading))\b", r"\bled\b|\bheaded\b|\bran\b|\bhead of\b"),
    _aspect("leadership", "who leads it", r"\bCEO\b|\bwho(?:'s|’s|'ll be| is| was| will be|s)? (?:now |currently |then )?(?:leads?|runs?|heads?|leading|running|heading|in charge)\b|\bin charge of\b|\bboss\b|\bwho is (?:the|their|its) (?:new |current )?(?:head|president|chief|leader)\b", r"\bchief executive\b|\bCEO\b|\bleads?\b|\bled\b|\bhead(?:s|ed)?\b|\bruns\b|\bin charge\b|\bpresident\b|\binterim\b|\btakes? over\b|\btook over\b|\boversees?\b", strict=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Focus:
    """What a question, or one part of it, is after: content words without names, details, and kinds of answer.

    `key_terms` are the words after the question word: what is asked, as against what it is asked about; `newest` says
    that the present state is wanted ("latest", "yet", "this year").
    """

    text: str
    terms: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    answer_types: frozenset[str]
    key_terms: frozenset[str] = frozenset()
    newest: bool = False

    @property
    def strict(self) -> tuple[Aspect, ...]:
        """The details that only a sentence speaking of them answers."""
        return tuple(aspect for aspect in self.aspects if aspect.strict)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the engine works on it. `as_of` hides later news; `parts` are what it asks one after the other.

    `described_ids` are the companies that fit a description without a name ("the Korean group that …"). `vague` says
    that it names nothing to answer about, so that the candidate is asked for a company or role.
    """

    text: str
    standalone: str
    intent: Intent
    as_of: date
    companies: tuple[CompanyUnderstood, ...] = ()
    unknown: tuple[str, ...] = ()
    forgets: frozenset[Field] = frozenset()
    roles: tuple[RoleUnderstood, ...] = ()
    skills: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    window: TimeWindow | None = None
    days_left: int | None = None
    experience: str = ""
    covered: tuple[str, ...] = ()
    vague: bool = False
    language: str = "en"
    focus: Focus = Focus("", (), (), frozenset())
    parts: tuple[Focus, ...] = ()
    premise: str = ""
    in_scope_words: bool = False
    related_ids: tuple[str, ...] = ()
    described_ids: frozenset[str] = frozenset()

    @property
    def is_smalltalk(self) -> bool:
        """Whether nothing is asked of the sources: a greeting, or something that is to be forgotten."""
        return self.intent == "smalltalk"

    @property
    def asked_ids(self) -> tuple[str, ...]:
        """The companies whose news counts as being about the question: those asked about, and their next of kin."""
        return self.company_ids + self.related_ids

    @property
    def company_ids(self) -> tuple[str, ...]:
        """Canonical names of the companies asked about."""
        return tuple(company.id for company in self.companies)

    def understanding(self) -> Understanding:
        """The part of the question that the candidate sees and may correct."""
        return Understanding(
            intent=self.intent, companies=self.companies, unknown_companies=self.unknown, roles=self.roles, skills=self.skills,
            countries=self.countries, topics=self.topics, time_window=self.window, days_left=self.days_left,
            experience=self.experience, language=self.language,
        )  # fmt: skip


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


_SMALLTALK = _pattern(
    r"^\W*(?:hi+|hello|hey|good (?:morning|afternoon|evening)|thanks?|thank you|thx|cheers|bye|goodbye|ok(?:ay)?|great|"
    r"who are you|what are you|what can you do|how does this work|help)(?:[\s,!.]+(?:there|again|so much|a lot|bot|interviewally))*\W*$"
)
# In order: the first pattern that fits decides.
_INTENTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "questions_to_ask",
        _pattern(
            r"\bquestions? (?:to|i (?:can|could|should|might)|for me to|that i (?:can|could|should)) ask\b|\bask (?:them|back)\b|"
            r"\b(?:could|should|can|do|would|might|shall) i ask\b|\bwhat to ask\b|\bquestions? (?:to|for) (?:[\w-]+ ){0,4}(?:interviewers?|them|recruiter)\b|"
            r"\bquestions? (?:from me|i (?:can|could|should|might|may) (?:throw|put|raise|bring|pose)|of (?:my own|mine))\b|\b(?:good|smart|clever|great|sharp|strong|nice|insightful|closing) (?:\w+ )?(?:questions?|qs) (?:to|for|from|about)\b|\bend of (?:the )?interview q(?:uestion)?s\b|"
            r"\b(?:things|stuff|something) to ask\b|\bwhat would you ask\b|\bmy turn to ask\b|\bask (?:the|my|their|our) (?:[\w-]+ ){0,3}(?:interviewers?|manager|team|recruiter|panel|founders?|lead)\b|\bquestions for us\b|"
            r"\breverse questions?\b|\bgyaku shitsumon\b|\bquestions to ask\b"
        ),
    ),
    (
        "practise",
        _pattern(
            r"\b(?:drill|quiz|grill|test) me\b|\bpracti[sc](?:e|ing)\b|\bask me\b|\bmock\b|\bsample questions\b|\blikely questions\b|"
            r"\bquestions (?:will|would|do|might|could) (?:they|i) (?:ask|get|expect)\b|\bwhat would a strong answer\b"
        ),
    ),
    (
        "timeline",
        _pattern(
            r"\btime ?line\b|\bchronolog|\bsequence of\b|\bin order\b(?! to\b)|\bmonth by month\b|\byear by year\b|\bhistory of\b|\bstep by step\b|"
            r"\bfrom (?:the )?launch to\b|\bwhat happened when\b|\b(?:which|what) steps?\b[^.?!]*\bwhen\b|\bmilestones\b|\bdates please\b|\bwhat happened\b.*\bbetween\b|\bwhat did\b.* and when\b"
        ),
    ),
    (
        "changes",
        _pattern(
            r"\bwhat(?:'s|’s| has| is|s| have)? (?:been )?(?:chang(?:ed|ing)|new|different|happening|the latest)\b|\bcatch me up\b|\bwhat(?:'s| has|s)? happened (?:since|recently|lately|in the last)\b|"
            r"\bhappen(?:ed|s|ing)\b[^.?!]*\bsince\b|\bnews since\b|\bany news\b|\bupdate me\b|\bbring me up to (?:date|speed)\b|\bwhat changed\b|\bwhat did \S+ announce\b|\brecent news\b|\blatest news\b"
        ),
    ),
    (
        "prepare",
        _pattern(
            r"\bhow (?:do|should|would|to|can|could|shall)\b[^.?!]{0,20}\b(?:prep(?:are)?|study|revise|get ready)\b|\bprep(?:are)? (?:me|please|pls|plz|plan)\b|"
            r"\b(?:study|preparation|training|prep) plan\b|\bwhat (?:do|should|must|can|to)\b[^.?!]{0,12}\b(?:prep(?:are)?|study|revise)\b|(?:^|[.,;:!?]\s*)prep(?:are)?\s*[?!.,]|[.,;!?]\s*prep\W*$|"
            r"\bhelp me (?:prep|priori?ti[sz]e|priortise|get ready|plan)|\bhow (?:do|to|can) i (?:get|land|pass|crack|ace|nail)\b|\bget (?:me )?ready for\b|\bwhat to (?:prep|prepare|study)\b|\bcrash course\b|\bgame plan\b|\bbrush up\b|\bcramm?(?:ing)?\b(?= for| before)|\bprepare for\b|\bprep for\b|\bsame prep(?:aration)?\b"
        ),
    ),
    (
        "skills",
        _pattern(
            r"\bskills?\b|\bwhat (?:do|does|will|would) (?:they|it|the\b[^?.!]{0,30}) (?:test|tests|look for|expect)\b|\bwhat (?:they|it) tests?\b|\bwhat\b[^?.!]{0,40}\b(?:expect|need) (?:me|you) to know\b|"
            r"\bwhat (?:should|must|do) i (?:need to )?(?:know|learn)\b|\bwhere do i need\b|"
            r"\bwhat (?:should|must|does) an? [^.?!]{2,40} (?:need to |have to )?(?:know|learn)\b|\bwhat do [\w -]{2,40}s (?:need|have) to (?:know|learn)\b"
        ),
    ),
    (
        "about",
        _pattern(
            r"\btell me (?:more )?about\b|^\W*explain\b|\bwhat do you (?:know|have) (?:about|on)\b|\bwhat(?: is|'s|s| are| does| do)\b[^?.!,]{0,40}\b(?:about|do|does|doing)\W*$|\bwhat are they about\b|"
            r"^\W*(?:who|what) (?:is|are|'s) (?:[\w.&'-]+\s?){1,4}\W*$|\boverview of\b|\b(?:low ?down|scoop|info(?:rmation)?) on\b|\bback to the\b"
        ),
    ),
)  # fmt: skip
_LATEST = _pattern(
    r"\blatest (?:on|from|with|about|at)\b|\banything new\b|\bnews (?:on|about|from|of)\b|\bupdates? (?:on|from|about)\b|"
    r"\bwhat(?:'s|’s|s| is| are| has| have)? (?:\S+ ){0,3}(?:been )?up (?:to|with)\b"
)
_NEEDED = _pattern(
    r"\b(?:do|will|would|should) i (?:really |actually )?(?:need|have|learn|know|study)\b|\bis it (?:necessary|important) to\b|"
    r"^\W*(?:is|are) (?:[\w+#-]+ ){1,3}(?:needed|required|necessary|enough|useful)\b"
)
_WANTS_HELP = _pattern(
    r"\bhelp\b|\bpanick?ing\b|\b(?:so |very |really )(?:nervous|stressed|scared)\b|\bfreaking out\b|\bno idea (?:where|how|what)\b|\b(?:where|what) (?:is |are |'s )?(?:the|my) (?:\w+ )?gaps?\b|\bwhat matters(?: most)?\b|\btips?\b|\badvice\b|\bpointers\b|\bfocus on\b|\bprioriti[sz]e\b|\bw(?:h?at|ut) (?:should|shd|shld|shall|can|must|do) (?:i|we) do\b|\bwhat to do\b|"
    r"\bwhere (?:do|should|to) (?:i )?(?:start|begin|focus)\b|\bhow (?:should|do|can|to) (?:i )?(?:approach|tackle|handle|go about)\b"
)
_TESTED = _pattern(
    r"\bwhat (?:will|would|might|could|am|are|do|can) (?:i|they|we) (?:likely |probably )?(?:be |going to be |get )?(?:test(?:ed)?|asked?|grill(?:ed)?|quizz?(?:ed)?|examined?|face|expect(?:ed)?)\b"
)
_FACT_WANTED = _pattern(r"\b(?:who|when|which|how (?:many|much|long|often))\b")
_ASKS_SOMETHING = _pattern(
    r"\?|\b(?:how|what|where|who|which|when|why)\b|"
    r"(?:^|[,.;:!]|\band|\bbut|\bso)\s*(?:do|does|did|am|is|are|was|were|has|have|can|could|may|will|would|should)\b"
)
_PAST = _pattern(r"\b(?:had|did|failed|bombed|passed|finished|rejected)\b")
_OF_THE_CANDIDATE = _pattern(r"\b(?:i|i'm|i’m|im|i've|i’ve|ive|my|me|we)\b")
_GENERAL_ASPECTS = frozenset({"status", "technology", "strategy", "interviews", "contested"})
"""Details that a question about a company as a whole may name ("what is Figure doing now, my interview is on Friday")."""
_OPEN_ASPECTS = frozenset({"status", "interviews", "hiring", "contested", "layoffs"})
_HIRES = _pattern(r"\bhir(?:e|es|ing)\b|\brecruit")
_OF_AN_EMPLOYER = _pattern(r"\b(?:jobs?|roles?|careers?|positions?|internships?|interviews?|engineers?)\b")
_GENERAL_TERMS = frozenset(
    content_terms(
        "job jobs role career careers company companies employer employers firm robot robotics robotic AI tech industry field "
        "sector area interview interviewer engineer engineers engineering apply applying application work working works news "
        "latest something anything everything stuff taking take takes rejected offer start best top study revise learn "
        "learning advice tips tip focus guide help prepping prepping preparation tomorrow tmrw today week month day days "
        "weeks monday tuesday wednesday thursday friday saturday sunday nervous soon answer question talk chat love want "
        "interested thinking people find looking land nail ace crack plz practise practice mock quiz drill questions skills "
        "timeline salary startup startups"
    )
)
"""Words of careers and robots in general: a question of these alone says nothing of what it is about."""
_EXPERIENCE = _pattern(
    r"\b(?:fresh|new|recent|college|uni(?:versity)?) grad(?:uate)?s?\b|\bfresher\b|\bentry[- ]level\b|\bno (?:\w+ )?experience\b|"
    r"\b\d{1,2}\+? ?(?:years?|yrs?|yoe)(?:['’])?(?: of)?(?: \w+)?(?: experience| exp)?\b(?= *(?:[,.;!?)]|$|in\b|with\b|at\b|and\b|of\b|how\b|what\b))|"
    r"\b(?:junior|mid[- ]level|senior|staff|principal)\b(?= (?:\w+ ){0,3}(?:engineer|scientist|researcher|manager|developer)\b)|"
    r"\b(?:phd|msc|bsc|master'?s?|undergrad(?:uate)?|bachelor'?s?) student(?: (?:in|of) [\w -]{2,40})?\b|\b(?:career change|career switch|switching (?:careers?|from (?:\w+ ?){1,2}))\b"
)
_COMPARE = _pattern(
    r"\bvs\b\.?|\bversus\b|\bcompar(?:e|ed|ison)|\bdiffer(?:s|ence|ent)?\b|\bboth\b|\beach\b|\bbetter\b|\bwhich of\b"
)
_COMPARE_LINK = _pattern(
    r"^\s*(?:[a-z]{3,}\s+)?,?\s*(?:or (?:at |with )?|vs\.?|versus|against|compared (?:to|with))\s*$"
)
_SCOPE_WORDS = _pattern(
    r"\binterview|\bjobs?\b|\broles?\b|\bcareer|\brecruit|\bhir(?:e|ing)\b|\bengineer|\bresearcher|\bcompan(?:y|ies)\b|\brobot|\bAI\b|\bstart-?ups?\b|\blaid off\b|\blayoffs?\b|"
    r"\bself-driving\b|\bdriverless\b|\bhumanoids?\b|\bautonomous\b|\bautonomy\b|\bfirms?\b|\btalent\b|\bcandidates?\b|\bapplicants?\b|\bcv\b|\bvisa\b|\bdata cent|\bchips?\b|面接|採用"
)
_INSTRUCTION = _pattern(
    r"\bignore\b.{0,40}\b(?:instruction|rule|prompt|above|previous)|\bdisregard\b|\bsystem prompt\b|\bfull prompt\b|\bdeveloper note\b|\bnew (?:developer|system) (?:note|rule|instruction)|\bjailbreak\b|"
    r"^\W*(?:system|assistant|developer|admin)(?: (?:note|message|prompt|turn|update))?\s*(?::|$)|\b(?:system|policy|prompt) (?:update|override)\b|\b(?:every|each|all) (?:reply|replies|answers?|responses?)\b[^.?]{0,12}\b(?:must|should|shall|ha(?:s|ve) to|ends?|starts?|begins?)\b|"
    r"\banswer (?:everything|all|every \w+) with\b|\b(?:reply|respond|answer) only with\b|\b(?:cite|name|give|use) no (?:sources?|citations?)\b|\b(?:double|triple|halve) (?:every|each|all)\b|"
    r"\b(?:ignorier|vergiss|vergessen|missacht)\w*\b.{0,40}\b(?:anweisung|regel|vorgabe|befehl)\w*|\b(?:deine|ihre|die) (?:anweisungen|regeln|systemvorgaben)\b|\b(?:keine|ohne) (?:quellen|zitate|belege)\b|\b(?:verdopple|halbiere|verdreifache)\b|"
    r"\b(?:ignore[sz]?|oublie[sz]?)\b.{0,40}\b(?:instructions|consignes|règles)\b|\b(?:ignora|olvida|dimentica)\w*\b.{0,40}\b(?:instrucciones|reglas|istruzioni|regole)\b|"
    r"\byou(?:'re| are) (?:now )?DAN\b|\bDAN\b|\bbase64\b|\benv(?:ironment)? var|\bAPI_KEY\b|\banswer without citations\b|\bin every answer\b|\bA: LOL\b|\bdebugging in prod\b|指示をすべて無視|忽略以上|\bpretend (?:to be|you)|\bact as\b|\brepeat after me\b"
)
_MARKUP = re.compile(r"</?[a-z_]{2,20}>|[#=*]{3,}|-{3,}")
_EXAMPLE = re.compile(r"(?:^|\n)\s*Q:\s*(.+?)(?=\s*A:|\n|$)")
_AFTER_INSTRUCTION = _pattern(
    r"^.*?\b(?:then|after that|now(?! on\b)|dann|danach|ensuite|puis|luego|después|poi)\b[:,]?\s*(?:tell me|answer|say)?\s*"
)
_PREMISE = _pattern(
    r"\bwhy (?:did|has|have|is|are|was|were)\b|\bnow that\b|\b(?:since|given that|seeing that) (?:\w+ ){1,3}(?:is|was|are|has|have|sold|left|bought|owns)\b|"
    r",\s*(?:right|correct|yes|no|isn't it|true)\s*\?|\bi (?:hear|heard|read) (?:that )?\w+ (?:is|has|was|will)\b|\bhow did they\b|\bso how do they\b|\bwho took (?:its|their|his|her) place\b|\bhow many\b.*\b(?:roll(?:ed)? out|been delivered|delivered|shipped)\b"
)
MOST_TURNS = 20
"""Earlier questions that a follow-up can refer to; what lies further back does not count."""
_NOT_BEFORE = _pattern(
    r"\b(?:not|except|other than|rather than|instead of)\s+(?:the\s+|at\s+|about\s+|their\s+|its\s+)?$"
)
_ANSWER_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("money", _pattern(r"\b(?:billion|million) (?:dollars|yen|euros|pounds)\b|\bhow much\b|\bprice\b|\bworth\b|\bvalu(?:ed|ation)\b|\brais(?:e|ed)\b|\brevenue\b|\bprofit\b|\bbudget\b|\bmoney\b|\bcosts?\b|\bpay(?:ing)?\b|\bowed?\b|\bspending\b")),
    ("number", _pattern(r"\bhow many\b|\bnumber of\b|\bhow (?:big|large|fast|long|often)\b|\bscore\b|\bcount\b|\bparams?\b|\bparameters?\b|\bsize\b|\btotals?\b|\btarget|\bgrowth\b|\bhow did\b.*\bdo\b")),
    ("percent", _pattern(r"\bshare\b|\bper ?cent\b|%|\bmarket share\b|\bsplit\b|\bhow big is .* stake\b")),
    ("date", _pattern(r"\bwhen\b|\bwhat (?:date|day|month|year)\b|\bhow soon\b")),
    ("place", _pattern(r"\bwhere\b|\bwhich (?:cit(?:y|ies)|wich cities|town|country|place)|\bcities\b|\bbased\b|\btown\b")),
    ("person", _pattern(r"\bwho\b|\bwhose\b")),
    ("reason", _pattern(r"\bwhy\b|\breasons?\b|\bwhat for\b")),
    ("duration", _pattern(r"\bhow long\b|\bhow much time\b|\bhow often\b|\bhow fast\b|\bin days\b|\bfaster\b")),
)  # fmt: skip
_PLACE_WORDS = re.compile(r"\b(?:in|at|near|from|to)\s(?:the\s)?[A-Z]\w+")
_ASKING = r"(?:(?:since|to|at|in|by|for|on|from|with) )?(?:how|what|where|who|whom|which|when|why)"
_SPLIT_PARTS = _pattern(
    rf"[?;]\s*|\.\s+(?=[A-Z])|,?\s+(?:and|&|plus|also)\s+(?=(?:{_ASKING}|is|are|does|do|did|has|have|can|by)\b)|,\s*(?={_ASKING}\b)|\s[-–]\s(?={_ASKING}\b)"
)
_SPLIT_POINTS = _pattern(r"[?;:,&]\s*|\s-\s|\band\b|\bversus\b|\bvs\b\.?|\bor\b|\.\s")
_ASKED_CLAUSE = _pattern(
    r"\b(?:how (?:many|much|big|long|fast|often)|who|which|what|where|when|why)\b[^?:;,]*$|\b(?:how (?:many|much|big|long|fast|often)|who|which|what|where|when|why)\b[^?:;,]*(?=[?:;,])"
)
_NEWEST = _pattern(
    r"\b(?:latest|newest|current(?:ly)?|now|rn|still|yet|already|done|most recent|so far|this year|these days|today|nowadays|since then|any ?more|any later|as of now|at the moment|by now|up[- ]to[- ]date)\b"
)
_ASKS = _pattern(
    r"\W*(?:so |and |but |then |also )?(?:how|what|whats|where|who|which|when|why|is|are|does|do|did|has|have|can|could|was|were|will)\b"
)
_GLOSS: tuple[tuple[str, str], ...] = (
    ("面接", "interview"), ("対策", "prepare"), ("準備", "prepare"), ("給料", "salary"), ("年収", "salary"), ("採用", "hiring"), ("車", "car vehicle"),
    ("試験", "test"), ("工場", "factory"), ("参数", "parameters"), ("面试", "interview"), ("薪", "salary"), ("融资", "funding"), ("估值", "valuation"),
    ("いくら", "how much"), ("多少", "how many"), ("資金", "funding"), ("評価額", "valuation"), ("いつ", "when"), ("誰", "who"), ("何", "what"), ("면접", "interview"),
)  # fmt: skip
# Function words by language: two of them make a text one of that language, and none is left to search with.
_FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "de": "der die das den dem ein eine einen einem einer und oder ist sind hat haben wird werden wie viel viele wann wer wo "
        "warum welche welcher welches was bei mit von für auf ich mich mir wir sie es im am zum zur nicht auch dann aus jede jeden alle",
        "fr": "le la les d l de des du une est sont combien quand qui où pourquoi quel quelle quels quelles chez avec pour dans je "
        "nous vous ils elle et ou pas comment que au aux leur sur",
        "es": "el los las una es son cuánto cuántos cuántas cuándo quién dónde qué cuál cómo con para por yo su sus y del al se "
        "cuanto cuantos cuando quien donde en la de",
    }.items()
}
_ELISION = re.compile(r"\b([cdjlmnst]|qu)['’](?=\w)", re.IGNORECASE)
_ONLY_ENGLISH = _pattern(r"\b(?:the|what|how|is|are|does|do|who|which|when|their|for|with|and)\b")
_GLOSS_LATIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (_pattern(rf"\b(?:{words})\b"), english)
    for words, english in (
        (r"wie ?viele|combien de?|cu[áa]nt[oa]s", "how many"), (r"wie ?viel|combien|cu[áa]nto", "how much"), (r"wann|quand|cu[áa]ndo", "when"),
        (r"wer|qui|qui[ée]n", "who"), (r"wo|où|d[óo]nde", "where"), (r"warum|wieso|pourquoi|por qué", "why"),
        (r"welche[rsnm]?|quel(?:le)?s?|cu[áa]l(?:es)?", "which"), (r"wie|comment|c[óo]mo", "how"), (r"was|que|qué", "what"),
        (r"geh[äa]lt(?:er)?|salaire|salario|sueldo", "salary"), (r"(?:vorstellungs|bewerbungs)gespräch\w*|entretien|entrevista", "interview"),
        (r"vorbereit\w*|prépar\w*|preparar\w*", "prepare"), (r"stellen|arbeitsplätze|emplois|empleos", "jobs"), (r"mitarbeiter\w*|employés|empleados", "employees"),
        (r"arbeiten|travaillent|trabajan", "work"), (r"geld|argent|dinero", "money"), (r"eingesammelt|levée?s?|recaudad\w+", "raised"),
        (r"leute|personen|gens|personas", "people"), (r"zurückgeholt|wiedereingestellt|réembauché\w*|recontratad\w*", "rehired"),
        (r"eingestellt|embauch\w*|contratad\w*", "hired"), (r"frühere\w*|ehemalige\w*|ancien\w*", "former"), (r"fabrik\w*|werk|usine|fábrica", "factory"),
        (r"umsatz|chiffre d.affaires|ingresos", "revenue"), (r"gewinn|bénéfice|beneficios?", "profit"), (r"bewertung|valorisation|valoración", "valuation"),
        (r"finanzierung\w*|financement|financiación", "funding"), (r"gründer\w*|fondateurs?|fundador\w*", "founders"), (r"roboter\w*", "robots"),
        (r"rechenzentr\w+", "data centre"), (r"kostet|coûte|cuesta", "cost"), (r"plant|planen|prévoit|planea", "plans"), (r"baut|construit|construye", "builds"),
    )
)  # fmt: skip
_SEASONS = {"winter": (12, 2), "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11)}
_POINT = rf"(?:(?:early|mid|late|the (?:start|end) of|end of)\s+)?(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?:({MONTHS_ALTERNATION}|winter|spring|summer|autumn|fall|new year)\b\s*(\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?)?(20\d\d)?"


def understand(
    request: AnswerRequest,
    entities: Entities,
    today: date,
    in_sources: Callable[[str], bool],
    known: Known = NOTHING,
) -> Question:
    """Read a question: who, what role, which intent, which time.

    A follow-up is written out first (`followup`), so that it is read as its standalone twin is.

    Args:
        request: the question with its corrections and earlier turns.
        entities: the names that the corpus knows.
        today: the day of the question, used when the request has no `as_of`.
        in_sources: whether a word stands anywhere in the sources, one with a capital as it is written.
        known: what earlier turns told of the candidate; completes what the question leaves open.
    """
    as_of = request.as_of or today
    asked = _readable(request.question)
    reader = _Reader(entities, as_of, in_sources)
    text = reader.text(request.question)
    if request.history or known != NOTHING:
        text = standalone(text, Talk(reader.earlier(request.history), entities, as_of, reader.read, known))
    return _read(text, asked, request, reader)


def reread(
    turns: Sequence[Turn],
    before: Known,
    after: Known,
    entities: Entities,
    today: date,
    in_sources: Callable[[str], bool],
) -> list[str]:
    """The standalone questions of `turns`, one each, after what is known was corrected from `before` to `after`."""
    reader = _Reader(entities, today, in_sources)
    texts = [turn.standalone_question or turn.question for turn in turns]
    return corrected(texts, before, after, Talk(tuple(texts), entities, today, reader.read))


class _Reader:
    """Reads texts as first questions, each once."""

    def __init__(self, entities: Entities, as_of: date, in_sources: Callable[[str], bool]) -> None:
        self.entities, self.as_of, self.in_sources = entities, as_of, in_sources
        self._read: dict[str, Question] = {}

    def is_known_word(self, word: str) -> bool:
        return self.entities.is_known_word(word) or self.in_sources(word) or _is_asked_with(word)

    def text(self, question: str) -> str:
        """A question as it is worked on: without orders and markup, common foreign words translated, typing errors mended."""
        asked = _readable(question)
        gloss = " ".join(english for word, english in _GLOSS if word in asked)
        language = _language(asked)
        text = f"{asked} ({gloss})" if gloss else _in_english(asked, language)
        if language in _FUNCTION_WORDS:
            return text  # A strange word of another language is no misspelt English one.
        spans = [(m.start, m.end) for m in self.entities.link(text).mentions if m.kind != "topic"]
        return respelt(text, spans, self.is_known_word, self.entities.near_words, self.in_sources)

    def read(self, text: str) -> Question:
        if text not in self._read:
            request = AnswerRequest.model_construct(question=text, target=Target(), passages=())
            self._read[text] = _read(text, text, request, self)
        return self._read[text]

    def earlier(self, turns: Sequence[Turn]) -> tuple[str, ...]:
        """The standalone questions of earlier turns, the oldest first; of a long conversation the last ones."""
        texts: list[str] = []
        for turn in turns[-MOST_TURNS:]:
            text = self.text(turn.standalone_question or turn.question)
            if forgotten := forgotten_fields(turn.question):
                texts = self._without(texts, forgotten)
                continue
            if texts and not turn.standalone_question:
                text = standalone(text, Talk(tuple(texts), self.entities, self.as_of, self.read))
            texts.append(text)
        return tuple(texts)

    def _without(self, texts: Sequence[str], fields: frozenset[Field]) -> list[str]:
        """Earlier questions after the candidate asked for something to be forgotten."""
        if set(fields) >= {"company", "role"}:
            return []
        told = [(self.read(text), text) for text in texts]
        left = next((question.days_left for question, _ in reversed(told) if question.days_left is not None), None)
        experience = next((question.experience for question, _ in reversed(told) if question.experience), None)
        day = self.as_of + timedelta(days=left) if left is not None else None
        before = Known(target=Target(interview_date=day, experience=experience))
        talk = Talk(tuple(texts), self.entities, self.as_of, self.read)
        return corrected(texts, before, without(before, fields), talk)


def _read(text: str, asked: str, request: AnswerRequest, reader: _Reader) -> Question:
    """Read `text` by itself; `asked` is what was written, and `request` has the corrections."""
    entities, as_of, in_sources = reader.entities, reader.as_of, reader.in_sources
    language = _language(asked)

    def is_known_word(word: str) -> bool:
        # A strange word of another language is no employer.
        return language in _FUNCTION_WORDS or reader.is_known_word(word)

    links = entities.link(text)
    companies, roles = _companies(text, links, entities, as_of), _roles(links, entities)
    if roles and all(mention.via == "field" for mention in links.mentions if mention.kind == "role"):
        roles = (title,) if (title := product_role(text, entities)) else roles
    if request.target.company:
        named = _named_company(request.target.company, entities, as_of)
        companies = (named,) if named.id else ()
    if request.target.role:
        roles = (_named_role(request.target.role, entities),)
    # A field of work may be part of a firm's name ("Noetix Robotics interview").
    names = [
        m for m in links.mentions if m.kind == "company" or (m.kind == "role" and m.via not in ("field", "ambiguous"))
    ]
    name_spans = [(m.start, m.end) for m in names]
    word_spans = [(m.start, m.end) for m in links.mentions if m not in names]
    role_starts = [mention.start for mention in links.mentions if mention.kind == "role"]
    unknown = unknown_names(
        text,
        name_spans,
        word_spans,
        role_starts,
        is_known_word,
        entities.nearest_word,
        in_sources,
    )
    if request.target.company and not companies:
        unknown = (request.target.company, *unknown)
    elif not (companies or roles or _SCOPE_WORDS.search(text)):
        # A strange word in lower case far from work and firms ("lasagne") is no employer.
        unknown = tuple(name for name in unknown if name != name.lower())
    if request.passages:
        unknown = ()  # what the passages are about, the client knows
    left = time_left(text, as_of)
    days_left = left.days if left else None
    if request.target.interview_date:
        days_left = max(0, (request.target.interview_date - as_of).days)
    experience = request.target.experience or ", ".join(m.group(0) for m in _EXPERIENCE.finditer(text))
    focus = focus_on(text, links)
    guess = _role_guess(text, links, unknown, entities)
    forgets = forgotten_fields(text)
    intent = "smalltalk" if forgets else _intent(text, companies, unknown, roles, guess, links, days_left, as_of)
    if intent in GUIDED:
        # A tool or robot that somebody mentions is not where they apply ("undergrad with a LeRobot project").
        direct = {
            mention.name
            for mention in links.mentions
            if mention.kind == "company"
            and (mention.via != "product" or mention.name.casefold() in mention.matched.casefold())
        }
        companies = tuple(company for company in companies if company.id in direct) or companies
    window = _window(text, intent, as_of)
    if not roles and guess and intent in GUIDED:
        roles = (guess,)
    question = Question(
        text=request.question,
        standalone=text,
        intent=intent,
        as_of=as_of,
        companies=companies,
        unknown=unknown,
        forgets=forgets,
        roles=roles,
        skills=links.skills,
        countries=links.countries,
        topics=links.topics,
        window=window,
        days_left=days_left,
        experience=experience,
        covered=(*request.target.covered, *covered_in(text)),
        language=language,
        focus=focus,
        parts=_parts(text, intent, entities),
        premise=_premise(text),
        in_scope_words=bool(_SCOPE_WORDS.search(text)),
        described_ids=frozenset() if companies else _companies_of_a_country(text, links, entities),
    )
    if not roles and guess and guess.id and asks_knowledge(question):
        question = replace(question, roles=(guess,))
    return replace(question, vague=_is_vague(question, entities))


@lru_cache(maxsize=4096)
def _is_asked_with(word: str) -> bool:
    """Whether a word by itself asks for a detail or for help, so that it is no slip for one of the sources' words."""
    patterns = (_WANTS_HELP, _NEWEST, *(aspect.asked for aspect in ASPECTS))
    return any(pattern.search(word) for pattern in patterns)


GUIDED: frozenset[Intent] = frozenset({"prepare", "skills", "practise", "questions_to_ask"})
"""Intents that a role's guide serves, so that a role is guessed for them from the field that the question names."""


def asks_knowledge(question: Question) -> bool:
    """Whether a question of fact is about the trade itself ("EKF or UKF?"): it names no company, place or time, and
    wants no detail of one; and nobody and no figure, unless it names the role whose guide may tell.
    """
    focus = question.focus
    names = question.companies or question.unknown or question.countries or question.window
    return (
        question.intent == "fact"
        and not (names or (focus.answer_types and not question.roles))
        and not {aspect.id for aspect in focus.aspects} - ({"interviews"} if question.roles else set())
        and bool(_ASKS_SOMETHING.search(question.standalone))
    )


def _role_guess(text: str, links: Links, unknown: Sequence[str], entities: Entities) -> RoleUnderstood | None:
    """The role that the named skills belong to, else a trade without a guide; what stands in a firm's name is neither."""
    firms = [(start, start + len(name)) for name in unknown if (start := text.find(name)) >= 0]
    skills = [
        mention
        for mention in links.mentions
        if mention.kind in ("skill", "topic")
        and not any(low <= mention.start and mention.end <= high for low, high in firms)
    ]
    known = [match.span() for match in _EXPERIENCE.finditer(text)]
    wanted = [m for m in skills if not any(low <= m.start and m.end <= high for low, high in known)]
    companies = [(m.start, m.end) for m in links.mentions if m.kind == "company"]
    trade = uncovered_role(text, companies + firms)
    return role_of_field(wanted, entities) or trade


def _is_vague(question: Question, entities: Entities) -> bool:
    """Whether a question is about careers or robots in general, so that no source can be the answer to it.

    One that names a company is vague when it is a remark without anything asked ("I got rejected from Google").
    """
    if question.intent == "smalltalk" or question.language != "en" or question.unknown or question.roles:
        return False
    skills = (entities.skill(name) for name in question.skills)
    if question.countries or question.window or any(skill and not skill.generic for skill in skills):
        return False
    aspects = {aspect.id for aspect in question.focus.aspects}
    if aspects - _OPEN_ASPECTS or _HIRES.search(question.standalone):
        return False
    terms = {term for term in question.focus.terms if not term.isdigit()}
    text = question.standalone
    is_remark = not _ASKS_SOMETHING.search(text) and (
        _PAST.search(text) or not (aspects or _OF_AN_EMPLOYER.search(text))
    )
    if question.companies and (question.intent != "fact" or not is_remark):
        return False
    return terms <= _GENERAL_TERMS


def focus_on(text: str, links: Links) -> Focus:
    """What a text asks for; `links` are the names in it, which do not count as content words."""
    return Focus(
        text=text,
        terms=tuple(dict.fromkeys(content_terms(_without_companies(text, links)))),
        aspects=tuple(aspect for aspect in ASPECTS if aspect.asked.search(text)),
        answer_types=frozenset(name for name, pattern in _ANSWER_TYPES if pattern.search(text)),
        key_terms=frozenset(content_terms(clause.group(0))) if (clause := _ASKED_CLAUSE.search(text)) else frozenset(),
        newest=bool(_NEWEST.search(text)),
    )


def _readable(text: str) -> str:
    """The question without markup and without sentences that try to instruct the program: they are data, not orders."""
    text = _MARKUP.sub("\n", text)
    if len(examples := _EXAMPLE.findall(text)) > 1:
        text = examples[-1]
    sentences = [part.strip() for part in re.split(r"(?<=[.!。！])\s+|(?<=[?？。！])\s*|\n+", text) if part.strip()]
    kept = []
    for sentence in sentences:
        if not _INSTRUCTION.search(sentence):
            kept.append(sentence)
        elif (rest := _AFTER_INSTRUCTION.sub("", sentence)) != sentence and not _INSTRUCTION.search(rest):
            kept.append(rest)
        else:
            before_orders = re.sub(r"(\bsystem prompt|\bnote)\s*:.*", r"\1", sentence, flags=re.IGNORECASE)
            clauses = re.split(r"(?<=[,;:，：、])", before_orders)
            kept.append("".join(clause for clause in clauses if not _INSTRUCTION.search(clause)).strip(" ,;:，："))
    return re.sub(r"\s+", " ", " ".join(kept)).strip() or re.sub(r"\s+", " ", text).strip()


def _without_companies(text: str, links: Links) -> str:
    """The text without the names of companies; a product's name stays, since it says what is asked about."""
    named = (m for m in links.mentions if m.kind == "company" and m.via != "product")
    for mention in sorted(named, key=lambda m: -m.start):
        text = text[: mention.start] + " " + text[mention.end :]
    return text


def _companies(text: str, links: Links, entities: Entities, as_of: date) -> tuple[CompanyUnderstood, ...]:
    found: dict[str, CompanyUnderstood] = {}
    for mention in links.mentions:
        if mention.kind == "company" and not _NOT_BEFORE.search(text[: mention.start]):
            found.setdefault(mention.name, _company(mention.name, mention.matched, entities, as_of, mention))
    return tuple(found.values())


def _company(
    name: str, matched: str, entities: Entities, as_of: date, mention: Mention | None = None
) -> CompanyUnderstood:
    entry = entities.company(name)
    alternatives = (mention.alternatives if mention else ()) or entities.alternatives(name, matched)
    return CompanyUnderstood(
        name=entities.name_at(name, as_of),
        id=name,
        matched=matched,
        formerly=entities.former_names(name, as_of),
        members=entry.members if entry else (),
        alternatives=tuple(alternatives[:2]),
    )


def _companies_of_a_country(text: str, links: Links, entities: Entities) -> frozenset[str]:
    """The companies of the country by which a question describes one: "the Korean group that builds humanoids"."""
    countries = {
        country
        for mention in links.mentions
        if mention.kind == "country" and _FIRM_NOUN.match(text[mention.end :])
        for country in entities.countries_within(mention.name)
    }
    return frozenset(company.name for company in entities.companies() if countries and company.country in countries)


_FIRM_NOUN = _pattern(
    r"^\s+(?:[\w-]+\s){0,2}(?:group|company|firm|start-?up|\w*maker|manufacturer|lab|giant|unicorn|conglomerate|player)\b"
)


def _named_company(name: str, entities: Entities, as_of: date) -> CompanyUnderstood:
    canonical = entities.resolve_company(name)
    if canonical is None:
        return CompanyUnderstood(name=name, id="", matched=name)
    return _company(canonical, name, entities, as_of)


def _named_role(name: str, entities: Entities) -> RoleUnderstood:
    role_id = entities.resolve_role(name)
    if role_id is None:
        linked = entities.link(name).roles
        role_id = linked[0] if linked else None
    role = entities.role(role_id) if role_id else None
    return (
        RoleUnderstood(id=role.id, title=role.title, matched=name)
        if role
        else RoleUnderstood(id="", title=name, matched=name, assumed=True)
    )


def _roles(links: Links, entities: Entities) -> tuple[RoleUnderstood, ...]:
    found: dict[str, RoleUnderstood] = {}
    for mention in links.mentions:
        role = entities.role(mention.name) if mention.kind == "role" else None
        if role and role.id not in found:
            assumed = mention.via in ("loose", "ambiguous")
            found[role.id] = RoleUnderstood(
                id=role.id,
                title=role.title,
                matched=mention.matched,
                assumed=assumed,
                alternatives=tuple(mention.alternatives[:3]),
            )
    return tuple(found.values())


def _intent(
    text: str,
    companies: Sequence[CompanyUnderstood],
    unknown: Sequence[str],
    roles: Sequence[RoleUnderstood],
    guess: RoleUnderstood | None,
    links: Links,
    days_left: int | None,
    as_of: date,
) -> Intent:
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
    if INTERVIEWED.search(text) and _is_whole_preparation(text, worded, bool(companies or unknown), days_left):
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
    wants_plan = is_target and _wants_plan(text, guess, days_left)
    if wants_plan or (has_field and _states_a_role(text, companies, days_left)):
        return "prepare"
    return "changes" if _NEWS_OF.search(text) and _window(text, "changes", as_of) else "fact"


def _is_whole_preparation(text: str, worded: Intent | None, has_employer: bool, days_left: int | None) -> bool:
    """Whether what an interview tests is asked by somebody who has one: a plan serves them better than skills alone."""
    tested = worded in (None, "skills", "about", "practise") and bool(_TESTED.search(text))
    return has_employer and (tested or (worded == "skills" and days_left is not None))


def _told_of_companies(text: str, links: Links) -> Intent | None:
    """What a question wants that has no content words besides companies: their story, or all about them."""
    asked = set(content_terms(_without_companies(text, links)))
    if _HAPPENED.search(text) and asked <= _HAPPENED_TERMS:
        return "timeline"
    return None if asked or _asks_detail(text, links) else "about"


_HAPPENED = _pattern(r"\bwhat(?:'s|s| has)? (?:been )?(?:happened|happening|going on) (?:at|to|with|in)\b")
_HAPPENED_TERMS = frozenset(content_terms("what happened happening going on"))


_NEWS_OF = _pattern(
    r"\b(?:news|headlines?|announcements?|developments|what (?:was (?:there|reported|announced)|went on|happened|was (?:going )?on))\b"
)
"""Asks for whatever was reported; with a window of time it is the events of that time."""


def _wants_plan(text: str, guess: RoleUnderstood | None, days_left: int | None) -> bool:
    """Whether a candidate with a target tells of an interview, or of a time that is left and being at a loss."""
    at_a_loss = days_left is not None and bool(_WANTS_HELP.search(text)) and not _FACT_WANTED.search(text)
    return at_a_loss or _tells_of_an_interview(text, guess, days_left)


def _tells_of_an_interview(text: str, guess: RoleUnderstood | None, days_left: int | None) -> bool:
    """Whether the candidate asks for help with an interview ("onsite in two weeks, what should I focus on") or tells of
    one that is to come, and asks nothing.
    """
    if not INTERVIEWED.search(text):
        return False
    if _WANTS_HELP.search(text):
        return not _FACT_WANTED.search(text)
    is_own = guess is not None or days_left is not None or bool(_OF_THE_CANDIDATE.search(text))
    asks_detail = any(aspect.id not in _OPEN_ASPECTS and aspect.asked.search(text) for aspect in ASPECTS)
    return is_own and not asks_detail and not _ASKS_SOMETHING.search(text) and not _PAST.search(text)


def _states_a_role(text: str, companies: Sequence[CompanyUnderstood], days_left: int | None) -> bool:
    """Whether a named role stands there with a company, an interview or a date, and nothing is asked ("embedded AI
    engineer, Hyundai, in 10 days").
    """
    interviewed = interview_is_near(text)
    if not re.search(r"\?|\b(?:how|what|where|who|which|when|why|do|does|is|are|can)\b", text, re.IGNORECASE):
        return interviewed or days_left is not None or bool(companies)
    asked = re.search(r"\b(?:how many|how much|what|where|who|which|when|why)\b", text, re.IGNORECASE)
    return interviewed and days_left is not None and not asked


_CHOOSES = _pattern(r"\bwhich (?:one|of (?:the|them|these))\b|\bdifference between\b")


def _asks_detail(text: str, links: Links) -> bool:
    """Whether a detail is asked or a kind of answer wanted, so that what is known in general is no answer."""
    focus = focus_on(_without_companies(text, links), links)
    aspects = any(aspect.id not in _GENERAL_ASPECTS for aspect in focus.aspects)
    return aspects or bool(focus.answer_types - {"person"} or _CHOOSES.search(text))


def _about(links: Links, guess: RoleUnderstood | None) -> Intent:
    """What a question about a thing asks for: the guide, when the thing is a field of work and no company."""
    return "skills" if not links.companies and guess and guess.id else "about"


def _joined(text: str, links: Links) -> bool:
    mentions = [mention for mention in links.mentions if mention.kind == "company"]
    return any(_COMPARE_LINK.match(text[left.end : right.start]) for left, right in pairwise(mentions))


def _language(text: str) -> str:
    for language, script in (
        ("ja", r"[぀-ヿ]"),
        ("ko", r"[가-힣]"),
        ("zh", r"[一-鿿]"),
        ("ru", r"[а-яА-Я]{3}"),
        ("ar", r"[؀-ۿ]{3}"),
    ):
        if re.search(script, text):
            return language
    words = frozenset(re.findall(r"[^\W\d_]+", text.casefold()))
    if _ONLY_ENGLISH.search(text):
        return "en"
    counts = {language: len(words & known) for language, known in _FUNCTION_WORDS.items()}
    likeliest = max(counts, key=lambda language: counts[language])
    return likeliest if counts[likeliest] >= LEAST_FUNCTION_WORDS else "en"


LEAST_FUNCTION_WORDS = 2
"""Function words of another language that mark a question without English ones as written in it."""


def _in_english(text: str, language: str) -> str:
    """A question of a language in Latin letters with its commonest words translated and its function words left out."""
    known = _FUNCTION_WORDS.get(language)
    if known is None:
        return text
    text = _ELISION.sub(r"\1 ", text)
    for pattern, english in _GLOSS_LATIN:
        text = pattern.sub(english, text)
    kept = (word for word in text.split() if word.strip(".,;:!?").casefold() not in known)
    return " ".join(kept)


def _parts(text: str, intent: Intent, entities: Entities) -> tuple[Focus, ...]:
    """What a question asks one after the other; for a comparison, the points of comparison."""
    splitter = _SPLIT_POINTS if intent == "compare" else _SPLIT_PARTS
    parts = [part.strip(" ,.") for part in splitter.split(text) if part and part.strip(" ,.")]
    if intent == "fact" and len(wanted := _listed_details(text)) > 1:
        return tuple(focus for part in wanted if (focus := focus_on(part, entities.link(part))).terms)
    focuses = [focus_on(part, entities.link(part)) for part in parts]
    return tuple(
        focus
        for focus in focuses
        if focus.terms and (intent == "compare" or focus.aspects or focus.answer_types or _ASKS.match(focus.text))
    )


_LISTED = _pattern(r"(?::|\s[-–])\s+([^:?]+)\??\s*$")
_MOST_WORDS_LISTED = 7


def _listed_details(text: str) -> list[str]:
    """The details that a question lists after a colon or a dash ("the Ohio site: exact place, gigawatts and who pays")."""
    found = _LISTED.search(text)
    details = [part.strip(" ,.") for part in re.split(r",|\band\b|&|\bplus\b", found.group(1))] if found else []
    details = [detail for detail in details if content_terms(detail)] if found and "," in found.group(1) else []
    return details if all(len(detail.split()) <= _MOST_WORDS_LISTED for detail in details) else []


_HAPPENED_VERB = (
    r"(?:won|bought|acquired|took over|taken over|takes over|owns|sold|left|quit|merged|joined|closed|cancelled|canceled|scrapped|"
    r"halted|banned|fired|abolished|repealed|became|split|dropped|moved|opened|stopped|killed|replaced|withdrew|pulled out|"
    r"gave up|shut down|went bankrupt|went public|is (?:closing|leaving|buying|relaunching|moving|shutting|selling|dropping))"
)
_LEADING_CLAUSE = _pattern(
    rf"^\W*(?:so |and |but )?(?:after|since|because|as|with|once)\s+([^,?]*\b{_HAPPENED_VERB}\b[^,?]*),"
)
"""A clause that leads to the question and takes something for granted ("after A took over B, is everything …")."""
_TOLD_EVENT = _pattern(
    rf"^\W*((?!(?:how|what|where|who|which|when|why|is|are|does|do|did|has|have|can|i|my|we|if)\b)[^?,;]*?\b{_HAPPENED_VERB}\b[^?,;–]*?)(?=[,;.!]|\s[-–]\s|$)"
)
"""A sentence or clause that tells of an event before something is asked ("A won the contract; what will it build?")."""


def _premise(text: str) -> str:
    """What a question takes for granted, or "": the clause that tells it, or the whole sentence when it asks why or how."""
    for part in re.split(r"(?<=[.!?;])\s+", text):
        if lead := _LEADING_CLAUSE.match(part):
            return lead.group(1).strip()
        if _PREMISE.search(part):
            return part.strip(" .?!;")
        if (told := _TOLD_EVENT.match(part)) and _ASKS_SOMETHING.search(text.replace(told.group(1), "", 1)):
            return told.group(1).strip(" .?!;,-")
    return ""


def _window(text: str, intent: Intent, as_of: date) -> TimeWindow | None:
    """The publication dates asked for. A fact question's dates say when something happened, so they only narrow the
    search when the question says "only", or names a month and no more ("january 2026: which firms …").
    """
    narrow = (
        intent in ("changes", "timeline")
        or re.search(r"\bonly\b|\bjust (?:in|for|from)\b|\bthat (?:week|month)\b", text, re.IGNORECASE)
        or re.match(rf"\W*(?:in )?(?:{MONTHS_ALTERNATION}) 20\d\d\s*[:,]", text, re.IGNORECASE)
    )
    if not narrow:
        return None
    if match := _OPENING_OF.search(text):
        return _opening(match)
    if match := re.search(rf"\b(?:between|from)\s+{_POINT}\s*(?:and|to|-|–|until)\s+{_POINT}", text, re.IGNORECASE):
        start, end = match.groups()[:4], match.groups()[4:]
        return _span(start, end, match.group(0), as_of)
    if match := re.search(
        rf"\b((?:{MONTHS_ALTERNATION})\s+20\d\d|20\d\d)\s*(?:-|–|to)\s*((?:{MONTHS_ALTERNATION})\s+20\d\d|20\d\d)",
        text,
        re.IGNORECASE,
    ):
        first, last = (re.fullmatch(_POINT, part, re.IGNORECASE) for part in match.groups())
        if first and last:
            return _span(first.groups(), last.groups(), match.group(0), as_of)
    if match := re.search(rf"\bsince\s+{_POINT}", text, re.IGNORECASE):
        first_day = _first_day(match.groups(), as_of)
        return TimeWindow(start=first_day, end=None, matched=match.group(0).strip()) if first_day else None
    if match := re.search(rf"\b({MONTHS_ALTERNATION})\s+(20\d\d)\b", text, re.IGNORECASE):
        groups = (None, match.group(1), None, match.group(2))
        return _span(groups, groups, match.group(0), as_of)
    return _named_period(text, as_of)


_OPENING_OF = _pattern(
    rf"\bfirst (?:{COUNT} )?(days?|weeks?|half)(?: of)?(?: the month of)? ({MONTHS_ALTERNATION}) (20\d\d)\b"
)


def _opening(match: re.Match[str]) -> TimeWindow:
    """The days from the first of a month on: its first ten days, its first week, its first half."""
    number, unit, month, year = (group.casefold() if group else "" for group in match.groups())
    count = int(number) if number.isdigit() else NUMBER_WORDS.get(number.removeprefix("a "), 1)
    days = {"day": count, "week": 7 * count}.get(unit.rstrip("s"), 15)
    start = date(int(year), MONTHS[month], 1)
    return TimeWindow(start=start, end=start + timedelta(days=max(1, min(days, 28)) - 1), matched=match.group(0))


def _named_period(text: str, as_of: date) -> TimeWindow | None:
    """A window without a written day or month: this month, last week, this year, in 2026."""
    if recent := re.search(r"\b(this|last|past) (week|month)\b", text, re.IGNORECASE):
        return _recent(recent, as_of)
    if re.search(r"\bthis year\b", text, re.IGNORECASE):
        return TimeWindow(start=date(as_of.year, 1, 1), end=None, matched="this year")
    if match := re.search(r"\bin (20\d\d)\b|\b(20\d\d) so far\b", text, re.IGNORECASE):
        year = int(match.group(1) or match.group(2))
        return TimeWindow(start=date(year, 1, 1), end=date(year, 12, 31), matched=match.group(0))
    return None


_Point = Sequence[str | None]


def _span(start: _Point, end: _Point, matched: str, as_of: date) -> TimeWindow | None:
    if not any(end):
        return None
    if not start[3] and end[3]:
        start = (start[0], start[1] or end[1], start[2], end[3])
    first, last = _first_day(start, as_of), _last_day(end, as_of)
    return TimeWindow(start=first, end=last, matched=matched.strip()) if first and last and first <= last else None


def _recent(match: re.Match[str], as_of: date) -> TimeWindow:
    """This or last calendar week or month; "the past week" is the seven days up to now, "the past month" thirty."""
    which, unit = match.group(1).casefold(), match.group(2).casefold()
    if which == "past":
        start = as_of - timedelta(days=7 if unit == "week" else 30)
        return TimeWindow(start=start, end=None, matched=match.group(0))
    this = as_of - timedelta(days=as_of.weekday()) if unit == "week" else as_of.replace(day=1)
    if which == "this":
        return TimeWindow(start=this, end=None, matched=match.group(0))
    end = this - timedelta(days=1)
    start = end - timedelta(days=6) if unit == "week" else end.replace(day=1)
    return TimeWindow(start=start, end=end, matched=match.group(0))


def _first_day(point: _Point, as_of: date) -> date | None:
    day, month, american_day, year_text = point
    year = int(year_text) if year_text else as_of.year
    name = (month or "").casefold()
    digits = re.sub(r"\D", "", day or american_day or "")
    if not name:
        return date(year, 1, 1) if year_text else None
    if name == "new year":
        return date(year, 1, 1)
    number = _SEASONS[name][0] if name in _SEASONS else MONTHS[name]
    try:
        found = date(year, number, int(digits or 1))
    except ValueError:
        return None
    return found if year_text or found <= as_of else replace_year(found, year - 1)


def _last_day(point: _Point, as_of: date) -> date | None:
    first = _first_day(point, as_of)
    if first is None or point[0] or point[2]:
        return first
    name = (point[1] or "").casefold()
    month = _SEASONS[name][1] if name in _SEASONS else (12 if not name else first.month)
    following = date(first.year + (month == 12), month % 12 + 1, 1)
    return following - timedelta(days=1)


def replace_year(day: date, year: int) -> date:
    """The same day in another year; 29 February becomes 28 February."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
