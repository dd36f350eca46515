"""Linking names in questions and in edited text, and looking entries up, all on the shipped entities.yaml."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.entities import SHIPPED, Entities, Mention, load_entities
from corpus.errors import CorpusFileError

ENTITIES = load_entities()
COMMON = frozenset(word for company in ENTITIES.companies() for word in company.common_words)


@pytest.fixture(scope="module")
def entities() -> Entities:
    return ENTITIES


def mention_of(entities: Entities, text: str, name: str) -> Mention:
    found = [mention for mention in entities.link(text).mentions if mention.name == name]
    assert found, f"{name} is not linked in {text!r}"
    return found[0]


# --- companies in questions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        # spelling, case, hyphens, possessives
        ("how does NVIDIA interview", ["NVIDIA"]),
        ("nvidia's interview", ["NVIDIA"]),
        ("boston-dynamics loop", ["Boston Dynamics"]),
        ("Boston Dynamics’ owner", ["Hyundai"]),
        ("TSMCs results", ["TSMC"]),
        ("how did softbanks quarter go", ["SoftBank"]),
        ("bostondynamics atlas", ["Boston Dynamics"]),
        ("サカナAIの面接", ["Sakana AI"]),
        ("Wayveの東京での試験", ["Wayve"]),
        # names over time, products, places of the names
        ("Japan AI Foundation Model Development interview", ["Noetra"]),
        ("the maker of Digit", ["Agility Robotics"]),
        ("Devin's maker, evals engineer", ["Cognition"]),
        ("amazons robotaxi company", ["Zoox"]),
        # the longest name wins, and a look-alike is not the name
        ("Sony Honda Mobility, FuSa", ["Sony Honda Mobility"]),
        ("what is Sierra Space hiring for", []),
        ("HD Hyundai shipyard", []),
        ("meta learning basics", []),
        ("is the robot arm hard to control", []),
        ("grok or groq?", ["xAI", "Groq"]),
        ("METI or Meta?", ["METI", "Meta"]),
        # the same letters inside something else
        ("ANTHROPIC_API_KEY", []),
        ("hondajet and metaverse and armed amdahl", []),
        ("I like Boston. Dynamics is hard", []),
        ("Sony's AI team", ["Sony"]),
    ],
)
def test_companies_are_found_by_everything_they_are_called(
    entities: Entities, question: str, companies: list[str]
) -> None:
    assert list(entities.link(question).companies) == companies


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        ("Figure interview next tues", ["Figure AI"]),
        ("interview at figure on monday", ["Figure AI"]),
        ("my ramp interview", ["Ramp"]),
        ("what do Figure robots cost", ["Figure AI"]),
        ("how many figure humanoid robots are there", ["Figure AI"]),
        ("driverless trucks: aurora versus waabi", ["Aurora", "Waabi"]),
        ("cohere or mistral", ["Cohere", "Mistral AI"]),
        ("does Aurora sponsor visas", ["Aurora"]),
        ("an offer from ramp", ["Ramp"]),
        ("and figure?", ["Figure AI"]),
        ("interview at Scale next week", ["Scale AI"]),
        ("gm took back the cruise folks", ["General Motors", "Cruise"]),
        ("ribbon, who are they and what do they do", ["Ribbon"]),
        ("optimove or ramp? which one pays", ["Ramp"]),
        # the same words as words
        ("scale, does it matter", []),
        ("a table or figure?", []),
        ("what does the figure of 30,000 at hyundai stand for?", ["Hyundai"]),
        ("I figure that it takes a week", []),
        ("Figure out what they ask", []),
        ("training at scale", []),
        ("how did they ramp up", []),
        ("apples and oranges", []),
        ("the scale of the robots", []),
    ],
)
def test_ordinary_words_are_companies_only_where_something_says_so(
    entities: Entities, question: str, companies: list[str]
) -> None:
    assert list(entities.link(question).companies) == companies


@pytest.mark.parametrize(
    ("question", "company"),
    [
        ("sensor fusion at Honda's AI venture", "Noetra"),
        ("honda ai jv", "Noetra"),
        ("sony robotics venture", "Noetra"),
        ("NEC's JV", "Noetra"),
        ("the softbank/nec/honda/sony venture", "Noetra"),
        ("the Sony, Honda, NEC & SoftBank consortium", "Noetra"),
        ("the joint venture of NEC and SoftBank", "Noetra"),
        ("the japanese 1 trillion yen robot AI company", "Noetra"),
        ("Japan's AI company", "Noetra"),
        ("Honda's venture with Sony", "Sony Honda Mobility"),
        ("the Honda/Sony JV", "Sony Honda Mobility"),
        ("Sonys chip venture with TSMC", "Sony-TSMC image-sensor venture"),
        ("OpenAI's UAE project", "Stargate UAE"),
        ("venture of SoftBank and OpenAI", "SB OAI Japan"),
    ],
)
def test_ventures_are_understood_by_their_founders(entities: Entities, question: str, company: str) -> None:
    assert list(entities.link(question).companies) == [company]


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        ("Honda's battery venture with LG", ["Honda", "LG"]),
        ("GM and Honda joint venture", ["General Motors", "Honda"]),
        ("a Japanese AI company", []),
        ("Google and Meta company culture", ["Google", "Meta"]),
    ],
)
def test_a_venture_nobody_listed_stays_a_question_about_its_founders(
    entities: Entities, question: str, companies: list[str]
) -> None:
    assert list(entities.link(question).companies) == companies


def test_an_open_description_shows_what_else_it_may_mean(entities: Entities) -> None:
    mention = mention_of(entities, "an interview at Honda's JV", "Noetra")
    assert (mention.via, mention.alternatives) == ("ambiguous", ("Sony Honda Mobility",))


def test_cues_decide_what_an_ambiguous_name_means(entities: Entities) -> None:
    assert entities.link("gemini on the Atlas robot").companies[0] == "Google DeepMind"
    assert entities.link("can I use gemini in the coding interview").companies == ("Google",)
    assert entities.link("may I use gemini? google swe").companies == ("Google",)


@pytest.mark.parametrize(
    ("question", "company"),
    [
        ("Softbnak's AI venture", "Noetra"),
        ("preferred netwroks", "Preferred Networks"),
        ("boston dynamcis", "Boston Dynamics"),
        ("Hyndai Motor Group", "Hyundai"),
        ("Mobileeye", "Mobileye"),
    ],
)
def test_typing_errors_are_read_as_meant(entities: Entities, question: str, company: str) -> None:
    assert mention_of(entities, question, company).via == "typo"


@pytest.mark.parametrize(
    "word", ["Fanuc", "Mujin", "Kuka", "Yaskawa", "Sereact", "Covariant", "Noetix", "Toyoda", "notes"]
)
def test_other_names_and_ordinary_words_are_never_corrected_into_a_company(entities: Entities, word: str) -> None:
    assert entities.link(f"{word} interview").companies == ()


# --- roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "roles"),
    [
        ("sensor-fusion role", ["sensor-fusion-engineer"]),
        ("sensorfusion enginer", ["sensor-fusion-engineer"]),
        ("perception interview", ["robotics-perception-engineer"]),
        ("job in controls", ["controls-and-kinematics-engineer"]),
        ("sensor fusion at Honda R&D, prep?", ["sensor-fusion-engineer"]),
        ("Woven by Toyota, perception. which skills matter", ["robotics-perception-engineer"]),
        ("oh wait it's for perception actually", ["robotics-perception-engineer"]),
        ("their data platform team (pipelines for the fleet logs)", ["data-engineer-for-robotics"]),
        ("ml engineer working on robot policies at 1X", ["robot-learning-engineer"]),
        ("autonomy engineer on robot ships", ["robotics-software-engineer"]),
        ("machine vision engineer, mensetsu", ["robotics-perception-engineer", "interviewing-at-japanese-companies"]),
        ("PM interview at microsoft", ["ai-product-manager"]),
        ("does Aurora sponsor H-1B for perception people", ["robotics-perception-engineer"]),
        ("robot learning eng", ["robot-learning-engineer"]),
        # a field is no role by itself, and planning an interview is no job
        ("what is sensor fusion", []),
        ("I'm planning to interview at Nuro", []),
        ("interview at 3 pm", []),
    ],
)  # fmt: skip
def test_roles_are_found_by_name_and_by_field_beside_a_role_word(
    entities: Entities, question: str, roles: list[str]
) -> None:
    assert list(entities.link(question).roles) == roles


def test_a_guessed_role_says_that_it_is_a_guess(entities: Entities) -> None:
    guess = mention_of(entities, "an interview with their robot people", "robotics-software-engineer")
    assert guess.via == "ambiguous"
    assert "robot-learning-engineer" in guess.alternatives
    assert mention_of(entities, "autonomy engineer", "robotics-software-engineer").via == "loose"


def test_a_certain_role_silences_the_guesses(entities: Entities) -> None:
    assert entities.link("the hugging face robotics people, robot learning role").roles == ("robot-learning-engineer",)


# --- skills, countries, topics ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "kind", "names"),
    [
        ("kalman filters and C++", "skill", ["Kalman filtering", "C++"]),
        ("A* or RRT*", "skill", ["graph search", "sampling-based planning"]),
        ("tell a STAR story", "skill", ["STAR framework"]),
        ("a star was born", "skill", []),
        ("us or the US", "country", ["United States"]),
        ("the plant in Kumamoto", "country", ["Japan"]),
        ("Boston Dynamics", "country", []),
        ("Boston", "country", ["United States"]),
        ("Amazon Robotics", "topic", []),
        ("layoffs and salaries", "topic", ["layoffs", "pay"]),
    ],
)
def test_the_other_sections_are_linked_outside_company_names(
    entities: Entities, question: str, kind: str, names: list[str]
) -> None:
    assert [mention.name for mention in entities.link(question).mentions if mention.kind == kind] == names


# --- edited text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "companies"),
    [
        ("Figure plans to spend at least $100 million on data in 2026.", ["Figure AI"]),
        ("The figure covers robots on a large scale.", []),
        ("The venture of Sony and TSMC is to make image sensors.", ["Sony-TSMC image-sensor venture"]),
        ("SoftBank, NEC, Honda and Sony launched a company.", ["SoftBank", "NEC", "Honda", "Sony"]),
        ("Softbnak bought shares.", []),
    ],
)
def test_edited_text_is_read_strictly(entities: Entities, sentence: str, companies: list[str]) -> None:
    assert list(entities.link_document(sentence).companies) == companies


def test_edited_text_gets_no_guesses(entities: Entities) -> None:
    links = entities.link_document("A robotics engineer and an autonomy engineer work with robots.")
    assert links.roles == ()
    assert all(mention.via not in {"ambiguous", "loose", "typo"} for mention in links.mentions)


# --- looking up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "name", "former"),
    [
        (date(2026, 4, 20), "Japan AI Foundation Model Development", ()),
        (date(2026, 6, 15), "Japan AI Foundation Model Development", ()),
        (date(2026, 6, 30), "Noetra", ("Japan AI Foundation Model Development",)),
        (date(2020, 1, 1), "Japan AI Foundation Model Development", ()),
    ],
)
def test_a_company_is_called_what_it_was_called_then(
    entities: Entities, as_of: date, name: str, former: tuple[str, ...]
) -> None:
    assert entities.name_at("Noetra", as_of) == name
    assert entities.former_names("Noetra", as_of) == former


def test_every_name_resolves_to_its_entry(entities: Entities) -> None:
    for company in entities.companies():
        former = [each.name for each in company.names_over_time]
        for name in (company.name, *company.aliases, *company.products, *former):
            assert entities.resolve_company(name) == company.name, name
    for role in entities.roles():
        assert {entities.resolve_role(name) for name in (role.id, role.title, *role.aliases)} == {role.id}
    for topic in entities.topics():
        assert entities.resolve_topic(topic.id) == entities.resolve_topic(topic.title.upper()) == topic.id


def test_what_is_unknown_or_fits_several_resolves_to_nothing(entities: Entities) -> None:
    assert entities.resolve_company("Gemini") is None
    assert entities.resolve_company("Sanctuary AI") is None
    assert entities.resolve_role("astronaut") is None
    assert entities.resolve_country("jp") == "Japan"
    assert entities.resolve_skill("EKF") == "Kalman filtering"


def test_alternatives_begin_with_those_that_share_the_named_founder(entities: Entities) -> None:
    assert entities.alternatives("Noetra", "Honda's AI venture")[0] == "Sony Honda Mobility"
    assert entities.alternatives("Noetra", "SoftBank's AI venture")[0] == "SB OAI Japan"


def test_a_company_without_briefs_points_to_those_that_have_some(entities: Entities) -> None:
    assert entities.related("Sony-TSMC image-sensor venture") == ("Sony", "TSMC")
    assert entities.related("GENIAC") == ("METI",)
    assert entities.related("Honda") == ()


def test_a_region_is_its_countries(entities: Entities) -> None:
    assert set(entities.countries_within("Europe")) >= {"France", "Sweden", "United Kingdom"}
    assert "European Union" not in entities.countries_within("Europe")
    assert entities.countries_within("Japan") == ("Japan",)


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  members: [TSMC, Sony]", "  members: [TSMC, Sony, NEC]", "'NEC' is a member of 'JASM'"),
        ("  country: Belgium", "  country: Belgia", "'Belgia' has no entry"),
        ("- name: imec\n  kind: lab", "- name: imec\n  kind: planet", "kind"),
        ("- name: imec\n  kind: lab", "- name: imec\n  colour: blue\n  kind: lab", "colour"),
        ("- name: imec\n", "- name: imec\n  aliases: [\n", "not valid YAML"),
        ("- name: imec\n", "- name: Intel\n", "'Intel' twice"),
        ("reviewed: 2026-11-24", "reviewed: 2026-11-31", "not valid YAML"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    assert old in shipped
    broken = tmp_path / "entities.yaml"
    broken.write_text(shipped.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CorpusFileError, match=problem):
        load_entities(broken)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusFileError, match="cannot be read"):
        load_entities(tmp_path / "entities.yaml")


# --- properties -------------------------------------------------------------------------------------------------------

PLAIN_NAMES = sorted(
    name
    for company in ENTITIES.companies()
    for name in (company.name, *company.aliases)
    if name not in COMMON and name.isascii() and name.isalpha() and len(name) > 3
)
WORDS = st.sampled_from(
    ["interview", "at", "Honda's", "AI", "venture", "the", "figure", "Softbnak", "/", "NEC", "C++", "sensorfusion",
     ".", "💥", "ソニー", "&"]
)  # fmt: skip


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_offsets_give_back_its_words(text: str) -> None:
    for links in (ENTITIES.link(text), ENTITIES.link_document(text)):
        assert all(text[mention.start : mention.end] == mention.matched != "" for mention in links.mentions)


@given(st.lists(WORDS, max_size=14), st.sampled_from([" ", "  ", "\n", "-", ""]))
@settings(max_examples=300, deadline=None)
def test_offsets_hold_whatever_stands_together(parts: list[str], glue: str) -> None:
    text = glue.join(parts)
    mentions = ENTITIES.link(text).mentions
    assert all(text[mention.start : mention.end] == mention.matched for mention in mentions)
    companies = [mention for mention in mentions if mention.kind == "company"]
    assert all(one.end <= other.start for one, other in pairwise(companies))


@given(
    st.sampled_from(PLAIN_NAMES),
    st.text("bcdfgkqxz", min_size=4, max_size=6),
    st.text("bcdfgkqxz", min_size=4, max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_a_name_never_links_inside_a_longer_word(name: str, before: str, after: str) -> None:
    company = ENTITIES.resolve_company(name)
    for word in (before + name, name + after, before + name + after):
        for links in (ENTITIES.link(f"we met {word} today"), ENTITIES.link_document(f"We met {word} today.")):
            assert company not in links.companies


@given(st.sampled_from(PLAIN_NAMES), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
@settings(max_examples=300, deadline=None)
def test_case_does_not_matter_for_names_that_are_no_ordinary_words(name: str, change: object) -> None:
    assert callable(change)
    company = ENTITIES.resolve_company(name)
    assert company in ENTITIES.link(f"tell us what {change(name)} builds").companies
