"""得分榜: the result of each department or district as a bar, league by league."""

from collections import defaultdict

from django.utils.translation import gettext as _

from portfolio.reports.charts.chart import (
    BLUE,
    ORANGE,
    Bar,
    Bars,
    Chart,
    Line,
    NativeChart,
    ReportDate,
    Rows,
    format_dated_title,
    format_number,
)

MOST_BARS = 60
FIRST_THREE = 3


class ScoreboardChart(Chart):
    """Those that have a result, in the order of their ranks."""

    native = NativeChart("bar", "", "name", ("result",), most=1.0)

    def title(self, rows: Rows, told: ReportDate) -> str:
        return format_dated_title(_("得分榜"), told)

    def words(self, rows: Rows) -> str:
        told = []
        for league, members in _leagues(rows).items():
            best, last = members[0], members[-1]
            told.append(
                _("%(league)s %(count)s 个单位, 第 %(rank)s 名 %(best)s (%(result)s%%)")
                % {
                    "league": league, "count": len(members), "rank": best["rank"],
                    "best": best["name"], "result": format_number(best["result"]),
                }
            )  # fmt: skip
            if len(members) > 1:
                told[-1] += _(", 末位 %(last)s (%(result)s%%)") % {
                    "last": last["name"], "result": format_number(last["result"]),
                }  # fmt: skip
        return "; ".join(told) + "。" if told else _("尚无可评数据。")

    def content(self, rows: Rows) -> Bars | None:
        bars: list[Bar] = []
        left = MOST_BARS
        leagues = _leagues(rows)
        for league, members in leagues.items():
            if left > 0:
                heading = [Bar(league)] if len(leagues) > 1 else []
                bars += [*heading, *map(_bar, members[:left])]
            left -= len(members)
        if not bars:
            return None
        legend = [(BLUE, _("前三名")), (ORANGE, _("其他"))]
        return Bars(bars, axis=_("综合 (%)"), legend=legend)

    def note(self, rows: Rows) -> str:
        ranked = sum(len(members) for members in _leagues(rows).values())
        notes = []
        if ranked > MOST_BARS:
            notes.append(_("另有 %(count)s 个单位未画出") % {"count": ranked - MOST_BARS})
        if without := len(rows) - ranked:
            notes.append(_("%(count)s 个单位尚无可评数据") % {"count": without})
        return _("%(notes)s, 见报表。") % {"notes": "、".join(notes)} if notes else ""

    def native_rows(self, rows: Rows) -> range:
        """Returns the first league's that have a result: leagues are not compared."""
        league = rows[0]["league"]
        return range(sum(row["league"] == league and row["rank"] is not None for row in rows))


def _leagues(rows: Rows) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for row in rows:
        if row["rank"] is not None:
            found[str(row["league"])].append(row)
    return found


def _bar(row: Line) -> Bar:
    return Bar(
        label=f"{row['rank']}  {row['name']}",
        value=float(row["result"]),
        told=f"{format_number(row['result'])}%",
        style=BLUE if row["rank"] <= FIRST_THREE else ORANGE,
    )
