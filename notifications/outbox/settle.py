"""Settles what mails still have to tell, right before they are sent.

Days may lie between planning and sending: things are done, dates are moved, people leave.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Case, Value, When

from notifications.outbox.models import Capacity, Message, Reminder, ReminderState
from notifications.outbox.recipients import AudienceQuery, find_audiences
from notifications.policies.tiers import GRAVITY, gravity
from projects.deadlines import Deadline, find_answering_role, open_deadlines_by_key

ReminderWithDeadline = tuple[Reminder, Deadline]


def message_settle(messages: Sequence[Message]) -> dict[int, list[ReminderWithDeadline]]:
    """Works out which reminders each mail still has to tell: returns them by the mail's id, each
    with its deadline as it is now. A mail with nothing left has an empty list.

    Reminders are withdrawn if the deadline is done, cancelled, parked or moved, if a graver tier of
    it is in the same mail, or if the recipient no longer answers for it. The number of queries does
    not depend on the number of mails.
    """
    found: dict[int, list[ReminderWithDeadline]] = {message.pk: [] for message in messages}
    waiting = list(Reminder.objects.queued().filter(message__in=found).order_by("pk"))
    told = select_still_due(waiting)
    for reminder, deadline in told:
        found[reminder.message_id].append((reminder, deadline))
    kept = {reminder.pk for reminder, _ in told}
    dropped = [each for each in waiting if each.pk not in kept]
    if dropped:
        _drop(dropped, maybe_read={each.pk for each in messages if each.unknowns})
    return found


def _drop(reminders: Collection[Reminder], *, maybe_read: Collection[int]) -> None:
    """Ends these reminders. Normally they are withdrawn. If their mail may already have arrived
    (its fate is unknown), they become unknown as well: somebody may have read them."""
    rows = Reminder.objects.filter(pk__in=[each.pk for each in reminders])
    rows.update(
        state=Case(
            When(message__in=maybe_read, then=Value(ReminderState.UNKNOWN)),
            default=Value(ReminderState.WITHDRAWN),
        )
    )


def select_still_due(reminders: Collection[Reminder]) -> list[ReminderWithDeadline]:
    """Returns those of the reminders that are still to be told, each with its deadline as it
    stands now; reads only."""
    deadlines = open_deadlines_by_key({(each.deadline_kind, each.object_id) for each in reminders})
    due = [
        (reminder, deadlines[key])
        for reminder in reminders
        if (key := (reminder.deadline_kind, reminder.object_id)) in deadlines
        and is_still_due(reminder, deadlines[key])
    ]
    return _select_gravest(_select_still_theirs(due))


def is_still_due(reminder: Reminder, deadline: Deadline) -> bool:
    """Returns whether an open deadline is still what the reminder tells of: due on the same day,
    and still expected late if that is what it tells."""
    if deadline.due_on != reminder.due_on:
        return False
    of_forecast = reminder.tier != GRAVITY[0] and reminder.ordinal == 0
    late = deadline.forecast_on is not None and deadline.forecast_on > deadline.due_on
    return late or not of_forecast


def _select_still_theirs(told: list[ReminderWithDeadline]) -> list[ReminderWithDeadline]:
    asked = [_audience_query(*each) for each in told]
    audiences = find_audiences(set(asked))
    addresses = {each: {who.address for who in told} for each, told in audiences.items()}
    return [
        each for each, who in zip(told, asked, strict=True) if each[0].recipient in addresses[who]
    ]


def _audience_query(reminder: Reminder, deadline: Deadline) -> AudienceQuery:
    """Returns those responsible, and those in the capacity in which the reminder was written."""
    return AudienceQuery(
        department_id=deadline.department_id,
        in_charge_id=deadline.in_charge_id,
        sponsor_id=deadline.sponsor_id if reminder.capacity == Capacity.SPONSOR else None,
        to_heads=reminder.capacity == Capacity.HEAD,
        # Who stands in is told even if somebody has come meanwhile: nobody else was.
        to_supervisors=reminder.capacity in (Capacity.SUPERVISOR, Capacity.STAND_IN),
        answering=find_answering_role(deadline.kind),
    )


def _select_gravest(told: list[ReminderWithDeadline]) -> list[ReminderWithDeadline]:
    of_mail: dict[int, dict[tuple[str, int], ReminderWithDeadline]] = defaultdict(dict)
    for reminder, deadline in sorted(told, key=lambda each: gravity(each[0].tier, each[0].ordinal)):
        of_mail[reminder.message_id][deadline.key] = reminder, deadline
    return [each for mail in of_mail.values() for each in mail.values()]
