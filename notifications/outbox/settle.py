"""Settles what mails still have to tell, right before they are sent.

Days may lie between planning and sending: things are done, dates are moved, people leave.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Case, Value, When

from notifications.outbox.models import Capacity, Message, Reminder, ReminderState
from notifications.outbox.recipients import Asked, audiences_of
from notifications.policies.tiers import GRAVITY, gravity
from projects.deadlines import Deadline, answering_role, open_by_key

Told = tuple[Reminder, Deadline]


def messages_settle(messages: Sequence[Message]) -> dict[int, list[Told]]:
    """Returns what each mail still has to tell, by the mail's key, each with its deadline as it
    stands now, and withdraws the rest: what is done, cancelled, parked or moved, told more gravely
    in the same mail, or no longer this person's. A mail with nothing left has an empty list.

    The number of queries does not depend on the number of mails.
    """
    found: dict[int, list[Told]] = {message.pk: [] for message in messages}
    waiting = list(Reminder.objects.queued().filter(message__in=found).order_by("pk"))
    told = standing(waiting)
    for reminder, deadline in told:
        found[reminder.message_id].append((reminder, deadline))
    kept = {reminder.pk for reminder, _ in told}
    dropped = [each for each in waiting if each.pk not in kept]
    if dropped:
        _drop(dropped, maybe_read={each.pk for each in messages if each.unknowns})
    return found


def _drop(reminders: Collection[Reminder], *, maybe_read: Collection[int]) -> None:
    """Tells these no more: what nobody can have read is withdrawn, what stood in a mail of unknown
    fate shares it."""
    rows = Reminder.objects.filter(pk__in=[each.pk for each in reminders])
    rows.update(
        state=Case(
            When(message__in=maybe_read, then=Value(ReminderState.UNKNOWN)),
            default=Value(ReminderState.WITHDRAWN),
        )
    )


def standing(reminders: Collection[Reminder]) -> list[Told]:
    """Returns those of the reminders that are still to be told, each with its deadline as it
    stands now; reads only."""
    deadlines = open_by_key({(each.deadline_kind, each.object_id) for each in reminders})
    due = [
        (reminder, deadlines[key])
        for reminder in reminders
        if (key := (reminder.deadline_kind, reminder.object_id)) in deadlines
        and still_due(reminder, deadlines[key])
    ]
    return _gravest_of_each(_still_theirs(due))


def still_due(reminder: Reminder, deadline: Deadline) -> bool:
    """Returns whether an open deadline is still what the reminder tells of: due on the same day,
    and still expected late if that is what it tells."""
    if deadline.due_on != reminder.due_on:
        return False
    of_forecast = reminder.tier != GRAVITY[0] and reminder.ordinal == 0
    late = deadline.forecast_on is not None and deadline.forecast_on > deadline.due_on
    return late or not of_forecast


def _still_theirs(told: list[Told]) -> list[Told]:
    asked = [_asked(*each) for each in told]
    audiences = audiences_of(set(asked))
    addresses = {each: {who.address for who in told} for each, told in audiences.items()}
    return [
        each for each, who in zip(told, asked, strict=True) if each[0].recipient in addresses[who]
    ]


def _asked(reminder: Reminder, deadline: Deadline) -> Asked:
    """Returns those responsible, and those in the capacity in which the reminder was written."""
    return Asked(
        department_id=deadline.department_id,
        in_charge_id=deadline.in_charge_id,
        sponsor_id=deadline.sponsor_id if reminder.capacity == Capacity.SPONSOR else None,
        to_heads=reminder.capacity == Capacity.HEAD,
        # Who stands in is told even if somebody has come meanwhile: nobody else was.
        to_supervisors=reminder.capacity in (Capacity.SUPERVISOR, Capacity.STAND_IN),
        answering=answering_role(deadline.kind),
    )


def _gravest_of_each(told: list[Told]) -> list[Told]:
    of_mail: dict[int, dict[tuple[str, int], Told]] = defaultdict(dict)
    for reminder, deadline in sorted(told, key=lambda each: gravity(each[0].tier, each[0].ordinal)):
        of_mail[reminder.message_id][deadline.key] = reminder, deadline
    return [each for mail in of_mail.values() for each in mail.values()]
