"""Says who is told of a deadline, and why (domain §5).

Those responsible are the person in charge and who answers beside: the reporters of the department,
for a decision the supervisors. Where there is nobody, the department's office mailbox is told; and
where there is none either, the supervisors stand in: a deadline is never passed over. Tiers name
the others: heads, supervisors, the sponsoring leader.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from notifications.outbox.models import Capacity
from notifications.policies.tiers import ScheduleTier
from projects.choices import Role
from projects.deadlines import Deadline, find_answering_role
from projects.people.models import Department, Membership, User


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address, whose it is and why it is told; ``user_id`` is None for a department's office
    mailbox."""

    address: str
    name: str
    user_id: int | None
    capacity: str = Capacity.RESPONSIBLE


@dataclass(frozen=True, slots=True)
class AudienceQuery:
    """Whose deadline it is, and who is told beside those responsible; ``answering`` is the role
    in which people answer beside the person in charge, None for nobody."""

    department_id: int
    in_charge_id: int | None = None
    sponsor_id: int | None = None  # None: is not to be told
    to_heads: bool = False
    to_supervisors: bool = False
    answering: Role | None = Role.REPORTER

    @classmethod
    def of(cls, deadline: Deadline, tier: ScheduleTier) -> "AudienceQuery":
        """Returns who is asked for by a tier of a deadline."""
        return cls(
            department_id=deadline.department_id,
            in_charge_id=deadline.in_charge_id,
            sponsor_id=deadline.sponsor_id if tier.to_sponsor else None,
            to_heads=tier.to_heads,
            to_supervisors=tier.to_supervisors,
            answering=find_answering_role(deadline.kind),
        )


@dataclass(slots=True)
class _AddressBook:
    """The addresses that one answer needs, by whose they are."""

    people: dict[int, Recipient] = field(default_factory=dict)
    reporters: dict[int, list[Recipient]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[int, list[Recipient]] = field(default_factory=lambda: defaultdict(list))
    supervisors: list[Recipient] = field(default_factory=list)
    mailboxes: dict[int, Recipient] = field(default_factory=dict)


def find_audiences(asked: Collection[AudienceQuery]) -> dict[AudienceQuery, tuple[Recipient, ...]]:
    """Returns whom to tell, for each; three queries however many there are.

    An address stands there once, with its first capacity in the order of ``Capacity``. People who
    have left are not told. Empty only where the city has no supervisor either.
    """
    if not asked:
        return {}
    book = _book(asked)
    return {each: _unique(_audience(each, book)) for each in asked}


def find_responsible(
    asked: Collection[AudienceQuery],
) -> dict[AudienceQuery, tuple[Recipient, ...]]:
    """Returns those responsible, for each; the tuple is empty where nobody is."""
    if not asked:
        return {}
    book = _book(asked)
    return {each: _unique(_responsible(each, book)) for each in asked}


def _audience(asked: AudienceQuery, book: _AddressBook) -> Iterable[Recipient]:
    responsible = _responsible(asked, book)
    yield from responsible or _with_capacity(Capacity.STAND_IN, book.supervisors)
    if asked.to_heads:
        yield from _with_capacity(Capacity.HEAD, book.heads.get(asked.department_id, ()))
    if asked.to_supervisors:
        yield from _with_capacity(Capacity.SUPERVISOR, book.supervisors)
    if asked.sponsor_id in book.people:
        yield from _with_capacity(Capacity.SPONSOR, [book.people[asked.sponsor_id]])


def _responsible(asked: AudienceQuery, book: _AddressBook) -> list[Recipient]:
    people = [book.people[asked.in_charge_id]] if asked.in_charge_id in book.people else []
    if asked.answering == Role.REPORTER:
        people += book.reporters.get(asked.department_id, ())
    elif asked.answering == Role.SUPERVISOR:
        people += book.supervisors
    if not people and asked.department_id in book.mailboxes:
        return [book.mailboxes[asked.department_id]]
    return people


def _with_capacity(capacity: Capacity, recipients: Iterable[Recipient]) -> Iterable[Recipient]:
    return (replace(each, capacity=capacity) for each in recipients)


def _unique(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for each in recipients:
        found.setdefault(each.address, each)
    return tuple(found.values())


def _book(asked: Collection[AudienceQuery]) -> _AddressBook:
    departments = {each.department_id for each in asked}
    people = {each.in_charge_id for each in asked} | {each.sponsor_id for each in asked}
    book = _AddressBook(people=_people(people - {None}), mailboxes=_mailboxes(departments))
    rows = Membership.objects.filter(
        department__in=departments, role__in=[Role.REPORTER, Role.HEAD]
    ) | Membership.objects.filter(role=Role.SUPERVISOR)
    columns = ("role", "department_id", "user_id", "user__email", "user__name")
    known = rows.filter(user__is_active=True).exclude(user__email="").order_by("user_id", "id")
    for role, department, user, email, name in known.values_list(*columns):
        recipient = Recipient(address=email, name=name, user_id=user)
        if role == Role.SUPERVISOR:
            book.supervisors.append(recipient)
        else:
            by_department = book.reporters if role == Role.REPORTER else book.heads
            by_department[department].append(recipient)
    return book


def _people(ids: Collection[int | None]) -> dict[int, Recipient]:
    users = User.objects.filter(pk__in=ids, is_active=True).exclude(email="").order_by()
    return {
        pk: Recipient(address=email, name=name, user_id=pk)
        for pk, email, name in users.values_list("pk", "email", "name")
    }


def _mailboxes(departments: Collection[int]) -> dict[int, Recipient]:
    offices = Department.objects.filter(pk__in=departments).exclude(email="").order_by()
    return {
        pk: Recipient(address=email, name=name, user_id=None)
        for pk, email, name in offices.values_list("pk", "email", "short_name")
    }
