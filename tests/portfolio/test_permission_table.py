"""docs/permissions.md: generated, complete, and refused when it is out of date."""

from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import translation

from portfolio.management.commands.permission_table import ACTION_WORDS, PATH, render
from projects.permissions.table import SUPERVISED_FIELDS, TABLE

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_document_is_what_the_table_says():
    assert (ROOT / PATH).read_text(encoding="utf-8") == render()


def test_every_model_of_the_table_has_its_heading():
    document = render()
    for label in TABLE:
        name = apps.get_model(label)._meta.verbose_name
        assert f"\n### {name} `{label}`\n" in document


def test_every_action_has_a_chinese_word():
    assert {action for actions in TABLE.values() for action in actions} <= ACTION_WORDS.keys()


def test_every_supervised_field_is_named():
    document = render()
    for fields in SUPERVISED_FIELDS.values():
        for field in fields:
            assert f"`{field}`" in document


def test_a_cell_says_who_may_do_what():
    table = render().split("`projects.Milestone`\n", 1)[1].split("###")[0].splitlines()
    assert "| 动作 | 填报员 | 负责人 | 督查员 | 所有登录用户 |" in table
    assert "| 修改 | 本单位 | 本单位 | 全部 |  |" in table


def test_the_document_is_chinese_whatever_the_readers_language():
    chinese = render()
    with translation.override("en"):
        assert render() == chinese


def test_checking_refuses_an_old_document(tmp_path):
    with pytest.raises(CommandError, match="permission_table"):
        call_command("permission_table", check=True, root=tmp_path)
    call_command("permission_table", root=tmp_path, stdout=StringIO())
    call_command("permission_table", check=True, root=tmp_path)
    (tmp_path / PATH).write_text("old", encoding="utf-8")
    with pytest.raises(CommandError, match="permission_table"):
        call_command("permission_table", check=True, root=tmp_path)
