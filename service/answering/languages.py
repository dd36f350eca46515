"""Which language a question is written in, and its commonest words in English.

The sources are English, so `question` searches with a gloss: each known word of a language in Latin letters is
translated in its place, and what is known of Japanese, Chinese and Korean is added behind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.answering.patterns import any_case

GLOSS: tuple[tuple[str, str], ...] = (
    ("面接", "interview"), ("対策", "prepare"), ("準備", "prepare"), ("給料", "salary"), ("年収", "salary"), ("採用", "hiring"), ("車", "car vehicle"),
    ("試験", "test"), ("工場", "factory"), ("参数", "parameters"), ("面试", "interview"), ("薪", "salary"), ("融资", "funding"), ("估值", "valuation"),
    ("いくら", "how much"), ("多少", "how many"), ("資金", "funding"), ("評価額", "valuation"), ("いつ", "when"), ("誰", "who"), ("何", "what"), ("면접", "interview"),
)  # fmt: skip
"""Words of questions in Japanese, Chinese and Korean, with what they mean; spaces do not tell these words apart."""
FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
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
"""Function words by language: two of them make a text one of that language, and none is left to search with."""
_ELISION = re.compile(r"\b([cdjlmnst]|qu)['’](?=\w)", re.IGNORECASE)
_ONLY_ENGLISH = any_case(r"\b(?:the|what|how|is|are|does|do|who|which|when|their|for|with|and)\b")
_GLOSS_LATIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (any_case(rf"\b(?:{words})\b"), english)
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
LEAST_FUNCTION_WORDS = 2
"""Function words of another language that mark a question without English ones as written in it."""


def language_of(text: str) -> str:
    """The language of a text by its script or its function words, as its two letters; "en" when nothing tells."""
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
    counts = {language: len(words & known) for language, known in FUNCTION_WORDS.items()}
    likeliest = max(counts, key=lambda language: counts[language])
    return likeliest if counts[likeliest] >= LEAST_FUNCTION_WORDS else "en"


def in_english(text: str, language: str) -> str:
    """A question of a language in Latin letters with its commonest words translated and its function words left out.

    `text` itself when `language` has no function words here.
    """
    known = FUNCTION_WORDS.get(language)
    if known is None:
        return text
    text = _ELISION.sub(r"\1 ", text)
    for pattern, english in _GLOSS_LATIN:
        text = pattern.sub(english, text)
    kept = (word for word in text.split() if word.strip(".,;:!?").casefold() not in known)
    return " ".join(kept)
