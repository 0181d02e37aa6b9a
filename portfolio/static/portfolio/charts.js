// Draws the charts of the board: each from data in a block of JSON, onto a canvas. The words are
// in the data; the colours are the style sheet's or come with the data.
"use strict";

const boardCharts = (() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const HATCHES = {
    x: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 5], rotation: Math.PI / 4 },
    "/": { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 },
    "\\": { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 },
    ".": { symbol: "circle", symbolSize: 0.6, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0] },
    "-": { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 4] },
    "|": { symbol: "rect", dashArrayX: [1, 4], dashArrayY: [1, 0] },
  };
  const look = ({ fill, hatch }) => ({
    fill, ...(fill === "#FFFFFF" ? { stroke: token("line-strong"), lineWidth: 1 } : {}),
    ...(HATCHES[hatch] ? { decal: { ...HATCHES[hatch], color: "rgba(0, 0, 0, 0.22)" } } : {}),
  });
  const text = (more) => ({ color: token("ink"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily, ...more });
  const common = (more) => ({
    animation: false, aria: { enabled: true, label: { enabled: false }, decal: { show: false } },
    textStyle: text(), tooltip: { renderMode: "richText", confine: true, textStyle: text(), ...more },
  });
  const quietAxis = (more) => ({
    type: "value", position: "bottom", axisLabel: text({ color: token("quiet"), fontSize: 11, hideOverlap: true }),
    axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: token("line") } }, ...more,
  });

  // Where each line stands: beside a table its rows, else one below the other under its label.
  function places(host, data) {
    const table = document.getElementById(host.dataset.rows || "");
    const rows = table ? [...table.tBodies[0].rows] : [];
    const box = host.getBoundingClientRect();
    const beside = rows.length === data.labels.length && box.left >= table.parentElement.getBoundingClientRect().right - 2;
    if (!beside) return { beside, height: data.labels.length * 38 + 28, lines: data.labels.map((_, i) => [i * 38 + 18, 14]) };
    const top = table.getBoundingClientRect().top;
    const lines = rows.map((row) => {
      const { top: of, height } = row.getBoundingClientRect();
      return [of - top + height / 2 - Math.min(16, height * 0.6) / 2, Math.min(16, height * 0.6)];
    });
    const last = lines[lines.length - 1];
    return { beside, height: Math.ceil(last[0] + last[1] + 34), lines };
  }
  const rect = (x0, x1, [y, height], style) => ({ type: "rect", shape: { x: x0, y, width: Math.max(0, x1 - x0), height }, style });
  const label = (told, x, y, width) => ({ type: "text", style: { text: told, x, y, width, fill: token("ink"), font: `12px ${getComputedStyle(document.body).fontFamily}`, overflow: "truncate" } });
  const lying = (data, at, most, series, told) => ({
    ...common({ trigger: "item", formatter: ({ dataIndex, seriesIndex }) => told(dataIndex, seriesIndex) }),
    grid: { left: 8, right: 16, top: 0, bottom: 24 },
    xAxis: quietAxis({ min: 0, max: most, splitNumber: 3 }),
    yAxis: { type: "value", inverse: true, min: 0, max: at.height - 24, show: false },
    series,
  });

  function bars(data, host) {
    const at = places(host, data);
    const known = [...data.values, ...data.markers].filter((each) => each !== null);
    const most = data.most && Math.max(...known) > data.most ? data.most : undefined;
    const cut = (value) => (most ? Math.min(value, most) : value);
    const series = [{
      type: "custom", encode: { x: 1 }, data: data.values.map((value, i) => [i, cut(value)]),
      renderItem: (params, api) => {
        const i = api.value(0);
        const [zero] = api.coord([0, 0]);
        const children = [rect(zero, api.coord([api.value(1), 0])[0], at.lines[i], look(data.styles[i]))];
        if (data.markers[i] !== null) {
          const [x] = api.coord([cut(data.markers[i]), 0]);
          const [y, height] = at.lines[i];
          const over = at.beside ? 3 : 0;
          children.push({ type: "rect", shape: { x: x - 1.5, y: y - over, width: 3, height: height + 2 * over }, style: { fill: token("ink") } });
        }
        if (!at.beside) children.push(label(`${data.labels[i]}  ${data.told[i]}`, zero, at.lines[i][0] - 16, host.clientWidth - 24));
        return { type: "group", children };
      },
    }];
    const ends = { type: "scatter", data: data.markers.map((each) => [cut(each ?? 0), 0]), symbolSize: 0, silent: true };
    return { height: at.height, option: lying(data, at, most, [...series, ends], (i) => `${data.labels[i]}\n${data.told[i]}`) };
  }

  function stacks(data, host) {
    const at = places(host, data);
    const below = (s, i) => data.series.slice(0, s).reduce((sum, each) => sum + each.values[i], 0);
    const series = data.series.map((each, s) => ({
      type: "custom", name: each.name, encode: { x: [1, 2] }, itemStyle: { color: each.style.fill },
      data: each.values.map((value, i) => [i, below(s, i), below(s, i) + value]),
      renderItem: (params, api) => {
        const i = api.value(0);
        const [from, to] = [api.coord([api.value(1), 0])[0], api.coord([api.value(2), 0])[0]];
        const children = [rect(from, to, at.lines[i], look(each.style))];
        if (s === 0 && !at.beside) children.push(label(data.labels[i], from, at.lines[i][0] - 16, host.clientWidth - 24));
        return { type: "group", children };
      },
    }));
    const told = (i, s) => `${data.labels[i]}\n${data.series[s].name} ${data.series[s].values[i]}`;
    const leads = ({ dataIndex, seriesIndex }) => data.links[dataIndex][seriesIndex];
    return { height: at.height, leads, option: lying(data, at, undefined, series, told) };
  }

  function columns(data) {
    const series = data.series.map((each) => {
      const { fill, decal, stroke, lineWidth } = look(each.style);
      const itemStyle = { color: fill, decal: decal || { symbol: "none" }, borderColor: stroke, borderWidth: lineWidth };
      return { type: "bar", stack: "all", name: each.name, data: each.values, barMaxWidth: 34, itemStyle };
    });
    return {
      height: 190,
      option: {
        ...common({ trigger: "axis", axisPointer: { type: "shadow" } }),
        legend: { bottom: 0, itemWidth: 14, itemHeight: 10, textStyle: text({ fontSize: 11 }) },
        grid: { left: 36, right: 8, top: 8, bottom: 50 },
        xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLabel: text({ fontSize: 11 }) },
        yAxis: quietAxis({ position: "left", splitNumber: 3 }), series,
      },
    };
  }

  function ranks(data) {
    const most = Math.max(1, ...data.lines.flatMap(({ ranks: each }) => each.filter((rank) => rank !== null)));
    const colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
    const series = data.lines.map((line, i) => ({
      type: "line", name: line.name, data: line.ranks, connectNulls: true, symbolSize: 9,
      symbol: ["circle", "rect", "triangle", "diamond"][i % 4], color: colours[i % colours.length],
      lineStyle: { width: 2, type: ["solid", "dashed", "dotted"][Math.floor(i / 6) % 3] }, emphasis: { focus: "series" },
      endLabel: { show: true, formatter: "{a}", color: token("ink"), fontSize: 11 }, labelLayout: { moveOverlap: "shiftY" },
    }));
    return {
      height: Math.max(220, most * 24 + 50),
      option: {
        ...common({ trigger: "item", formatter: ({ seriesName, name, value }) => `${seriesName}\n${name} · ${value}` }),
        grid: { left: 32, right: 110, top: 16, bottom: 24 },
        xAxis: { type: "category", data: data.periods, axisLabel: text(), axisTick: { show: false }, axisLine: { lineStyle: { color: token("line-strong") } } },
        yAxis: quietAxis({ position: "left", inverse: true, min: 1, max: most, minInterval: 1, interval: Math.max(1, Math.ceil(most / 8)) }),
        series,
      },
    };
  }

  return { bars, stacks, columns, ranks, tools: { token, text, common, label } };
})();
