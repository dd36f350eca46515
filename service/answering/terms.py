"""Words of questions and of sources on a common footing: stems, with everyday synonyms joined.

`focus` and `evidence` compare a candidate's informal words ("let go", "worth", "pulled in") with the plain words
of the corpus ("dismissed", "valuation", "raised"). Both sides go through `content_terms`, so a match is an
intersection of sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import log

import Stemmer
from rapidfuzz.distance import OSA

_STEMMER = Stemmer.Stemmer("english")
# Scripts without blanks between words give no words to compare; names in them are linked, common words translated.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TOKEN = re.compile(r"[^\W_]+(?:[.,][0-9]+)*%?")

# Function words and the filler of chatty questions: they say nothing about what is asked.
STOP_WORDS = frozenset(
    """a about above actual actually after again all also am an and any anybody anyone are as at back be because been before
    being between both but by can cant could did didnt do does doesnt doing dont down during each far else ever every few for
    from further get gets give given go going gonna good got had has have having he hello help her here hers hey hi him his how
    i id if ill im in into is isnt it its ive just kind know last let like lol look looking lot make many maybe me mean
    might more most much must my near need never new no not now of off ok okay old on once one only or other our out over own
    people perhaps please pls ppl prepare prep probably question questions quick quite rather really right said same saw say
    says see seen she should since so some somebody someone something still stuff such sure take tell than thanks that the their them
    then there theres these they thing things think this those though through to today told too u under until up upon ur us
    use very want wants was way we well were what whats when where wheres which wich whichs while who whom whos whose why will with within
    wholl whatll theyll theyre theyve youre weve wont wasnt werent havent hasnt hadnt shouldnt wouldnt lets without would wondering yes yet you your reported report reports according wrote via""".split()
)

# Each line is one meaning: its first word stands for all of them on both sides of a comparison.
_SYNONYMS = """
valuation worth valued values value valuing
raise raised raises raising funding fund funded funds money financing financed invest invests invested investment investing investor investors round series cash chipped pulled sunk put bankrolled
dismissed dismiss lost fired sacked terminated dismissal layoff layoffs laid cuts cut axed redundancies
quit quits left leave leaves leaving resign resigned resigns departed departs depart departure exit exits walkouts walkout
halted halt halts stopped stop stops cancelled cancel cancels canceled scrapped scrap drops dropped discontinued ended ends end retired retire killed kill
bought buy buys buying acquire acquires acquired acquisition purchase purchased owns own owner takeover
price cost costs pay pays paid paying priced fee charge
salary pay salaries compensation wage wages earn earns remuneration package
autonomous autonomy automation automated
target targets aim aims aimed aiming goal goals
hire rehire rehired rehires hires hired hiring recruit recruits recruiting recruitment openings opening vacancies vacancy jobs job positions position roles role posts
employees employee staff workforce headcount workers worker
shipped ship ships shipments shipment delivered deliver deliveries delivery
build builds built building making maker manufacture manufactures manufactured produce produces produced production
factory plant plants factories fab line lines
car cars vehicle vehicles
city cities town market markets metro metropolitan places areas
interview interviews interviewing loop onsite screen rounds
permitted permits permit allowed allow allows permission forbidden barred ban banned
start starts started launch launches launched launching begin begins began rollout operations
chief ceo boss head leads lead leader led heads president
founded founder founders founding cofounder
profit profits profitable profitability earnings
revenue revenues sales turnover
accident crash crashes crashed accidents collision collisions
lawsuit sued sues court
expected expects forecast forecasts expect projected guidance guiding guide
approve approved approval adopted adopt adopts
majority controlling control stake share shares shareholder shareholders
datacentre datacenter
parameter parameters params
chip chips gpu gpus processor processors accelerator accelerators
robot robots bot bots
startup startups
test tests tested testing trial trials
train trains trained training
speed speeds fast faster quick quicker
architecture design
reason reasons why
recall recalls recalled
bid bids application applications
recorder record recording storage
glare sun
ask asks asked
flood flooded flooding water
truck trucks lorry
map maps mapping
electric ev evs battery
megawatt megawatts mw
loan loans lent lend lends lender lenders borrowed
venture jv consortium
technology tech technologies
customers customer client clients retailer
licence license licences licenses licensed
colleague coworker
american us usa
british uk britain
chinese china
japanese japan
korean korea
indian india
european europe eu
german germany
french france
taiwanese taiwan
"""
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"\blet (?:\w+ )?go\b", "dismissed"),
        (r"\blay(?:ing)? off\b|\blaid[- ]off\b", "layoffs"),
        (r"\b(?:core |stated )?values (?=(?:and \w+ )?(?:round|interview|fit|part))", "ethos "),
        (r"\b(?:took|tak(?:e|es|en|ing)) (?:\w+ ){0,3}back\b", "rehired"),
        (r"\btake[- ]home\b", "takehome"),
        (r"\bin charge(?: of)?\b", "leads"),
        (r"\bstep(?:s|ped|ping)? down\b", "resign"),
        (r"\bat home\b", "takehome home"),
        (r"\bdata[- ]cent(?:re|er)s?\b", "datacentre"),
        (r"\bstart[- ]ups?\b", "startup"),
        (r"\bpower point\b", "slides"),
        (r"\bhow (?:long|far|big|well|soon|large)\b", "how"),
        (r"\bhow fast\b|\bhow often\b", "speed hours"),
        (r"\bdeployed\b(?= (?:engineer|job|role))", "deployed"),
        (r"\bhd maps?\b|\bhigh-(?:definition|resolution) maps?\b", "hdmap map"),
        (r"\bby mail\b", "email"),
        (r"\blisted\b|\bipo\b|\bwent public\b|\bgone public\b|\bgoes? public\b|\bstock[- ]market listing\b", "listing"),
        (r"\bcut open\b|\bslice[ds]?\b", "cut open"),
        (r"(?<=\d)\s?(?:bn|b)\b", " billion"),
        (r"(?<=\d)\s?(?:mn|m)\b", " million"),
        (r"(?<=\d)\s?k\b", ",000"),
        (r"(?<=\d)\s?(?:tn|t)\b", " trillion"),
    )
)


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def _concepts() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for line in _SYNONYMS.strip().splitlines():
        words = line.split()
        for word in words:
            table.setdefault(_stem(word), "=" + words[0])
    return table


_CONCEPTS = _concepts()


@lru_cache(maxsize=50_000)
def content_terms(text: str) -> tuple[str, ...]:
    """The content words of a text as stems or shared meanings, in order, stop words removed.

    A term that begins with "=" stands for a group of synonyms. Numbers keep their digits without separators
    ("30,000" and "30000" are one term).
    """
    for pattern, replacement in _PHRASES:
        text = pattern.sub(replacement, text)
    terms = []
    for token in _TOKEN.findall(text.casefold().replace("'", "").replace("’", "")):
        if token[0].isdigit():
            terms.append(token.replace(",", "").rstrip("%"))
        elif token not in STOP_WORDS and len(token) > 1 and not _UNSPACED.search(token):
            stem = _stem(token)
            terms.append(_CONCEPTS.get(stem, stem))
    return tuple(terms)


_RESPELT = re.compile(r"(?<![\w'’@./-])[a-z]{3,}(?![\w'’/@-]|\.\w)")
_CHAT = {
    "wat": "what", "wut": "what", "wht": "what", "waht": "what", "whta": "what", "wats": "what's", "whats": "what's", "shd": "should", "shld": "should", "shud": "should",
    "happend": "happened", "cud": "could", "wud": "would", "abt": "about", "wen": "when", "tmrw": "tomorrow", "tmr": "tomorrow",
    "intvw": "interview", "intrvw": "interview", "engr": "engineer",
}  # fmt: skip
"""Short forms of chat and the words that they stand for."""
_SHORTEST = 5
"""Letters from which a word is mended; shorter ones differ by one letter from too many others."""
_EMPLOYER_NEXT = re.compile(
    r"\b(?:at|join|joining|joined|with|from|vs|versus|than|(?:tell me|know|news|anything) (?:about|on)|latest on|who is|"
    r"heard of)\s+$",
    re.IGNORECASE,
)

_PLACE_NEXT = re.compile(r"\b(?:in|near)\s+$", re.IGNORECASE)


_FIRM = r"(?:start-?ups?|compan(?:y|ies)|firms?|people|folks|guys|makers?|labs?|outfit|builders?|vendors?|employer)"
_FIRM_BEFORE = re.compile(rf"\b(?:the|that|those|this)\s(?:[\w'’-]+\s){{1,5}}{_FIRM}\s*[,(:–-]\s*$", re.IGNORECASE)
_FIRM_AFTER = re.compile(rf"^\s*[,(–-]\s*(?:the|an?|that|those)\s(?:[\w'’-]+\s){{0,5}}{_FIRM}\b", re.IGNORECASE)


def is_called_a_firm(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` stands beside words that call it a firm ("Vexolin, the Munich drone people")."""
    return bool(_FIRM_BEFORE.search(text[:start]) or _FIRM_AFTER.search(text[end:]))


def respelt(
    text: str,
    names: Sequence[tuple[int, int]],
    is_known_word: Callable[[str], bool],
    near_words: Callable[[str], Sequence[str]],
    in_sources: Callable[[str], bool],
) -> str:
    """The text with typing errors of ordinary words mended and short forms of chat written out, lower-case words only.

    Names stay as they are written: the spans `names`, words with a capital, and words where an employer stands ("at
    vexolin"). A word is taken for another one only if the sources have that one, since no other correction is of use.
    """

    def meant(match: re.Match[str]) -> str:
        word, (start, end) = match.group(0), match.span()
        if any(low < end and start < high for low, high in names):
            return word
        if word in _CHAT:
            return _CHAT[word]
        if len(word) < _SHORTEST or is_known_word(word):
            return word
        if _EMPLOYER_NEXT.search(text[:start]) or is_called_a_firm(text, start, end):
            return word
        # A strange word after "in" or "near" is a place more often than an error of two letters ("in chitose").
        allowed = 1 if _PLACE_NEXT.search(text[:start]) else len(word)
        return next(
            (near for near in near_words(word) if OSA.distance(word, near) <= allowed and in_sources(near)), word
        )

    return _RESPELT.sub(meant, text)


def inverse_frequencies(texts: Iterable[Sequence[str]]) -> tuple[dict[str, float], float]:
    """Smoothed inverse document frequency of each term over the given texts, and the value for an unseen term.

    `idf = log(1 + (N - df + 0.5) / (df + 0.5))`, the form of BM25 (Robertson and Zaragoza 2009, section 3.1).
    """
    frequency: dict[str, int] = {}
    count = 0
    for terms in texts:
        count += 1
        for term in set(terms):
            frequency[term] = frequency.get(term, 0) + 1
    weights = {term: log(1 + (count - df + 0.5) / (df + 0.5)) for term, df in frequency.items()}
    return weights, log(1 + (count + 0.5) / 0.5)
