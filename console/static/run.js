// The page of one run: seconds that go on between two updates, a log that stays at its end, and the end told once.
"use strict";

(() => {
  const NEAR = 40;
  let atEnd = true;

  function written(seconds) {
    if (seconds < 60) return `${seconds.toFixed(0)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-since]")) {
      const seconds = (Date.now() - Date.parse(element.dataset.since)) / 1000;
      element.textContent = written(Math.max(0, seconds));
    }
  }

  function toEnd() {
    const log = document.getElementById("run-log");
    if (log) log.scrollTop = log.scrollHeight;
  }

  // Whoever reads further up in the log is left there.
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (event.target.id === "run-log") {
      atEnd = event.target.scrollHeight - event.target.scrollTop - event.target.clientHeight < NEAR;
    }
  });
  document.addEventListener("htmx:sseMessage", (event) => {
    if (event.target.id === "run-log" && atEnd) toEnd();
    tick();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "run") toEnd();
    tick();
  });
  document.addEventListener("htmx:sseClose", (event) => {
    const status = document.querySelector("#run-head .state");
    if (event.detail.type === "message" && status) announce(`The run has ended: ${status.textContent}.`);
  });

  tick();
  toEnd();
  setInterval(tick, 1000);
})();
