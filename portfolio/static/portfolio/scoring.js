// The scoring sheet: totals while one types, Enter to the next cell, what could not be saved.
// What counts is computed by the server when it saves; without this the sheet is a plain form.
"use strict";

(() => {
  const sheet = document.getElementById("sheet");
  const weights = JSON.parse(document.getElementById("weights").textContent);
  const cells = [...sheet.querySelectorAll("input[data-criterion]")];

  // What the server refused is where one goes on.
  const refused = cells.find((cell) => cell.getAttribute("aria-invalid") === "true");
  if (refused) refused.focus();

  // Hundredths as a whole number, null for nothing, NaN for what is no such number.
  function hundredths(text) {
    const typed = text.normalize("NFKC").replace("。", ".").trim();
    if (typed === "") return null;
    const found = /^(\d{1,3})(?:\.(\d{0,2})0*)?$/.exec(typed);
    if (!found) return NaN;
    const value = Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0"));
    return value <= 10000 ? value : NaN;
  }

  // The weighted total, exact: points and weights in hundredths, weights of a hundred.
  function total(row) {
    let sum = 0;
    for (const cell of row.querySelectorAll("input[data-criterion]")) {
      const points = hundredths(cell.value);
      if (points === null || Number.isNaN(points)) return "—";
      sum += points * Math.round(Number(weights[cell.dataset.criterion]) * 100);
    }
    const text = String(Math.floor(sum / 1e6));
    const rest = String(sum % 1e6).padStart(6, "0").replace(/0+$/, "");
    return rest ? `${text}.${rest}` : text;
  }

  function state(cell, words, grave) {
    const place = document.getElementById(cell.getAttribute("aria-describedby"));
    const told = document.createElement("span");
    told.className = grave ? "late" : "quiet";
    told.textContent = words;
    place.replaceChildren(told);
  }

  sheet.addEventListener("input", (event) => {
    const cell = event.target;
    if (!cell.dataset.criterion) return;
    const points = hundredths(cell.value);
    const wrong = Number.isNaN(points);
    cell.toggleAttribute("aria-invalid", wrong);
    if (wrong) cell.setAttribute("aria-invalid", "true");
    const box = cell.closest("td");
    box.classList.toggle("wrong", wrong);
    box.classList.toggle("missing", points === null);
    if (wrong) state(cell, sheet.dataset.wrong, true);
    else if (points === null) state(cell, sheet.dataset.missing, false);
    else state(cell, sheet.dataset.unsaved, false);
    cell.closest("tr").querySelector("output").textContent = total(cell.closest("tr"));
  });

  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.dataset.criterion) return;
    const next = cells[cells.indexOf(event.target) + 1];
    if (!next) return; // the last one: the form is sent
    event.preventDefault();
    next.focus();
    next.select();
  });

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    sheet.addEventListener(name, (event) => {
      if (event.target.dataset.criterion) state(event.target, sheet.dataset.failed, true);
    });
  }
})();
