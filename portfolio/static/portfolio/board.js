// The board's controls, and when its charts are drawn. Without it the form has a button, and the
// tables say what the charts show.
"use strict";

const DAY = 24 * 3600 * 1000;
const drawn = new Map(); // the element of a chart → its chart

// A chart is drawn when it comes near: the first screen is not kept waiting by the last one.
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    draw(target);
  }
}, { rootMargin: "600px" });

function draw(host) {
  const source = document.getElementById(host.dataset.chart);
  if (!source || !host.isConnected || !host.clientWidth) return;
  const data = JSON.parse(source.textContent);
  const made = boardCharts[data.kind](data, host);
  drawn.get(host)?.dispose();
  host.style.height = `${made.height}px`;
  const chart = echarts.init(host, null, { renderer: "canvas" });
  chart.setOption(made.option);
  // The words for those who do not see it are the page's own.
  host.setAttribute("role", "img");
  if (made.leads) {
    chart.on("click", (event) => {
      const address = made.leads(event);
      if (address) window.location.assign(address);
    });
  }
  host.dataset.drawn = "yes";
  drawn.set(host, chart);
}

function watch(root) {
  for (const host of drawn.keys()) {
    if (host.isConnected) continue;
    drawn.get(host).dispose();
    drawn.delete(host);
  }
  for (const host of root.querySelectorAll("[data-chart]:not([data-drawn])")) near.observe(host);
}

function drawAll() {
  for (const host of document.querySelectorAll("[data-chart]")) draw(host);
}

// The slider: the days of the year up to today.
function slider() {
  const slide = document.getElementById("board-slide");
  const day = document.getElementById("board-day");
  if (!slide || !day) return;
  const panels = () => document.getElementById("panels").dataset;
  const iso = (time) => new Date(time).toISOString().slice(0, 10);
  const follow = () => {
    const { first, last, on } = panels();
    const days = Math.round((Date.parse(last) - Date.parse(first)) / DAY);
    slide.max = String(days);
    slide.value = String(Math.min(days, Math.max(0, Math.round((Date.parse(on) - Date.parse(first)) / DAY))));
    slide.setAttribute("aria-valuetext", on);
    day.value = on;
  };
  slide.closest(".board-slide").hidden = false;
  follow();
  slide.addEventListener("input", () => {
    day.value = iso(Date.parse(panels().first) + Number(slide.value) * DAY);
    slide.setAttribute("aria-valuetext", day.value);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "panels") follow();
  });
}

document.addEventListener("DOMContentLoaded", () => {
  // Going back in the browser reads the whole page again: nothing old is kept.
  if (window.htmx) htmx.config.refreshOnHistoryMiss = true;
  slider();
  watch(document);
});
document.addEventListener("htmx:afterSettle", () => watch(document));

let width = window.innerWidth;
let waiting;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(() => [...drawn.keys()].forEach(draw), 150);
});
window.addEventListener("beforeprint", drawAll);
