// The columns of a file: a filter over their table, what a correction has changed, and lines to copy.
"use strict";

(() => {
  let sought = "";

  function filter() {
    const field = document.getElementById("filter");
    if (!field) return;
    const rows = document.querySelectorAll("#column-table tbody tr");
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.dataset.sought.toLowerCase().includes(sought.toLowerCase());
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById("filtered").textContent = sought ? `${shown} of ${rows.length} are shown.` : "";
  }

  document.addEventListener("input", (event) => {
    if (event.target.id !== "filter") return;
    sought = event.target.value;
    filter();
  });
  // What is sought is no setting: the form is not sent for it.
  document.addEventListener("change", (event) => event.target.id === "filter" && event.stopPropagation(), true);
  document.addEventListener("click", async (event) => {
    if (event.target.id !== "copy") return;
    await navigator.clipboard.writeText(document.getElementById("toml-lines").textContent);
    announce("The lines are copied.");
    event.target.textContent = "Copied";
  });
  // A link to a setting among those that are folded.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to-setting");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    for (let outer = field.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:afterSettle", () => {
    const field = document.getElementById("filter");
    if (field && field.value !== sought) field.value = sought;
    filter();
  });
  // While a file is handed to its run, nobody looks at it.
  let starting = false;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = document.getElementById("choices");
    if (event.detail.elt.id === "train") {
      starting = true;
      htmx.trigger(form, "htmx:abort");
    } else if (event.detail.elt === form && starting) {
      event.preventDefault();
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const refused = !event.detail.xhr || !event.detail.xhr.getResponseHeader("hx-redirect");
    if (event.detail.elt.id === "train" && refused) starting = false;
  });
  document.addEventListener("htmx:sendError", () => {
    const lost = document.createElement("p");
    lost.className = "notice bad";
    lost.setAttribute("role", "alert");
    lost.textContent = "The console gave no answer. Once the stack is up, load this page again: its file is kept.";
    document.getElementById("said").replaceChildren(lost);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const train = document.getElementById("train");
    // Where the file was refused with these settings, its run would be, too.
    if (event.detail.target.id === "said" && event.detail.elt.id !== "train" && train) train.disabled = true;
    if (event.detail.target.id !== "found") return;
    const changed = document.getElementById("changed").textContent;
    announce(changed || "The columns have been looked at.");
  });
})();
