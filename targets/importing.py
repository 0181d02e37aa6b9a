"""Lists behind the targets as sheets: one item a row, known again by target and name."""

import re
from collections import defaultdict

from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.sheets import Subject
from targets.models import Target
from targets.services.bulk import WORK_ITEM_KIND

_WITH_YEAR = re.compile(r"(.+?)\s*[(（](20\d{2})[)）]")


def target_words(name: str, year: int) -> str:
    """How a target is called in sheets: names come back every year."""
    return f"{name} ({year})"


def _fill_targets(batch: Batch) -> None:
    """A target's name becomes it; with the year in brackets where two years' are called so."""
    asked: dict[int, list[tuple[str, int | None]]] = {}
    for number, row in enumerate(batch.rows):
        shown = row.get("target")
        if isinstance(shown, str):
            asked[number] = [(shown, None)]
            if match := _WITH_YEAR.fullmatch(shown):
                asked[number].append((match[1], int(match[2])))
    found: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    names = {name for ways in asked.values() for name, _year in ways}
    rows = Target._base_manager.filter(name__in=names)
    for key, name, year in rows.values_list("pk", "name", "year"):
        found[name, None].append(key)
        found[name, year].append(key)
    for number, ways in asked.items():
        _put_target(batch, number, next((found[way] for way in ways if found.get(way)), []))


def _put_target(batch: Batch, number: int, meant: list[int]) -> None:
    shown = batch.rows[number].pop("target")
    if len(meant) == 1:
        batch.rows[number]["target"] = meant[0]
        return
    words = {"name": shown, "example": target_words(_("老旧小区改造"), 2025)}
    if meant:
        message = _("不止一个年度有目标“%(name)s”, 请在名称后加年度, 例如“%(example)s”。") % words
        batch.wrong(number, "target", message, "ambiguous", shown)
    else:
        message = _("没有目标“%(name)s”, 请核对名称; 名称后可加年度, 例如“%(example)s”。") % words
        batch.wrong(number, "target", message, "does_not_exist", shown)


WORK_ITEM_SHEET = Subject(
    kind=WORK_ITEM_KIND,
    columns=(
        "kind", "name", "origin", "quantity", "unit", "placeholder", "place", "plan",
        "lead_department", "officer", "due_on", "done_on", "evidence", "section", "note",
    ),
    keys=(("target", "name"),),
    aliases={
        "目标名称": "target", "所属目标": "target",
        "事项名称": "name", "项目名称": "name", "小区名称": "name", "名称": "name",
        "责任单位": "lead_department", "牵头部门": "lead_department", "责任人": "officer",
        "完成时限": "due_on", "时限": "due_on", "完成时间": "done_on", "地址": "place",
        "工作措施": "plan", "备注": "note",
    },
    extra={"target": "目标"},
    fill=_fill_targets,
)  # fmt: skip
