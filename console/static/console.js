// What all pages share. There are no inline scripts (Content-Security-Policy), and nothing is evaluated.
"use strict";

// Say something to people who listen to the page: what changed where nobody has clicked.
function announce(said) {
  document.getElementById("announcer").textContent = said;
}

// Ask once before what can't be taken back: a form or button with data-ask names what it does.
document.addEventListener("htmx:confirm", (event) => {
  const question = event.detail.elt.dataset.ask;
  if (!question) return;
  event.preventDefault();
  if (window.confirm(question)) event.detail.issueRequest(true);
});
