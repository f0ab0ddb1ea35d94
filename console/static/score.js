// The form of a transaction: of many columns, show those whose names hold what is typed.
"use strict";

document.addEventListener("input", (event) => {
  const chosen = event.target.dataset.sieve;
  if (!chosen) return;
  const wanted = event.target.value.trim().toLowerCase();
  let shown = 0;
  for (const each of document.querySelectorAll(chosen)) {
    each.hidden = !each.querySelector("label").textContent.toLowerCase().includes(wanted);
    shown += each.hidden ? 0 : 1;
  }
  for (const group of document.querySelectorAll("fieldset")) {
    group.hidden = !group.querySelector(`${chosen}:not([hidden])`);
  }
  announce(shown === 1 ? "1 column is shown" : `${shown} columns are shown`);
});

// Enter in the search looks; it never decides.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset.sieve) event.preventDefault();
});
