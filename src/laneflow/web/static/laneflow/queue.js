// The queue by keyboard: where one is in the list is where the focus is, so that screen readers
// hear it, and so does whoever uses Tab. Without this file everything is a link or a button.
"use strict";
(() => {
  const dialog = document.querySelector("#keys");
  const list = () => [...document.querySelectorAll("#queue > .task")];
  let last = "";  // while a row is being replaced, the focus is nowhere
  const here = () => document.activeElement === document.body
    ? document.getElementById(last)
    : document.activeElement?.closest?.("#queue > .task");
  document.addEventListener("focusin", (event) => { last = event.target.closest?.("#queue > .task")?.id ?? ""; });
  const typing = (element) =>
    element?.closest("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea, [contenteditable], dialog[open]");

  const keys = document.querySelector("button.keys");
  if (keys) { keys.hidden = false; keys.addEventListener("click", () => dialog.showModal()); }

  function go(step) {
    const tasks = list();
    const at = tasks.indexOf(here());
    const to = tasks[at < 0 ? (step > 0 ? 0 : tasks.length - 1) : at + step];
    if (to) {
      to.querySelector("a.open, [tabindex]")?.focus();
      to.scrollIntoView({ block: "nearest" });
    } else if (step > 0 && tasks.length) document.querySelector("#queue > .next a")?.focus();
  }

  // A row that has just come is not htmx's yet: its buttons would load the whole page.
  function press(task, key) {
    if (task?.matches(".htmx-added, .htmx-settling, .htmx-swapping")) {
      setTimeout(() => press(document.getElementById(task.id), key), 30);
    } else task?.querySelector(`[data-key=${key}]`)?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const task = here();
    if (event.key === "Escape" && task) { task.querySelector("[data-leave]")?.click(); return; }
    if (typing(event.target)) return;
    if (event.key === "?") dialog?.showModal();
    else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if ("nchs".includes(event.key)) press(task, event.key);
    else return;
    event.preventDefault();
  });

  // When the last page is here, whatever comes later belongs on this list.
  document.body.addEventListener("htmx:afterSettle", () => {
    const last = document.querySelector("#queue > [data-last]");
    if (last) { last.remove(); document.querySelector("#asked [name=whole]").value = "yes"; }
  });
})();
