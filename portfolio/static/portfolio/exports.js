// Tells whoever listens what has become of the exports, and only what has changed since.
"use strict";

const toldOf = () =>
  new Map([...document.querySelectorAll("#exports [data-told]")].map((line) => [line.id, line.dataset.told]));

let told = new Map();
document.addEventListener("DOMContentLoaded", () => {
  told = toldOf();
});

document.addEventListener("htmx:afterSettle", () => {
  const now = toldOf();
  const news = [...now].filter(([id, words]) => told.has(id) && told.get(id) !== words).map(([, words]) => words);
  told = now;
  if (news.length) document.getElementById("exports-told").textContent = news.join("; ");
});
