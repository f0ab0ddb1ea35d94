// The streams of events that pages show. A browser has six connections to a server for all of its tabs, so a hidden tab
// holds none; once it is shown again, the stream tells what is so by then. One that breaks is asked for again, by and by.
"use strict";

(() => {
  const PAUSES = [1, 2, 4, 8, 15].map((seconds) => seconds * 1000);
  const streams = new Set();

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

    constructor(address) {
      this.#address = address;
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
        this.#failures = 0;
        if (event.lastEventId) this.#seen = event.lastEventId;
        for (const listener of [...this.#listeners.get(type)]) listener.call(this, event);
      });
    }

    #ask() {
      this.rest();
      const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
      this.#failures += 1;
      this.#timer = setTimeout(() => this.follow(), pause);
    }
  }

  htmx.createEventSource = (address) => new Stream(address);
  document.addEventListener("visibilitychange", () => {
    for (const stream of [...streams]) {
      if (document.visibilityState === "hidden") stream.rest();
      else stream.shown();
    }
  });
})();
