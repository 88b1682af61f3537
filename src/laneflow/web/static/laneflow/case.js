// What the case page does besides its forms: copying the script, dates at one press, printing.
// Without it the buttons it serves stay hidden.
"use strict";
(() => {
  function begin(part) {
    for (const one of part.querySelectorAll("[data-copies], [data-quick], [data-prints]")) one.hidden = false;
  }
  begin(document);
  document.body.addEventListener("htmx:load", (event) => begin(event.detail.elt.parentNode ?? document));

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed) return;
    if (pressed.dataset.copies) copy(pressed);
    else if ("prints" in pressed.dataset) print();
    else if (pressed.dataset.value && pressed.closest("[data-quick]")) fill(pressed);
  });

  async function copy(pressed) {
    const from = document.getElementById(pressed.dataset.copies);
    if (navigator.clipboard) await navigator.clipboard.writeText(from.value);
    else {  // an address without TLS
      from.hidden = false;
      from.select();
      document.execCommand("copy");
      from.hidden = true;
      pressed.focus();
    }
    window.laneflow.announce(pressed.dataset.said);
    const called = pressed.textContent;
    pressed.textContent = pressed.dataset.said;
    setTimeout(() => { pressed.textContent = called; }, 2000);
  }

  function fill(pressed) {
    const field = document.getElementById(pressed.closest("[data-quick]").dataset.quick);
    field.value = pressed.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
})();
