// Security keys. Their buttons do nothing before the scripts above listen: until then they are off.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-by-script]")) button.disabled = false;
});
// A key that gives no answer: say so, instead of nothing.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const told = document.querySelector("[data-key-problem]");
  if (told) told.hidden = false;
});
