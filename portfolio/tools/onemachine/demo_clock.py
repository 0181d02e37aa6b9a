"""The demo clock: a shift, fixed at the first start and kept, makes that moment 09:00 of a day.

The day runs on from there: three days later it is three days later. ``DEMO_DAY=off`` is the real
clock. What is recorded bears the clock that it was recorded under, so the day of existing data
cannot be changed; :func:`shift_seconds` says so (domain §0).
"""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

from portfolio.tools.onemachine.errors import StartError
from portfolio.tools.onemachine.paths import write_private

DEFAULT_DAY = "2025-09-23"
OFF = "off"
CITY_TIME = ZoneInfo("Asia/Shanghai")
BEGINNING = dt.time(9, 0)


def shift_seconds(file: Path, asked_day: str | None, now: dt.datetime) -> int:
    """Returns the seconds to add to the real clock; the first call decides, ``file`` keeps it.

    ``asked_day`` is ``DEMO_DAY``: a date in ISO form, ``off``, or ``None`` for what was kept.
    """
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    if kept is None:
        day = asked_day or DEFAULT_DAY
        kept = {"demo_day": day, "shift_seconds": _shift(day, now)}
        write_private(file, json.dumps(kept, indent=1) + "\n")
    elif asked_day and asked_day != kept["demo_day"]:
        raise StartError(
            f"{file.parent} 中的数据是按 DEMO_DAY={kept['demo_day']} 的时钟记录的, "
            f"不能改为 {asked_day}: 请去掉 DEMO_DAY, 或换一个新的 VAR_DIR。"
        )
    return int(kept["shift_seconds"])


def _shift(day: str, now: dt.datetime) -> int:
    if day == OFF:
        return 0
    try:
        beginning = dt.datetime.combine(dt.date.fromisoformat(day), BEGINNING, CITY_TIME)
    except ValueError as error:
        raise StartError(
            f"DEMO_DAY={day} 不是日期: 请写成 {DEFAULT_DAY} 的样式, 或 {OFF} (真实时钟)。"
        ) from error
    return round((beginning - now).total_seconds())
