// A file dropped on the first page, or chosen there: it is sent, with its progress, and its page follows.
"use strict";

(() => {
  const zone = document.getElementById("drop");
  const input = document.getElementById("file");
  const sending = document.getElementById("sending");
  const bar = document.getElementById("sent");
  const words = document.getElementById("sent-words");
  const complaint = document.getElementById("drop-said");
  let request = null;

  const megabytes = (size) => (size / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });

  function say(sentence) {
    complaint.textContent = sentence;
    complaint.hidden = sentence === "";
  }

  function stop(sentence) {
    request = null;
    sending.hidden = true;
    input.disabled = false;
    input.value = "";
    say(sentence);
  }

  function show(sent, size) {
    const percent = size ? Math.floor((100 * sent) / size) : 100;
    bar.value = percent;
    words.textContent =
      sent < size ? `${percent}% of ${megabytes(size)} MB` : `${megabytes(size)} MB are sent; they are being written …`;
  }

  function refusal(answered) {
    try {
      return JSON.parse(answered.responseText).said;
    } catch {
      const plain = (answered.getResponseHeader("content-type") || "").startsWith("text/plain");
      return plain ? answered.responseText : "The console can't take the file; is the stack up?";
    }
  }

  function send(file) {
    say("");
    if (request !== null) return say("A file is being sent already: wait for it, or cancel it.");
    if (file.size > Number(zone.dataset.largest)) {
      return stop(`${file.name} is larger than 5 GiB; divide it into several files. 'fraudflow run' trains on larger ones, too.`);
    }
    request = new XMLHttpRequest();
    const own = request;
    own.open("PUT", `/files?name=${encodeURIComponent(file.name.toWellFormed?.() ?? file.name)}`);
    const token = JSON.parse(document.body.getAttribute("hx-headers"));
    for (const [name, value] of Object.entries(token)) own.setRequestHeader(name, value);
    own.setRequestHeader("content-type", "application/octet-stream");
    own.upload.addEventListener("progress", (event) => show(event.loaded, file.size));
    own.addEventListener("load", () => {
      // Where a file goes on from is the zone's to say: to be trained on, scored, or read as labels.
      if (own.status === 201) location.assign(JSON.parse(own.responseText).page.replace("/files/", zone.dataset.next || "/files/"));
      else stop(refusal(own));
    });
    own.addEventListener("error", () =>
      stop(`${file.name} was not sent: it can't be read (a folder can't), it has changed meanwhile, or the console is down.`));
    own.addEventListener("abort", () => stop(`${file.name} was not sent: you cancelled it.`));
    document.getElementById("sending-name").textContent = `Sending ${file.name}`;
    input.disabled = true;
    sending.hidden = false;
    show(0, file.size);
    announce(`Sending ${file.name}`);
    own.send(file);
  }

  function take(files, folder) {
    if (folder) stop(`${folder} is a folder; drop a CSV or Parquet file.`);
    else if (files.length > 1) stop(`These are ${files.length} files, and each is a run of its own: drop them one by one. None was sent.`);
    else if (files.length === 1) send(files[0]);
    else stop("That was no file; drop a CSV or Parquet file.");
  }

  function folderOf(items) {
    for (const item of items || []) {
      const entry = item.kind === "file" && item.webkitGetAsEntry ? item.webkitGetAsEntry() : null;
      if (entry && entry.isDirectory) return entry.name;
    }
    return null;
  }

  input.addEventListener("change", () => input.files.length && take(input.files, null));
  document.getElementById("cancel").addEventListener("click", () => request && request.abort());
  // Anywhere on the page: a file that misses the zone would otherwise be opened in place of the page.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(event.dataTransfer.files, folderOf(event.dataTransfer.items));
  });
})();
