"""How pages tell what went wrong."""

from types import SimpleNamespace

import pytest
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError

from portfolio.core.errors import StateConflictError, field_error
from portfolio.pages.kit.forms import PageForm, VersionedForm


class NameForm(PageForm):
    name = forms.CharField(label="名称", help_text="不超过十字")
    note = forms.CharField(label="说明", required=False)


def refused_with(error: Exception) -> NameForm:
    def service() -> None:
        raise error

    form = NameForm({"name": "某项目"})
    assert form.is_valid()
    assert not form.carried_out(service)
    return form


def test_what_the_service_accepts_is_carried_out():
    form, told = NameForm({"name": "某项目"}), []
    assert form.is_valid()
    assert form.carried_out(lambda **given: told.append(given), name="某项目")
    assert told == [{"name": "某项目"}]


def test_a_refused_field_has_the_services_words_beside_it_and_keeps_what_was_typed():
    html = str(refused_with(field_error("name", "名称重复。")))
    assert "名称重复。" in html
    assert 'value="某项目"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert 'id="id_name_helptext"' in html


def test_a_refusal_of_a_field_that_the_form_has_not_stands_at_its_head():
    form = refused_with(field_error("due_on", "期限已过。"))
    assert form.non_field_errors() == ["期限已过。"]


@pytest.mark.parametrize("error", [StateConflictError("已提交。"), ValidationError("已提交。")])
def test_what_the_state_forbids_stands_at_the_head(error):
    assert refused_with(error).non_field_errors() == ["已提交。"]


def test_what_a_person_may_not_do_is_no_error_of_the_form():
    with pytest.raises(PermissionDenied):
        refused_with(PermissionDenied())


def test_a_colleagues_change_is_told_instead_of_overwritten():
    form = VersionedForm({"version": "3"})
    assert form.is_valid()
    form.check_version(SimpleNamespace(version=3))
    with pytest.raises(StateConflictError, match="刚被他人修改过"):
        form.check_version(SimpleNamespace(version=4))


def test_a_field_that_need_not_be_filled_in_says_so():
    assert str(NameForm()).count("可不填") == 1
