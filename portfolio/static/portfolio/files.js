// A choice of files in the page's own words, large enough for a thumb, with the names of what was
// chosen. Without scripts the browser's own control stands there.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll("input[type=file][data-choose]")) {
    const label = document.createElement("label");
    label.htmlFor = input.id;
    label.className = "button second";
    label.textContent = input.dataset.choose;
    const chosen = document.createElement("output");
    chosen.className = "chosen-files";
    chosen.htmlFor = input.id;
    const tell = () => {
      chosen.textContent = Array.from(input.files, (file) => file.name).join("、") || input.dataset.none;
    };
    input.classList.add("visually-hidden");
    input.after(label, chosen);
    input.addEventListener("change", tell);
    tell();
  }
});
