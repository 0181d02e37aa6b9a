// Small comforts of all pages. Everything works without them: forms are sent, links are followed.
"use strict";

// A form is sent once: the button stays pressed until the answer comes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !event.defaultPrevented && !form.hasAttribute("hx-post")) {
    form.dataset.sent = "yes";
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// The first field that was refused, or the message at the head, has the focus.
document.addEventListener("DOMContentLoaded", () => {
  const wrong = document.querySelector(".field.wrong input, .field.wrong select, .field.wrong textarea");
  if (wrong) wrong.focus();
});

// On a phone the navigation scrolls sideways: the open page's name is in sight.
document.addEventListener("DOMContentLoaded", () => {
  const here = document.querySelector(".site nav a[aria-current]");
  if (!here) return;
  const nav = here.closest("nav");
  nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
});

// <button data-print>: the browser's own print dialogue.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// <input type="checkbox" data-checks="name">: ticks all boxes of that name in its form.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.checks;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[name="${name}"]`)) {
    box.checked = event.target.checked;
  }
});
