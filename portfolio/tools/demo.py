"""Accounts to try the system with: every role, and two people in each department that leads.

Passwords are random; they are told once, and kept in a file that only its owner reads.
"""

import os
import secrets
import string
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pghistory
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.locks import acquire_transaction_lock
from projects.choices import Role
from projects.people.models import Department, Membership, User
from projects.register.models import Project
from targets.models import Target, WorkItem

COMMAND = "prepare_demo"
DOMAIN = "baotou.example"
ADMINISTRATOR = "administrator"  # no role of the permission table: a superuser
JUDGES = 7
# Letters that nobody confuses when copying them from a screen.
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
PASSWORD_LENGTH = 16
CITY_WIDE = (
    ("admin", "演示管理员", ADMINISTRATOR),
    ("supervisor", "演示督查员", Role.SUPERVISOR),
    ("viewer", "演示查阅员", Role.VIEWER),
    ("leader", "演示市领导", Role.LEADER),
    *((f"judge-{n}", f"演示评委{n}", Role.JUDGE) for n in range(1, JUDGES + 1)),
)


@dataclass(frozen=True)
class DemoAccount:
    """Somebody who can sign in; ``department`` is None for those who belong to none."""

    username: str
    name: str
    role: str
    department: Department | None

    @property
    def email(self) -> str:
        return f"{self.username}@{DOMAIN}"

    @property
    def role_label(self) -> str:
        return _("管理员") if self.role == ADMINISTRATOR else str(Role(self.role).label)

    def line(self, password: str) -> str:
        """One line of the file: username, password, role, department."""
        department = self.department.short_name if self.department else ""
        return "\t".join((self.username, password, self.role_label, department))


@dataclass(frozen=True)
class AccountsResult:
    """The lines of the accounts that are new, and who is there without a password on file."""

    lines: Sequence[str]
    without_password: Sequence[str]


class QuickArgon2(Argon2PasswordHasher):
    """The least that OWASP asks of argon2: enough for a random password, and sixty are due at once.

    Django renews the hash at the full cost when its owner first signs in.
    """

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1


def list_accounts() -> list[DemoAccount]:
    """Gives the accounts of the demo; those of departments follow what the report has them lead."""
    departments = list(_leading_departments())
    city = _city_department()
    accounts = [
        DemoAccount(username, name, role, None if role == ADMINISTRATOR else city)
        for username, name, role in CITY_WIDE
        if city or role == ADMINISTRATOR
    ]
    for department in departments:
        for role in (Role.REPORTER, Role.HEAD):
            accounts.append(
                DemoAccount(
                    username=f"{department.code}-{role}",
                    name=f"{department.short_name}{role.label}",
                    role=role,
                    department=department,
                )
            )
    return accounts


def accounts_create(path: Path, *, new_passwords: bool = False) -> AccountsResult:
    """Makes the accounts that are missing and writes their passwords to ``path``.

    ``new_passwords`` gives new ones to those that exist too. The file appears when the accounts are
    safe in the database: a password on file that opens nothing would mislead.
    """
    with transaction.atomic(), pghistory.context(door="command", command=COMMAND):
        acquire_transaction_lock(COMMAND)
        wanted = list_accounts()
        present = _existing_users(wanted)
        filed = _read_passwords(path)
        due = [
            each
            for each in wanted
            if each.username not in present
            # A person's own account may bear the same name: it is none of ours.
            or (new_passwords and present[each.username].email == each.email)
        ]
        passwords = {each.username: _password() for each in due}
        lines = [each.line(passwords[each.username]) for each in due]
        _write_accounts(due, present, passwords)
        kept = [line for name, line in filed.items() if name not in passwords]
        prepared = _write_beside(path, [*kept, *lines]) if lines else None
    if prepared:
        prepared.replace(path)
    return AccountsResult(
        lines, [name for name in present if name not in passwords and name not in filed]
    )


def _leading_departments() -> Iterable[Department]:
    from_report = {"lead_department": OuterRef("pk"), "report_key__isnull": False}
    leads = Q(Exists(Project.objects.filter(**from_report)))
    leads |= Q(Exists(Target.objects.filter(**from_report)))
    leads |= Q(Exists(WorkItem.objects.filter(**from_report)))
    return Department.objects.filter(leads).order_by("id")


def _city_department() -> Department | None:
    """Where those belong who act for the whole city: the supervision office, or the programme's."""
    offices = Department.objects.filter(code="supervision-office")
    return offices.first() or Department.objects.filter(programme_office=True).first()


def _existing_users(wanted: Iterable[DemoAccount]) -> dict[str, User]:
    users = User.objects.filter(username__in=[each.username for each in wanted])
    return {user.username: user for user in users.order_by("id")}


def _password() -> str:
    return "".join(secrets.choice(ALPHABET) for _each in range(PASSWORD_LENGTH))


def _write_accounts(
    due: list[DemoAccount], present: dict[str, User], passwords: dict[str, str]
) -> None:
    hashes = _hashes([passwords[each.username] for each in due])
    new = []
    for each, hashed in zip(due, hashes, strict=True):
        user = present.get(each.username)
        if user is None:
            new.append((each, _user(each, hashed)))
        else:
            user.password = hashed
            user.save(update_fields=["password"])
    User.objects.bulk_create(user for _each, user in new)
    Membership.objects.bulk_create(
        Membership(user=user, department=each.department, role=each.role)
        for each, user in new
        if each.department
    )


def _hashes(passwords: list[str]) -> list[str]:
    hasher = QuickArgon2()
    # argon2 lets go of the interpreter while it computes.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda password: hasher.encode(password, hasher.salt()), passwords))


def _user(account: DemoAccount, hashed: str) -> User:
    administrator = account.role == ADMINISTRATOR
    return User(
        username=account.username,
        name=account.name,
        email=account.email,
        password=hashed,
        is_superuser=administrator,
        is_staff=administrator,
        date_joined=clock.now(),
    )


def _read_passwords(path: Path) -> dict[str, str]:
    """Gives the file's lines by username; nothing when it is lost."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0]: line for line in lines if line}


def _write_beside(path: Path, lines: Iterable[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    prepared = path.with_name(path.name + ".new")
    prepared.unlink(missing_ok=True)  # an old one could be readable to others
    descriptor = os.open(prepared, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    return prepared
