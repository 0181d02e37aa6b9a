// The board's charts over the days of a year: the calendar and the Gantt chart of milestones.
"use strict";

{
  const { token, text, common, label } = boardCharts.tools;

  function calendar(data, host) {
    const wide = host.clientWidth > 620;
    const cell = wide ? Math.floor((host.clientWidth - 60) / 53.5) : Math.floor((host.clientWidth - 70) / 7);
    const size = wide ? cell : Math.min(cell, 12);
    const spread = { orient: wide ? "horizontal" : "vertical", cellSize: wide ? [cell, Math.min(22, cell)] : [cell, size] };
    const steps = [[1, 1], [2, 3], [4, 7], [8, Infinity]].map(([gte, lte], i) => ({ gte, lte, color: ["#D6E4F2", "#9DC3E6", "#4F93CE", "#1D4F91"][i], label: lte === Infinity ? `≥ ${gte}` : gte === lte ? `${gte}` : `${gte}–${lte}` }));
    return {
      height: wide ? Math.min(22, cell) * 7 + 64 : size * 53 + 84,
      option: {
        ...common({ formatter: ({ value, seriesIndex }) => `${value[0]}\n${seriesIndex ? data.words.overdue : data.words.due} ${value[1]}` }),
        visualMap: { type: "piecewise", seriesIndex: 0, pieces: steps, orient: "horizontal", bottom: wide ? 0 : 22, left: "center", itemHeight: 12, itemWidth: 12, textStyle: text({ fontSize: 11 }) },
        legend: { bottom: wide ? 4 : 0, [wide ? "right" : "left"]: wide ? 8 : "center", itemWidth: 10, itemHeight: 10, selectedMode: false, data: [data.words.overdue, data.words.on], textStyle: text({ fontSize: 11 }) },
        calendar: {
          range: String(data.year), ...spread, top: 24, left: wide ? 32 : 36, right: 8, yearLabel: { show: false },
          itemStyle: { color: token("paper"), borderColor: token("line"), borderWidth: 1 }, splitLine: { lineStyle: { color: token("line-strong"), width: 1 } },
          dayLabel: { firstDay: 1, nameMap: data.days, ...text({ fontSize: 11 }) }, monthLabel: { nameMap: data.months, ...text({ fontSize: 11 }) },
        },
        series: [
          { type: "heatmap", coordinateSystem: "calendar", data: data.due },
          { type: "scatter", name: data.words.overdue, coordinateSystem: "calendar", data: data.overdue, symbol: "rect", symbolSize: 6, itemStyle: { color: "#D55E00", borderColor: "#fff", borderWidth: 1 } },
          { type: "scatter", name: data.words.on, coordinateSystem: "calendar", data: [[data.on, data.words.on]], symbol: "emptyRect", symbolSize: 14, itemStyle: { color: token("ink"), borderWidth: 2 }, tooltip: { formatter: `${data.words.on} ${data.on}` } },
        ],
      },
    };
  }

  function gantt(data, host) {
    const roomy = host.clientWidth > 620;
    const day = (iso) => Date.parse(iso);
    const marks = [["baseline", "emptyDiamond", token("quiet")], ["due", "rect", "#0072B2"], ["forecast", "triangle", "#E69F00"], ["done", "circle", "#009E73"]];
    const points = marks.map(([name, symbol, color]) => ({
      type: "scatter", name: data.words[name], symbol, symbolSize: name === "due" ? [6, 14] : 11, z: name === "baseline" ? 5 : 4,
      itemStyle: { color, borderColor: name === "baseline" ? color : "#fff", borderWidth: 1 },
      data: data.lines.flatMap((line, i) => (line[name] ? [[day(line[name]), i]] : [])),
    }));
    const name = (i) => (data.lines[i] ? `${data.lines[i].project} · ${data.lines[i].name}` : "");
    const spans = {
      type: "custom", silent: true, encode: { x: [1, 2], y: 0 }, z: 2,
      data: data.lines.map((line, i) => [i, day(line.baseline), day(line.due), line.forecast ? day(line.forecast) : line.state === "overdue" ? day(data.on) : day(line.due)]),
      renderItem: (params, api) => {
        const [x0, y] = api.coord([api.value(1), api.value(0)]);
        const [x1] = api.coord([api.value(2), api.value(0)]);
        const [x2] = api.coord([api.value(3), api.value(0)]);
        const late = data.lines[api.value(0)].state === "overdue";
        const told = roomy ? [] : [label(name(api.value(0)), 8, y - 20, host.clientWidth - 16)];
        return { type: "group", children: [...told,
          { type: "rect", shape: { x: x0, y: y - 4, width: Math.max(0, x1 - x0), height: 8 }, style: { fill: "#9DC3E6" } },
          { type: "line", shape: { x1, y1: y, x2, y2: y }, style: { stroke: late ? "#D55E00" : "#E69F00", lineWidth: late ? 4 : 2, lineDash: late ? [] : [4, 3] } },
        ] };
      },
      markLine: { silent: true, symbol: "none", data: [{ xAxis: day(data.on) }], lineStyle: { color: token("ink"), type: "solid", width: 1 }, label: { formatter: `${data.words.on} ${data.on}`, position: "start", ...text({ fontSize: 11 }) } },
    };
    const told = (line) => marks.filter(([each]) => line[each]).map(([each]) => `${data.words[each]} ${line[each]}`).join("\n");
    return {
      height: data.lines.length * (roomy ? 23 : 40) + (roomy ? 76 : 116),
      option: {
        ...common({ formatter: ({ value }) => `${name(value[1])}\n${told(data.lines[value[1]])}` }),
        legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, data: marks.map(([each]) => data.words[each]), textStyle: text() },
        grid: { left: roomy ? 300 : 8, right: 24, top: roomy ? 32 : 72, bottom: 40 },
        xAxis: { type: "time", min: day(data.first), max: Math.max(day(data.last), ...data.lines.map((line) => day(line.forecast || line.due))), axisLabel: text({ fontSize: 11, formatter: (at) => (new Date(at).getUTCDate() < 3 ? data.months[new Date(at).getUTCMonth()] : "") }), splitLine: { show: true, lineStyle: { color: token("line") } } },
        yAxis: { type: "category", inverse: true, data: data.lines.map((_, i) => name(i)), axisTick: { show: false }, axisLine: { show: false },
          axisLabel: text({ show: roomy, width: 288, overflow: "truncate", interval: 0 }) },
        series: [spans, ...points],
      },
    };
  }

  Object.assign(boardCharts, { calendar, gantt });
}
