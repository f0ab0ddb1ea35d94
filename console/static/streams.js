// The streams of events that pages show. A browser has six connections to a server for all of its tabs, so a hidden tab
// holds none; once it is shown again, the stream tells what is so by then. One that breaks is asked for again, by and by.
"use strict";

(() => {
  const PAUSES = [1, 2, 4, 8].map((seconds) => seconds * 1000);
  const SILENT = "The console gives no answer; is the stack up?";
  const AGAIN = "This page asks again by itself.";
  const streams = new Set();

  // Say what is away, for eyes and ears; the same is not announced twice.
  function tell(sentence) {
    const place = document.getElementById("away");
    if (place.textContent === sentence) return;
    place.textContent = "";
    if (sentence === "") return;
    const notice = place.appendChild(document.createElement("p"));
    notice.className = "notice warn";
    notice.textContent = sentence;
  }

  // What htmx's extension takes for an EventSource.
  class Stream {
    onopen = null;
    onerror = null;
    #address;
    #seen = "";
    #listeners = new Map();
    #source = null;
    #timer = 0;
    #failures = 0;
    #why = "";

    constructor(address) {
      this.#address = address;
      this.#listeners.set("away", new Set([(event) => (this.#why = event.data)]));
      this.#listeners.set("live", new Set());
      streams.add(this);
      this.follow();
    }

    addEventListener(type, listener) {
      if (!this.#listeners.has(type)) {
        this.#listeners.set(type, new Set());
        if (this.#source) this.#hear(type);
      }
      this.#listeners.get(type).add(listener);
    }

    removeEventListener(type, listener) {
      this.#listeners.get(type)?.delete(listener);
    }

    close() {
      streams.delete(this);
      this.rest();
    }

    // Hold no connection for now.
    rest() {
      clearTimeout(this.#timer);
      this.#source?.close();
      this.#source = null;
    }

    // Connect, unless nobody would see it.
    follow() {
      this.rest();
      if (!streams.has(this) || document.visibilityState === "hidden") return;
      const address = new URL(this.#address, document.baseURI);
      if (this.#seen) address.searchParams.set("seen", this.#seen);
      this.#source = new EventSource(address);
      this.#source.addEventListener("error", () => this.#ask());
      for (const type of this.#listeners.keys()) this.#hear(type);
    }

    shown() {
      this.#failures = 0;
      this.follow();
    }

    #hear(type) {
      this.#source.addEventListener(type, (event) => {
        if (type !== "away") this.#answered();
        if (event.lastEventId) this.#seen = event.lastEventId;
        for (const listener of [...this.#listeners.get(type)]) listener.call(this, event);
      });
    }

    #answered() {
      this.#failures = 0;
      this.#why = "";
      tell("");
    }

    // One break is no news: a server that starts again is back by then.
    #ask() {
      this.rest();
      if (this.#why || this.#failures) {
        tell(`${this.#why || SILENT} ${AGAIN}`);
      }
      this.#why = "";
      const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
      this.#failures += 1;
      this.#timer = setTimeout(() => this.follow(), pause);
    }
  }

  htmx.createEventSource = (address) => new Stream(address);
  // A request that got no answer at all: the console is down, or the machine sleeps.
  document.addEventListener("htmx:sendError", () => tell(SILENT));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) tell("");
  });
  document.addEventListener("visibilitychange", () => {
    for (const stream of [...streams]) {
      if (document.visibilityState === "hidden") stream.rest();
      else stream.shown();
    }
  });
})();
