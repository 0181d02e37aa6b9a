// The grid of monthly returns: movement as in a spreadsheet, pasting from Excel, telling at once
// how a cell is read. Without this the grid is a plain form; what counts the server says.
"use strict";

(() => {
  const form = document.getElementById("returns");
  if (!form) return;
  // With those that have been handed in: a pasted block keeps its lines.
  const rows = [...form.querySelectorAll("tr[id]")];
  const cellsOf = (row) => [...row.querySelectorAll("[data-column]")];
  const told = document.getElementById("returns-told");
  // What could not be saved stands in the page only.
  const refused = document.getElementById("returns-wrong");
  let unsaved = Boolean(refused);
  if (refused) refused.focus();

  // Goes to a cell; rows without cells (handed in) are passed over on the way up or down.
  function goTo(row, column, down) {
    let there = row;
    while (down && rows[there] && !cellsOf(rows[there]).length) there += down;
    const cell = rows[there] && cellsOf(rows[there])[column];
    if (!cell) return false;
    cell.focus();
    cell.select();
    return true;
  }

  // Whether the caret stands where going on means leaving the cell; a cell that is all selected
  // (one has just come to it) is left by any arrow.
  function atEdge(cell, forwards) {
    const { selectionStart: from, selectionEnd: to, value } = cell;
    if (from === 0 && to === value.length) return true;
    return from === to && from === (forwards ? value.length : 0);
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  form.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (cell.dataset.column === undefined || event.isComposing) return;
    const row = rows.indexOf(cell.closest("tr"));
    const column = Number(cell.dataset.column);
    if (event.key === "Enter" && (event.altKey || event.ctrlKey)) {
      if (cell.tagName === "TEXTAREA") {
        cell.setRangeText("\n", cell.selectionStart, cell.selectionEnd, "end");
        cell.dispatchEvent(new Event("input", { bubbles: true }));
      }
      event.preventDefault();
    } else if (event.key === "Enter") {
      const down = event.shiftKey ? -1 : 1;
      goTo(row + down, column, down);
      event.preventDefault(); // Enter never sends the form
    } else if (STEPS[event.key] && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const [down, right] = STEPS[event.key];
      const leaving = cell.tagName === "INPUT" && down ? true : atEdge(cell, down + right > 0);
      if (leaving && goTo(row + down, column + right, down)) event.preventDefault();
    }
  });

  // A block as spreadsheets put it on the clipboard: tabs, lines, quoted cells with lines in them.
  function blockOf(text) {
    const block = [[]];
    const part = /(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)/y;
    const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    while (part.lastIndex <= plain.length) {
      const found = part.exec(plain);
      if (!found) break;
      block.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
      if (found[3] === "\n") block.push([]);
      else if (found[3] === "") break;
    }
    return block;
  }

  const plainName = (text) => text.normalize("NFKC").trim();

  // A block whose first column names projects goes to those projects; others go down and right
  // from the cell. Returns [row, column, texts] and what could not be placed.
  function placed(block, row, column) {
    const named = new Map();
    rows.forEach((each, index) => {
      named.set(plainName(each.dataset.name), index);
      named.set(plainName(each.dataset.code), index);
    });
    if (!block.some((texts) => texts.length > 1 && named.has(plainName(texts[0])))) {
      return [block.map((texts, index) => [row + index, column, texts]), []];
    }
    const found = [];
    const unknown = [];
    for (const [name, ...texts] of block) {
      const index = named.get(plainName(name));
      if (index === undefined) unknown.push(name);
      else found.push([index, 0, texts]);
    }
    return [found, unknown];
  }

  form.addEventListener("paste", (event) => {
    const cell = event.target;
    const text = event.clipboardData.getData("text/plain");
    if (cell.dataset.column === undefined || !/[\t\n]/.test(text.replace(/[\r\n]+$/, ""))) return;
    // Lines without tabs: a column of a sheet, which comes with a table, or a paragraph of a cell.
    const sheet = text.includes("\t") || /<table/i.test(event.clipboardData.getData("text/html"));
    if (cell.tagName === "TEXTAREA" && !sheet) return;
    const block = blockOf(text);
    event.preventDefault();
    const [parts, unknown] = placed(block, rows.indexOf(cell.closest("tr")), Number(cell.dataset.column));
    const filled = [];
    let outside = 0;
    for (const [row, column, texts] of parts) {
      texts.forEach((each, index) => {
        const into = rows[row] && cellsOf(rows[row])[column + index];
        if (into) {
          into.value = into.tagName === "INPUT" ? each.replaceAll("\n", " ") : each;
          filled.push(into);
        } else if (each.trim()) outside += 1;
      });
    }
    unsaved = true;
    const words = [form.dataset.pasted.replace("0", filled.length)];
    if (unknown.length) words.push(`${form.dataset.unknown} ${unknown.slice(0, 5).join("、")}`);
    if (outside) words.push(form.dataset.outside.replace("0", outside));
    told.textContent = words.join(" ");
    ask(filled);
  });

  function tell(cell, { text, error }) {
    const place = document.getElementById(`${cell.name}-error`);
    if (!error) cell.value = text;
    place.textContent = error;
    cell.closest("td").classList.toggle("wrong", Boolean(error));
    if (error) {
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", place.id);
    } else {
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
    }
  }

  // Asks how the cells are read; when the answer does not come, saving will tell.
  async function ask(cells) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("month", form.dataset.month);
    const sent = new Map(cells.map((cell) => [cell, cell.value]));
    for (const cell of cells) body.append(cell.name, cell.value);
    const answer = await fetch(form.dataset.check, { method: "POST", body }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const read = await answer.json();
    for (const cell of cells) {
      // What was typed meanwhile is asked by itself.
      if (read[cell.name] && cell.value === sent.get(cell)) tell(cell, read[cell.name]);
    }
  }

  form.addEventListener("change", (event) => {
    if (event.target.dataset.column === undefined) return;
    unsaved = true;
    ask([event.target]);
  });
  form.addEventListener("input", (event) => {
    if (event.target.dataset.column !== undefined) unsaved = true;
  });
  form.addEventListener("submit", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
})();
