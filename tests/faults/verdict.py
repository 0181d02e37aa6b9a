"""The sum of the year: what was wanted against what the mail server has, and why each copy."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from notifications.outbox.models import DeliveryAttempt, Message, Reminder
from tests.faults.kills import BROKER_RESTARTS
from tests.faults.oracle import Wanted, is_worked
from tests.faults.shared import WINDOWS
from tests.faults.year import Year

LEAST_KILLS, LEAST_IN_A_WINDOW = 200, 20
LABELS = {"提醒": "remind", "催办": "urge", "督办": "supervise"}
# Each must have happened, by whatever step of the conversation.
ANSWERS = ("421", "450", "550", "hang")
SHOWN = 20


@dataclass
class Verdict:
    """What is wrong, if anything, and the table that is printed either way."""

    wrong: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def check(self, right: bool, what: str) -> None:
        if not right:
            self.wrong.append(what)

    def none(self, found, what: str) -> None:
        """Checks that there is none of a kind of thing; some are shown."""
        found = list(found)
        if found:
            some = "; ".join(str(each) for each in found[:SHOWN])
            self.wrong.append(f"{len(found)} {what}: {some}")


def verdict(year: Year) -> Verdict:
    found = Verdict()
    mails = _Mails(year)
    _check_rows(year, found)
    _check_sum(year, mails, found)
    _check_mails(year, mails, found)
    _check_copies(year, mails, found)
    _check_force(year, found)
    return found


class _Mails:
    """What the mail server accepted, by Message-ID: the first copy, and how many there are."""

    def __init__(self, year: Year) -> None:
        self.first: dict[str, dict] = {}
        self.copies: Counter[str] = Counter()
        for line in year.log:
            if line["what"] == "accepted":
                self.first.setdefault(line["ident"], line)
                self.copies[line["ident"]] += 1


def _day(line: dict) -> dt.date:
    return dt.datetime.fromisoformat(line["at"]).date()


def number_of(ident: str) -> int:
    return int(ident.removeprefix("<message-").partition("@")[0])


def _check_rows(year: Year, found: Verdict) -> None:
    """The outbox holds what the oracle wants, no more and no less, and every row met its fate."""
    fields = ("recipient", "object_id", "due_on", "tier", "ordinal", "falls_on", "message__day")
    kept = {
        (row[0], year.city.promise_of[row[1]], *row[2:]): state
        for *row, state in Reminder.objects.order_by("pk").values_list(*fields, "state")
    }
    asked = {
        (r.recipient, r.promise, r.due_on, r.tier, r.ordinal, r.falls_on, r.sent_on)
        for r in year.rows
    }
    found.none(sorted(asked - kept.keys()), "rows wanted that the outbox lacks")
    found.none(sorted(kept.keys() - asked), "rows in the outbox that nobody wants")
    refused = year.world.refused | year.world.refused_late
    odd = [
        (*row, state)
        for row, state in kept.items()
        if state != ("failed" if row[0] in refused else "sent")
    ]
    found.none(odd, "rows in a state that is not their fate")


def _check_sum(year: Year, mails: _Mails, found: Verdict) -> None:
    """Rows wanted = rows delivered + permanently refused, by the mail server's own record."""
    delivered: dict[tuple, set[str]] = defaultdict(set)
    for ident, line in mails.first.items():
        for key, label in line["told"]:
            promise = year.city.promise_of[key]
            delivered[line["recipient"], promise, _day(line), LABELS.get(label, label)].add(ident)
    refused_mails = {
        (line["recipient"], _day(line)) for line in year.log if line["what"] == "refused"
    }
    keys = {(row.recipient, row.promise, row.sent_on, row.tier): row for row in year.rows}
    found.check(len(keys) == len(year.rows), "the oracle wants a row twice on a day")
    refused = [row for row in year.rows if (row.recipient, row.sent_on) in refused_mails]
    through = [row for key, row in keys.items() if key in delivered]
    lost = set(year.rows) - set(through) - set(refused)
    found.none(sorted(lost), "rows lost")
    found.none(sorted(set(through) & set(refused)), "rows both delivered and refused")
    found.none(sorted(delivered.keys() - keys.keys()), "rows delivered that nobody wants")
    twice = [(key, sorted(idents)) for key, idents in delivered.items() if len(idents) > 1]
    found.none(twice, "rows told in two mails")
    found.check(
        len(year.rows) == len(through) + len(refused),
        f"{len(year.rows)} rows wanted, {len(through)} delivered + {len(refused)} refused",
    )
    found.lines.append(
        f"rows wanted {len(year.rows)} = delivered {len(through)} + "
        f"permanently refused {len(refused)}; lost {len(lost)}, twice {len(twice)}"
    )
    found.lines.append("by tier: " + _counted(Counter(row.tier for row in year.rows)))


def _check_mails(year: Year, mails: _Mails, found: Verdict) -> None:
    """One mail a person a day, on working days from nine on, to whom it is addressed."""
    a_day = Counter((line["recipient"], _day(line)) for line in mails.first.values())
    found.none([key for key, times in a_day.items() if times > 1], "people with two mails a day")
    odd = [
        line
        for line in mails.first.values()
        if not is_worked(_day(line))
        or dt.datetime.fromisoformat(line["at"]).hour < 9
        or line["recipient"] not in line["to"]
    ]
    found.none(odd, "mails at the wrong time or to somebody else")
    rows = {
        key: set()
        for key in mails.first  # the numbers that the header names, against the links
    }
    carried = defaultdict(set)
    for key, message, object_id in Reminder.objects.values_list("pk", "message", "object_id"):
        carried[message].add((key, object_id))
    for ident, line in mails.first.items():
        rows[ident] = carried[number_of(ident)]
        named = {(key, promise) for key, promise in rows[ident] if key in line["rows"]}
        if {promise for _, promise in named} != {key for key, _ in line["told"]}:
            found.wrong.append(f"{ident} names {line['rows']} and tells {line['told']}")
    found.lines.append(
        f"mails accepted {sum(mails.copies.values())}, of them {len(mails.first)} Message-IDs "
        f"to {len({line['recipient'] for line in mails.first.values()})} recipients"
    )


def _check_copies(year: Year, mails: _Mails, found: Verdict) -> None:
    """Every copy beyond the first has its ``unknown``, every ``unknown`` its cause."""
    attempts = DeliveryAttempt.objects.filter(outcome="unknown")
    unknown = Counter(attempts.values_list("message", flat=True))
    kills = {each.mail: each for each in year.misfortune.tally.kills}
    kills |= {each.mail: each for each in year.misfortune.tally.beside}
    killed = year.misfortune.tally.in_doubt()
    silent = {number_of(line["ident"]) for line in year.log if line.get("fault") == "hang dot"}
    found.none(
        [number for number in unknown if number not in killed | silent],
        "mails unknown without a kill or a silence",
    )
    recipients = dict(Message.objects.values_list("pk", "recipient"))
    extra = 0
    for ident, copies in mails.copies.items():
        number = number_of(ident)
        if copies == 1:
            continue
        extra += copies - 1
        found.check(
            copies - 1 <= unknown[number],
            f"{copies - 1} copies of {ident} beside {unknown[number]} unknown",
        )
        kill = kills.get(number)
        why = f"{kill.what} killed {_words(kill.step)}" if kill else "no answer to the final dot"
        found.lines.append(
            f"  copy: {ident} to {recipients[number]}, {_day(mails.first[ident])}: unknown, {why}"
        )
    found.lines.append(
        f"unknown attempts {sum(unknown.values())}, of which {extra} led to a second copy "
        "(each listed above); the others had not arrived"
    )


def _check_force(year: Year, found: Verdict) -> None:
    """The year was as hard as it must be."""
    tally = year.misfortune.tally
    windows = tally.by_window()
    for step in WINDOWS:
        found.check(
            windows[step] >= LEAST_IN_A_WINDOW,
            f"{windows[step]} kills {_words(step)}, not {LEAST_IN_A_WINDOW}",
        )
    deaths = len(tally.kills)
    found.check(deaths >= LEAST_KILLS, f"{deaths} kills, not {LEAST_KILLS}")
    found.check(
        tally.broker_restarts >= BROKER_RESTARTS, f"{tally.broker_restarts} broker restarts"
    )
    found.lines.append(
        f"kill -9: {_counted(Counter(each.what for each in tally.kills))}; "
        f"{len(tally.beside)} busy children died beside their siblings; "
        f"{sum(not each.asked for each in tally.kills)} at moments of chance"
    )
    found.lines.append(
        "  by window: "
        + _counted(Counter({_words(step): times for step, times in windows.most_common()}))
    )
    found.lines.append(
        f"broker restarted empty {tally.broker_restarts} times; clock moved within a day "
        f"{year.jumps} times; outages {len(year.world.outages)}"
    )
    answers = Counter(line["fault"] for line in year.log if line["what"] == "fault")
    answers += Counter(f"550 {line['where']}" for line in year.log if line["what"] == "refused")
    for answer in ANSWERS:
        times = sum(count for name, count in answers.items() if name.startswith(answer))
        found.check(times > 0, f"the mail server never said {answer}")
    found.lines.append("mail server: " + _counted(answers))
    outcomes = Counter(DeliveryAttempt.objects.order_by().values_list("outcome", flat=True))
    found.lines.append("attempts: " + _counted(outcomes))


def _words(step) -> str:
    return str(step.name).lower().replace("_", " ")


def _counted(counts: Counter) -> str:
    return ", ".join(f"{name} {times}" for name, times in counts.most_common())


__all__ = ["Verdict", "Wanted", "verdict"]
