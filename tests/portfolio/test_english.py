"""Every word that the system shows has an English one, and an English reader gets it."""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

from projects.choices import Stage
from tests import clients, factories

PACKAGES = ("portfolio", "projects", "targets", "notifications")
CATALOGUE = settings.BASE_DIR / "locale" / "en" / "LC_MESSAGES"
# Which arguments of a call are messages; a context, where there is one, comes before them.
MESSAGES_AT = {
    "gettext": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "pgettext": (1,),
    "npgettext": (1, 2),
}
TEMPLATE_CALL = re.compile(r"\b(n?p?gettext|_)\(")
STRING = r"u?(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")

Key = tuple[str, str]  # (context, message)


@dataclass(frozen=True)
class Entry:
    """One message of a .po file, with its English: two forms where it counts."""

    key: Key
    plural: bool
    english: tuple[str, ...]
    fuzzy: bool


def read_po(path: Path) -> list[Entry]:
    """Returns the entries of a .po file, without its header and what is obsolete."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [_entry(block) for block in blocks[1:] if "#~" not in block]


def _entry(block: str) -> Entry:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith('"'):
            name, line = line.split(" ", 1)
        fields[name] = fields.get(name, "") + ast.literal_eval(line)
    return Entry(
        key=(fields.get("msgctxt", ""), fields["msgid"]),
        plural="msgid_plural" in fields,
        english=tuple(text for name, text in fields.items() if name.startswith("msgstr")),
        fuzzy=bool(re.search("^#,.*fuzzy", block, re.MULTILINE)),
    )


@cache
def entries() -> list[Entry]:
    return read_po(CATALOGUE / "django.po")


def sources(suffix: str) -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((settings.BASE_DIR / package).rglob(f"*{suffix}"))


def plain(name: str) -> str:
    return name.removesuffix("_lazy")


def messages_in_code(source: str) -> Iterator[tuple[int, Key]]:
    """Yields (line, message) of each gettext call, whatever the file calls the function."""
    tree = ast.parse(source)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            known |= {each.asname or each.name: plain(each.name) for each in node.names}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = ""
        if isinstance(node.func, ast.Name):
            function = known.get(node.func.id, "")
        elif isinstance(node.func, ast.Attribute):  # translation.gettext(…)
            function = plain(node.func.attr)
        for place in MESSAGES_AT.get(function, ()):
            # Anything but a literal is a message that no catalogue can know.
            context = ast.literal_eval(node.args[0]) if "p" in function.split("gettext")[0] else ""
            yield node.lineno, (context, ast.literal_eval(node.args[place]))


def messages_in_template(source: str) -> Iterator[tuple[int, Key]]:
    """Yields (line, message) of each tag; Django writes the tags out as gettext calls."""
    for number, line in enumerate(templatize(source).splitlines(), start=1):
        for call in TEMPLATE_CALL.finditer(line):
            function = "gettext" if call[1] == "_" else call[1]
            places = MESSAGES_AT[function]
            pattern = r"\s*,\s*".join([STRING] * (places[-1] + 1))
            found = re.compile(pattern).match(line, call.end())
            assert found, f"not a literal in a template: {line.strip()}"
            texts = [ast.literal_eval(text) for text in found.groups()]
            context = texts[0] if places[0] == 1 else ""
            yield from ((number, (context, texts[place])) for place in places)


def spoken() -> Iterator[tuple[str, Key]]:
    """Yields (place, message) for all that the code and the templates say."""
    ways = {".py": messages_in_code, ".html": messages_in_template, ".txt": messages_in_template}
    for suffix, way in ways.items():
        for file in sources(suffix):
            for line, key in way(file.read_text(encoding="utf-8")):
                yield f"{file.relative_to(settings.BASE_DIR)}:{line}", key


def test_every_message_has_its_english():
    assert len(entries()) > 500
    assert [entry.key for entry in entries() if entry.fuzzy or not all(entry.english)] == []


def test_every_message_in_code_and_templates_stands_in_the_catalogue():
    """What is missing here: `manage.py makemessages -l en`, translate, then `compilemessages`."""
    listed = {entry.key for entry in entries()}
    found = list(spoken())
    assert len(found) > 500
    assert [f"{place} {key[1]}" for place, key in found if key not in listed] == []


def test_messages_are_found_under_every_name_and_in_every_tag():
    code = (
        "from django.utils.translation import gettext_lazy as said, npgettext\n"
        "from django.utils import translation\n"
        "said('甲' '乙'); translation.gettext('丙'); npgettext('处', '一', '多', 2); other('丁')\n"
    )
    assert [key for _line, key in messages_in_code(code)] == [
        ("", "甲乙"),
        ("", "丙"),
        ("处", "一"),
        ("处", "多"),
    ]
    template = (
        "{% load i18n %}{% translate '甲' %}{{ x|default:_('乙') }}"
        "{% translate '丙' context '处' %}{% blocktranslate %}{{ y }}丁{% endblocktranslate %}"
    )
    assert {key for _line, key in messages_in_template(template)} == {
        ("", "甲"),
        ("", "乙"),
        ("处", "丙"),
        ("", "%(y)s丁"),
    }


def test_the_english_keeps_every_placeholder():
    def held(text: str) -> list[str]:
        return sorted(set(PLACEHOLDER.findall(text)))

    assert [
        entry.key
        for entry in entries()
        if any(held(text) != held(entry.key[1]) for text in entry.english)
    ] == []


def test_the_compiled_catalogue_says_what_the_text_says():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = {
            key: text
            for key, text in gettext.GNUTranslations(file)._catalog.items()  # it lists no other way
            if key
        }
    written = {}
    for entry in entries():
        context, message = entry.key
        name = f"{context}\x04{message}" if context else message
        for number, text in enumerate(entry.english):
            written[(name, number) if entry.plural else name] = text
    assert compiled == written


@pytest.mark.django_db
def test_the_api_names_a_projects_codes_in_the_readers_language():
    project = factories.ProjectFactory(stage=Stage.CONSTRUCTION, category="energy")
    client, address = clients.viewer(), f"/api/v1/projects/{project.pk}/"

    def read(language: str) -> tuple[str, str]:
        row = client.get(address, headers={"Accept-Language": language}).json()
        return row["stage_display"], row["category_display"]

    assert read("en") == read("en-GB,en;q=0.9") == ("Under construction", "Energy")
    assert read("zh-hans") == ("开工在建", "能源")


@pytest.mark.django_db
def test_an_unknown_language_is_answered_in_chinese():
    response = Client().get("/api/v1/projects/", headers={"Accept-Language": "tlh"})
    assert response.json()["title"] == "尚未登录"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("en", "Major Project Supervision", "重大项目督查"),
        ("zh-hans", "重大项目督查", "Major Project Supervision"),
    ],
)
def test_the_sign_in_page_speaks_the_readers_language(language, said, unsaid):
    page = Client(headers={"Accept-Language": language}).get(reverse("admin:login"))
    text = page.content.decode()
    assert f'lang="{language}"' in text
    assert said in text
    assert unsaid not in text


def test_one_and_the_same_words_serve_any_number_of_days():
    with translation.override("en"):
        for days in (1, 5):
            text = translation.ngettext("还有 %(days)d 天", "还有 %(days)d 天", days)
            assert text % {"days": days} == f"Days left: {days}"
