// The editor of lanes, scripts and practice.yaml: ace over the textarea, which stays the form's own.
// What is wrong and what may stand here come from the server; without JavaScript the textarea does.
"use strict";
(() => {
  const form = document.querySelector("#editing");
  const area = form?.querySelector("textarea[name=text]");
  if (!area || !window.ace) return;
  const words = form.dataset;
  const checked = document.querySelector("#checked");
  const standing = document.querySelector("#standing");
  const badge = document.querySelector("#state");
  const PAUSE = 500;

  ace.config.set("useStrictCSP", true);
  ace.config.set("loadWorkerFromBlob", false);
  const holder = document.createElement("div");
  holder.className = "editor";
  area.before(holder);
  const editor = ace.edit(holder, {
    mode: `ace/mode/${words.mode}`, useWorker: false, tabSize: 2, useSoftTabs: true,
    showPrintMargin: false, wrap: true, indentedSoftWrap: false, fontSize: "15px",
    minLines: 20, maxLines: 44, enableBasicAutocompletion: true, enableLiveAutocompletion: true,
    enableKeyboardAccessibility: true, // Esc leaves the editor, Enter goes back in
  });
  editor.setValue(area.value, -1);
  editor.session.getUndoManager().reset();
  editor.textInput.getElement().setAttribute("aria-label", form.querySelector("label[for=text]").textContent);
  editor.textInput.getElement().setAttribute("aria-describedby", "keys");
  area.hidden = true;
  area.removeAttribute("maxlength"); // the server says so
  const label = form.querySelector("label[for=text]");
  label.htmlFor = "";

  // Light and dark, as the rest of the page.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function paint() {
    const chosen = document.documentElement.dataset.theme;
    const night = chosen ? chosen === "dark" : dark.matches;
    editor.setTheme(night ? "ace/theme/github_dark" : "ace/theme/github_light_default");
  }
  paint();
  dark.addEventListener("change", paint);
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  function post(address, more = {}) {
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    body.delete("case");
    return fetch(address, {
      method: "POST", body, redirect: "error", headers: { "X-Laneflow-Editor": "1" },
    });
  }

  // What is wrong: a moment after the last key, one question at a time, the newest text last.
  let timer = 0, asking = false, again = false;
  let saved = "";  // what was said of saving the text as it stands; a check says it again
  async function check() {
    if (asking) { again = true; return; }
    asking = true;
    standing.textContent = words.checking;
    try {
      const answer = await post(words.check);
      if (!answer.ok) throw new Error(String(answer.status));
      const { marks, html } = await answer.json();
      if (!again) {
        editor.session.setAnnotations(marks.map((mark) => ({
          row: Math.max(0, mark.line - 1), column: Math.max(0, mark.column - 1),
          text: mark.text, type: mark.severity === "error" ? "error" : "warning",
        })));
        checked.innerHTML = html; // rendered and escaped by the server
        standing.textContent = saved;
      }
    } catch {
      standing.textContent = words.failed;
    } finally {
      asking = false;
      if (again) { again = false; check(); }
    }
  }
  editor.session.on("change", () => {
    saved = "";
    area.value = editor.getValue();
    area.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  });
  form.querySelector("[name=do][value=check]").addEventListener("click", (event) => {
    event.preventDefault();
    check();
  });

  // What may stand here.
  editor.completers = [{
    identifierRegexps: [/[A-Za-z0-9_.\-/]/],
    async getCompletions(_, session, at, prefix, told) {
      try {
        const answer = await post(words.words, { line: at.row + 1, column: at.column });
        const offered = (await answer.json()).words;
        told(null, offered.map((each, n) => ({
          caption: each.word, value: each.word.endsWith(":") ? `${each.word} ` : each.word,
          meta: each.kind, docText: each.about, score: 10_000 - n,
          completer: { insertMatch: (into, item) => insert(into, item, prefix) },
        })));
      } catch { told(null, []); }
    },
  }];
  function insert(into, item, prefix) {
    const { row, column } = into.getCursorPosition();
    const begun = into.session.getLine(row).slice(0, column);
    const written = begun.match(/[A-Za-z0-9_.\-/]*$/)[0] || prefix;
    into.session.replace(new ace.Range(row, column - written.length, row, column), item.value);
  }

  // Saving without leaving.
  async function save() {
    const text = editor.getValue();
    try {
      const answer = await post(location.pathname, { do: "save" });
      const { seen, told, changed, state } = await answer.json();
      if (answer.ok) {
        for (const field of document.querySelectorAll("input[name=seen]")) field.value = seen;
        if (text === editor.getValue()) { // else somebody went on writing meanwhile
          form.removeAttribute("data-changed");
          saved = told;
        }
        badge.textContent = state;
        badge.className = "badge warn";
        window.laneflow?.announce(told);
        standing.textContent = told;
      } else if (changed) {
        form.requestSubmit(form.querySelector("[name=do][value=save]")); // shows both, and asks
      } else {
        standing.textContent = told;
        window.laneflow?.announce(told, "error");
      }
    } catch {
      window.laneflow?.announce(words.unsaved, "error");
    }
  }
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
  });

  // To the line of a problem, or of whatever led here.
  function goTo(line, column = 1) {
    editor.gotoLine(line, Math.max(0, column - 1), false);
    editor.focus();
    holder.scrollIntoView({ block: "nearest" });
  }
  checked.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line), Number(link.dataset.column));
  });
  if (Number(words.line)) goTo(Number(words.line));
  check();
})();
