"""A newcomer can sign in as anyone: accounts are made once, and their passwords told once."""

import stat
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from portfolio.tools import demo
from projects.people.models import Membership, User
from tests.factories import TargetFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(autouse=True)
def var(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(demo.QuickArgon2, "memory_cost", 8)
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


def prepare(**options):
    out = StringIO()
    call_command("prepare_demo", stdout=out, **options)
    return out.getvalue()


def lines(var):
    text = (var / "accounts.txt").read_text(encoding="utf-8")
    return {line.split("\t")[0]: line.split("\t") for line in text.splitlines()}


def test_there_is_an_account_for_every_role():
    prepare()

    names = set(User.objects.values_list("username", flat=True))
    assert {"admin", "supervisor", "viewer", "leader"} <= names
    assert {f"judge-{n}" for n in range(1, 8)} <= names
    assert User.objects.get(username="admin").is_superuser
    assert not User.objects.filter(is_superuser=True).exclude(username="admin").exists()
    roles = dict(
        Membership.objects.filter(user__username__in=names).values_list("user__username", "role")
    )
    assert roles["supervisor"] == "supervisor"
    assert roles["judge-7"] == "judge"
    assert roles["housing-construction-head"] == "head"


def test_every_department_that_leads_has_a_reporter_and_a_head():
    prepare()

    for relation in ("led_projects", "led_targets", "led_work_items"):
        led = Membership.objects.filter(**{f"department__{relation}__report_key__isnull": False})
        assert led.exists()
    leading = {department.code for department in demo._leading_departments()}
    reporters = set(
        Membership.objects.filter(role="reporter").values_list("user__username", flat=True)
    )
    heads = set(Membership.objects.filter(role="head").values_list("user__username", flat=True))
    assert reporters == {f"{code}-reporter" for code in leading}
    assert heads == {f"{code}-head" for code in leading}
    assert "housing-construction" in leading
    assert len(leading) >= 20


def test_names_and_addresses_say_that_they_are_made_up():
    prepare()

    reporter = User.objects.get(username="housing-construction-reporter")
    assert reporter.name == "市住建局填报员"
    assert reporter.email == "housing-construction-reporter@baotou.example"


def test_the_passwords_on_file_open_the_accounts(var, rf):
    out = prepare()

    for username in ("admin", "viewer", "housing-construction-reporter"):
        password = lines(var)[username][1]
        assert password in out
        assert authenticate(rf.post("/"), username=username, password=password)
    assert len({line[1] for line in lines(var).values()}) == User.objects.count()


def test_the_file_is_for_its_owner_only_and_tells_role_and_department(var):
    prepare()

    assert stat.S_IMODE((var / "accounts.txt").stat().st_mode) == 0o600
    line = lines(var)["housing-construction-head"]
    assert line[2:] == ["负责人", "市住建局"]
    assert lines(var)["admin"][2:] == ["管理员", ""]
    assert [path.name for path in var.iterdir()] == ["accounts.txt"]


def test_a_second_run_changes_and_tells_nothing(var):
    prepare()
    file, hashes = (var / "accounts.txt").read_text(), list(User.objects.values_list("password"))

    assert prepare() == ""
    assert (var / "accounts.txt").read_text() == file
    assert list(User.objects.values_list("password")) == hashes


def test_a_lost_file_is_told_with_the_remedy_and_no_password_changes(var):
    prepare()
    hashes = list(User.objects.values_list("password"))
    (var / "accounts.txt").unlink()
    out = prepare()

    assert "changepassword" in out
    assert "--new-passwords" in out
    assert list(User.objects.values_list("password")) == hashes
    assert not (var / "accounts.txt").exists()


def test_new_passwords_replace_the_lost_ones(var, rf):
    prepare()
    (var / "accounts.txt").unlink()
    prepare(new_passwords=True)

    assert authenticate(rf.post("/"), username="viewer", password=lines(var)["viewer"][1])


def test_a_persons_own_account_of_the_same_name_is_left_alone(var):
    own = UserFactory(username="viewer", email="li@city.example", password="theirs")
    prepare()
    prepare(new_passwords=True)

    own.refresh_from_db()
    assert own.password == "theirs"
    assert "viewer" not in lines(var)


def test_a_department_that_begins_to_lead_gets_its_accounts_and_the_others_keep_theirs(var):
    prepare()
    before = lines(var)
    target = TargetFactory(report_key="2025/new-one", lead_department__code="tea-office")
    out = prepare()

    assert "tea-office-reporter" in out
    assert "supervisor" not in out
    after = lines(var)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"tea-office-reporter", "tea-office-head"}
    assert target.lead_department.memberships.count() == 2


def test_the_history_says_that_the_command_made_the_accounts():
    prepare()

    event = User.events.rel.related_model.objects.first()
    assert (event.pgh_context["door"], event.pgh_context["command"]) == ("command", "prepare_demo")
