"""Details that candidates ask for (pay, headquarters, funding, …): how each is asked, and which sentences speak of it.

`focus` finds the aspects of a question in the table `ASPECTS`; the composers look for sentences that tell them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


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
