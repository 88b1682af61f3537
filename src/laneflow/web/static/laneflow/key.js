// A security key that gives no answer: say so, instead of nothing.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const told = document.querySelector("[data-key-problem]");
  if (told) told.hidden = false;
});
