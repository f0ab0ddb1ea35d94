// The page of one run: seconds that go on between two updates.
"use strict";

(() => {
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

  tick();
  setInterval(tick, 1000);
})();
