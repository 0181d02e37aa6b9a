"""Times every chart at the size of a city: 40 departments with long names, 12 months, 100 targets.

    .venv/bin/python -m bench.charts

Draws each chart once to warm up, then several times as SVG and as PNG, without a database. Prints
medians in milliseconds of CPU and sizes in kB. Ends with code 1 when a median is over 300 ms.
"""

import datetime as dt
import os
import random
import statistics
import sys
import time
from decimal import Decimal

ROUNDS = 9
MOST = 300.0
DEPARTMENTS = 40
ON = dt.date(2025, 12, 31)
LONG = "包头市城乡建设投资集团有限责任公司老旧小区改造项目"


def rows() -> dict[str, list[dict]]:
    """Returns the rows of each charted report, drawn from a fixed seed."""
    draw = random.Random(1)
    names = [f"{LONG[: draw.randrange(3, len(LONG))]}{number}" for number in range(DEPARTMENTS)]
    statuses = ["missed", "behind", "at_risk", "awaiting", "on_track", "achieved"]
    months = [f"month_{month:02d}" for month in range(1, 13)]
    return {
        "four-batches": [
            {"batch": "完一批", "count": 212, "goal": Decimal(300), "share": Decimal("70.67")}
        ]
        * 4,
        "inspection-ranking": [
            {
                "quarter": 3, "league": f"{number // 20} 组", "rank": number % 20 + 1,
                "project_name": f"{name}{LONG}", "points": Decimal(98 - number % 20),
            }
            for number, name in enumerate(names)
        ],
        "department-scoreboard": [
            {
                "league": f"{number // 20} 组", "rank": number % 20 + 1, "name": name,
                "result": Decimal(98 - number % 20),
            }
            for number, name in enumerate(names)
        ],
        "inspection-trend": [
            {"league": "", "name": name, **{f"q{each}_rank": draw.randrange(1, 40)
                                            for each in range(1, 5)}}
            for name in names
        ],
        "target-progress": [
            {
                "name": draw.choice(names), "value": Decimal(300), "unit": "个",
                "actual": Decimal(draw.randrange(20, 400)), "plan_to_date": Decimal(219),
                "status": statuses[number * len(statuses) // 100],
            }
            for number in range(100)
        ],
        "lights-by-month": [
            {"month": month, "red": 30 + month, "yellow": 90, "green": 400 - month, "grey": 120}
            for month in range(1, 13)
        ],
        "returns-punctuality": [
            {
                "name": name, "owed": 190, "in_time": 150, "punctuality": Decimal("78.95"),
                **{month: Decimal(draw.choice([100, 100, 96, 80, 50, 0])) for month in months},
            }
            for name in names
        ],
    }  # fmt: skip


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")
    import django

    django.setup()
    from portfolio.reports.catalogue.registry import REPORTS
    from portfolio.reports.charts.chart import ReportDate
    from portfolio.reports.charts.output import FORMATS, render_chart

    slow = 0
    for name, lines in rows().items():
        chart = REPORTS[name].chart
        for format in FORMATS:
            made = render_chart(chart, lines, ReportDate(ON, ON.year), format=format)
            times = []
            for _round in range(ROUNDS):
                began = time.process_time()
                render_chart(chart, lines, ReportDate(ON, ON.year), format=format)
                times.append(1000 * (time.process_time() - began))
            median = statistics.median(times)
            slow += median > MOST
            print(f"{name:22} {format}  {median:6.0f} ms  {len(made) / 1000:6.0f} kB")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
