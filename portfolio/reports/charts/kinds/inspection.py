"""观摩测评: the newest round's ranking as bars; the ranks of the year's quarters as lines."""

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
    Ranks,
    ReportDate,
    Rows,
    format_dated_title,
    format_number,
)

MOST_BARS, MOST_LINES = 60, 20
QUARTERS = (1, 2, 3, 4)
FIRST_THREE = 3


def _newest(rows: Rows) -> Rows:
    quarter = max((row["quarter"] for row in rows), default=None)
    return [row for row in rows if row["quarter"] == quarter]


def _leagues(rows: Rows) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for row in rows:
        found[str(row["league"])].append(row)
    return found


class RankingChart(Chart):
    """Of several quarters the newest: a ranking is of one round."""

    native = NativeChart("bar", "", "project_name", ("points",))

    def title(self, rows: Rows, told: ReportDate) -> str:
        heading = format_dated_title(_("观摩测评排名"), told)
        if not rows:
            return heading
        quarter = max(row["quarter"] for row in rows)
        return _("观摩测评排名 · %(year)s 年第 %(quarter)s 季度 (截至 %(on)s)") % {
            "year": told.year, "quarter": quarter, "on": told.on,
        }  # fmt: skip

    def words(self, rows: Rows) -> str:
        told = []
        for league, members in _leagues(_newest(rows)).items():
            best, last = members[0], members[-1]
            told.append(
                _("%(league)s %(count)s 个项目, 第 %(rank)s 名 %(best)s (%(points)s 分)")
                % {
                    "league": _league(league), "count": len(members), "rank": best["rank"],
                    "best": best["project_name"], "points": format_number(best["points"]),
                }
            )  # fmt: skip
            if len(members) > 1:
                told[-1] += _(", 末位 %(last)s (%(points)s 分)") % {
                    "last": last["project_name"], "points": format_number(last["points"]),
                }  # fmt: skip
        return "; ".join(told) + "。"

    def content(self, rows: Rows) -> Bars:
        bars = []
        left = MOST_BARS
        for league, members in _leagues(_newest(rows)).items():
            if left > 0:
                bars += [Bar(_league(league)), *map(_bar, members[:left])]
            left -= len(members)
        legend = [(BLUE, _("前三名")), (ORANGE, _("其他"))]
        return Bars(bars, axis=_("总分"), legend=legend)

    def note(self, rows: Rows) -> str:
        hidden = len(_newest(rows)) - MOST_BARS
        return _("另有 %(count)s 个项目未画出, 见报表。") % {"count": hidden} if hidden > 0 else ""

    def native_rows(self, rows: Rows) -> range:
        return range(len(rows) - len(_newest(rows)), len(rows))


def _league(league: str) -> str:
    return league or _("不分组")


def _bar(row: Line) -> Bar:
    return Bar(
        label=f"{row['rank']}  {row['project_name']}",
        value=float(row["points"]),
        told=format_number(row["points"]),
        style=BLUE if row["rank"] <= FIRST_THREE else ORANGE,
    )


class TrendChart(Chart):
    """The rank of each department within its league, quarter by quarter."""

    native = NativeChart(
        "line", "", "name", across=tuple(f"q{each}_rank" for each in QUARTERS), ranks=True
    )

    def title(self, rows: Rows, told: ReportDate) -> str:
        return format_dated_title(_("观摩测评名次走势"), told)

    def words(self, rows: Rows) -> str:
        told = []
        for league, members in _leagues(rows).items():
            lines = [f"{row['name']} {'→'.join(map(_rank, _describe_row(row)))}" for row in members]
            told.append(f"{_league(league)}: {', '.join(lines)}")
        return "; ".join(told) + "。"

    def content(self, rows: Rows) -> Ranks:
        quarters = [each for each in QUARTERS if any(row[f"q{each}_rank"] for row in rows)]
        panels = [
            (
                _league(league),
                [
                    (str(row["name"]), [row[f"q{each}_rank"] for each in quarters])
                    for row in members
                ],
            )
            for league, members in _leagues(rows).items()
        ]
        periods = [_("第%(quarter)s季度") % {"quarter": each} for each in quarters]
        return Ranks(periods, panels)

    def native_rows(self, rows: Rows) -> range:
        """Returns the rows of the first league, as many as can be told apart: a place is one
        within a league, and of a second one the lines would lie upon the first one's."""
        first = [row for row in rows if row["league"] == rows[0]["league"]]
        return range(min(len(first), MOST_LINES))


def _describe_row(row: Line) -> list[int | None]:
    return [row[f"q{each}_rank"] for each in QUARTERS if row[f"q{each}_rank"] is not None]


def _rank(rank: int | None) -> str:
    return _("第 %(rank)s 名") % {"rank": rank}
