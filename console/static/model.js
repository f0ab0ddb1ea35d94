// The moves of a champion: the question names the version, and what was typed outlives a refreshed form.
"use strict";

(() => {
  let picked = null;

  // Ask about the version that is selected.
  function ask() {
    const select = document.getElementById("promote-version");
    if (!select) return;
    if (picked !== null && [...select.options].some((each) => each.value === picked)) select.value = picked;
    const form = select.form;
    form.dataset.ask = form.dataset.question.replace("{}", select.value);
  }

  document.addEventListener("change", (event) => {
    if (event.target.id !== "promote-version") return;
    picked = event.target.value;
    ask();
  });
  // A move that was made: its reason is written, the next one needs its own.
  document.addEventListener("moved", (event) => {
    picked = null;
    if (event.target instanceof HTMLFormElement) event.target.reset();
    // Until the forms of the new state are here: these would act on the one before, and be refused.
    for (const each of document.querySelectorAll("#forms button")) each.disabled = true;
    // The button that was pressed is replaced, or goes.
    document.getElementById("said").focus();
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === "forms") ask();
  });
  document.addEventListener("htmx:sseMessage", (event) => announce(event.detail.data));
  ask();
})();
