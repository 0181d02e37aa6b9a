// A sheet on its way: how far the upload is, that it is being checked, that it did not arrive.
"use strict";

const busyOf = (form) => ({
  bar: form.querySelector(".busy progress"),
  told: form.querySelector(".busy [role='status']"),
});

const formOf = (event) => event.target.closest?.("form[data-checking]");

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event);
  if (!form) return;
  const { bar, told } = busyOf(form);
  bar.removeAttribute("value");
  told.className = "small";
  told.textContent = form.dataset.sending ?? form.dataset.checking;
});

// Told of the request that is sent; the answer's own progress bears no upload.
document.addEventListener("htmx:xhr:progress", (event) => {
  const form = formOf(event);
  if (!form || !form.dataset.sending || !event.detail.lengthComputable) return;
  const { bar, told } = busyOf(form);
  const { loaded, total } = event.detail;
  if (loaded < total) {
    bar.max = total;
    bar.value = loaded;
    return;
  }
  bar.removeAttribute("value");
  told.textContent = form.dataset.checking;
});

const failed = (event) => {
  const form = formOf(event);
  if (!form) return;
  const { told } = busyOf(form);
  told.className = "message error";
  told.textContent = form.dataset.failed;
};
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:responseError", failed);

// What was refused has the focus, as on a page that is loaded.
document.addEventListener("htmx:afterSettle", () => {
  document.querySelector(".field.wrong input, .field.wrong select")?.focus();
});
