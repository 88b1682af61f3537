// What every page needs of JavaScript, and no page depends on: announcements, focus after a swap,
// what a failed save says, no double submit, unsaved changes, the end of an idle session.
"use strict";
(() => {
  const body = document.body;
  const words = body.dataset;
  const one = (selector, within = document) => within.querySelector(selector);

  // Say it: seen in the messages, heard by screen readers.
  function announce(text, kind = "info") {
    const told = one("#told");
    if (told) { told.textContent = ""; setTimeout(() => { told.textContent = text; }, 50); }
    if (kind !== "error") return;
    const shown = document.createElement("p");
    shown.className = "message error";
    shown.textContent = text;
    one("#messages")?.replaceChildren(shown);
    shown.scrollIntoView({ block: "nearest" });
  }
  window.laneflow = { announce };
  body.addEventListener("announce", (event) => {
    const { value, text, kind } = event.detail ?? {};
    if (value ?? text) announce(value ?? text, kind);
  });

  // After a swap: to the first field that is wrong, else to what asks for it.
  body.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    if (!part?.isConnected || event.detail.requestConfig?.headers["X-Laneflow-Poll"]) return;
    const wrong = one("[aria-invalid=true]", part) ?? one("[data-focus]", part);
    if (!wrong) return;
    if (!wrong.matches("a, button, input, select, textarea, summary, [tabindex]")) wrong.tabIndex = -1;
    wrong.focus();
  });
  const wrong = one("main [aria-invalid=true]") ?? one("main [data-focus]");
  if (wrong) addEventListener("load", () => wrong.focus());

  // Where a save failed, what was typed stays, and somebody is told.
  body.addEventListener("htmx:sendError", () => announce(words.offline, "error"));
  body.addEventListener("htmx:timeout", () => announce(words.offline, "error"));
  body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.requestConfig?.headers["X-Laneflow-Poll"]) return;
    const refused = [401, 403].includes(event.detail.xhr.status);
    announce(refused ? words.forbidden : words.failed, "error");
  });
  body.addEventListener("htmx:beforeOnLoad", (event) => {  // logged out meanwhile
    const came = event.detail.xhr.responseURL;
    if (!came || new URL(came).pathname !== words.login || location.pathname === words.login) return;
    event.preventDefault();
    guarded = false;
    location.reload();
  });

  // Once is enough.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
    if (form.matches("[hx-post], [data-hx-post]")) return;
    form.dataset.sent = "1";
    guarded = false;
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  body.addEventListener("htmx:beforeRequest", (event) => busy(event, true));
  body.addEventListener("htmx:afterRequest", (event) => busy(event, false));
  function busy(event, is) {
    const form = event.detail.elt.closest?.("form");
    for (const button of form?.querySelectorAll("button:not([type=button])") ?? []) {
      is ? button.setAttribute("aria-busy", "true") : button.removeAttribute("aria-busy");
    }
    if (is && form?.dataset.running) event.preventDefault();
    if (form) is ? form.dataset.running = "1" : delete form.dataset.running;
  }

  // What was typed into a form with data-guard is not left behind by accident.
  let guarded = true;
  document.addEventListener("input", (event) => event.target.closest?.("[data-guard]")?.setAttribute("data-changed", ""));
  addEventListener("beforeunload", (event) => {
    if (guarded && one("[data-guard][data-changed]")) event.preventDefault();
  });

  // Menus close as one expects.
  document.addEventListener("keydown", (event) => {
    const open = one("details.menu[open]");
    if (event.key === "Escape" && open) { open.open = false; one("summary", open).focus(); }
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.menu[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  // Idle: every tab counts as activity for all; two minutes before the end somebody is asked.
  const dialog = one("#idle");
  if (!dialog || !words.idle) return;
  const MINUTE = 60_000, LAST = "laneflow.active", KEPT = "laneflow.kept";
  const since = (name) => Date.now() - Number(localStorage.getItem(name) || 0);
  const mark = (name) => localStorage.setItem(name, String(Date.now()));
  const header = JSON.parse(body.getAttribute("hx-headers"));
  mark(LAST); mark(KEPT);
  function stay() {
    mark(LAST); mark(KEPT);
    fetch(words.stay, { method: "POST", headers: header, redirect: "error" }).catch(() => {});
  }
  for (const kind of ["keydown", "pointerdown", "scroll"]) {
    document.addEventListener(kind, () => {
      if (dialog.open) return;
      mark(LAST);
      if (since(KEPT) > MINUTE / 2) stay();  // a long note is work, too; the server counts in half minutes
    }, { passive: true, capture: true });
  }
  one("[data-stay]", dialog).addEventListener("click", () => { dialog.close(); stay(); });
  dialog.addEventListener("cancel", () => stay());
  const watch = setInterval(() => {
    const idle = since(LAST);
    if (idle >= words.out * MINUTE + 10_000) {  // surely later than the server's own end
      clearInterval(watch);  // a second reload would overtake the answer that says why
      guarded = false; location.reload(); }
    else if (idle >= words.idle * MINUTE) { if (!dialog.open) dialog.showModal(); }
    else if (dialog.open) dialog.close();
  }, 5_000);
})();
