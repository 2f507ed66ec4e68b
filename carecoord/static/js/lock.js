// The lock over the page. The server refuses a locked session everything; this covers what the page shows and keeps it as it is,
// with what was typed, until the lock opens. A colleague who takes over gets the page anew, under their own name.
const box = document.querySelector("[data-lock]");
const PART = { "X-Lock": "part" };
const SAVE_MS = 2000;
const ACTIVE_MS = 30_000; // so often a person at work is told to the server
const SAME_PERSON = 204;
const SOMEBODY_ELSE = 205;
const LOCKED = 423;
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("carecoord-lock") : null;
const life = "BroadcastChannel" in window ? new BroadcastChannel("carecoord-idle") : null;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const isLocked = () => "locked" in document.documentElement.dataset;
let covered = [];
let title = "";
let isTyped = false;
let isSaving = false;

function cover() {
  if (isLocked()) return;
  document.documentElement.dataset.locked = "";
  title = document.title;
  document.title = "Locked · CareCoord";
  covered = [...document.body.children].filter((part) => part !== box && part.tagName !== "SCRIPT").map((part) => [part, part.hidden]);
  for (const [part] of covered) part.hidden = true;
  box.setAttribute("role", "main"); // the page's own is hidden now
  box.hidden = false;
}

function uncover() {
  delete document.documentElement.dataset.locked;
  document.title = title;
  for (const [part, wasHidden] of covered) part.hidden = wasHidden;
  box.replaceChildren();
  box.removeAttribute("role");
  box.hidden = true;
  if (isTyped) saveDraft();
}

function show(html) {
  box.innerHTML = html;
  offerPasskey(box);
  box.querySelector("[name=pin], [name=password], button")?.focus();
}

function sayUnreachable() {
  box.innerHTML = '<section class="lock-card"><h1>Screen locked</h1><p role="alert">The server cannot be reached.</p><button type="button" class="btn">Try again</button></section>';
  box.querySelector("button").addEventListener("click", () => ask("GET"));
}

async function ask(method, why = "asked") {
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  const here = location.pathname + location.search;
  try {
    const answer = await fetch(method === "GET" ? `${box.dataset.lockUrl}?next=${encodeURIComponent(here)}` : box.dataset.lockUrl, {
      method, redirect: "manual", headers: { ...PART, "X-CSRFToken": token },
      body: method === "POST" ? new URLSearchParams({ next: here, why }) : undefined,
    });
    if (answer.ok) show(await answer.text());
    else location.reload(); // no longer locked, or signed out: the server knows where to go
  } catch {
    sayUnreachable();
  }
}

// What is typed and not saved yet goes to the draft first, under the name of who typed it.
async function saveDraft() {
  const draft = document.querySelector("form[hx-post][hx-trigger]");
  if (!draft || !isTyped) return;
  const saved = new Promise((done) => document.addEventListener("htmx:afterRequest", done, { once: true }));
  isSaving = true;
  window.htmx.trigger(draft, "change");
  await Promise.race([saved, wait(SAVE_MS)]);
  isSaving = false;
}

async function lock(why) {
  if (isLocked()) return;
  cover();
  box.innerHTML = '<section class="lock-card"><h1>Screen locked</h1></section>';
  await saveDraft();
  await ask("POST", why);
  tabs?.postMessage("locked");
}

async function send(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", redirect: "manual", headers: PART, body: new URLSearchParams(new FormData(form)) });
    if (answer.status === SAME_PERSON) {
      if (!box) return location.assign(form.elements.next.value);
      uncover();
      tabs?.postMessage("opened");
      life?.postMessage("alive");
      isActive();
    } else if (answer.status === SOMEBODY_ELSE) {
      tabs?.postMessage("changed");
      if (box) location.reload();
      else location.assign(form.elements.next.value);
    } else if (answer.type === "opaqueredirect") location.reload();
    else if (box) show(await answer.text());
    else {
      form.closest("[data-locked]").outerHTML = await answer.text();
      offerPasskey(document);
    }
  } catch {
    if (box) sayUnreachable();
  }
}

function offerPasskey(where) {
  const form = where.querySelector("[data-lock-passkey]");
  if (form) form.hidden = !window.PublicKeyCredential?.parseRequestOptionsFromJSON;
}

async function askPasskey(form) {
  const asked = await fetch(form.action, { headers: PART, redirect: "manual" });
  if (!asked.ok) return location.reload();
  const { request_options: options } = await asked.json();
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
    const credential = await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
  } catch (error) {
    if (error.name !== "NotAllowedError") throw error;
    return undefined; // cancelled: the lock stays as it is
  }
  return send(form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-lock-now]") && box) {
    event.preventDefault();
    lock("asked");
  } else if (form.matches("[data-lock-form]") && (box || form.closest("[data-locked]"))) {
    event.preventDefault();
    send(form);
  } else if (form.matches("[data-lock-passkey]")) {
    event.preventDefault();
    askPasskey(form);
  }
});

let lastActive = Date.now();
let lastTold = Date.now();

function isActive() {
  lastActive = Date.now();
}

async function tell() {
  lastTold = Date.now();
  const answer = await fetch(box.dataset.keepAliveUrl, { redirect: "manual", headers: { "HX-Request": "true" } });
  if (answer.status === LOCKED) {
    cover();
    await ask("GET");
  } else if (answer.ok) life?.postMessage("alive");
}

if (box) {
  const lockMs = Number(box.dataset.lockMinutes) * 60_000 - ACTIVE_MS; // before the server does it by itself
  for (const sign of ["pointerdown", "keydown", "wheel", "touchmove"]) document.addEventListener(sign, isActive, { passive: true });
  document.addEventListener("input", () => { isTyped = true; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) {
      lastTold = Date.now();
      isTyped = false;
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isLocked() && !isSaving) event.preventDefault(); // it would be refused; what is typed is saved when the lock opens
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== LOCKED) return;
    event.detail.shouldSwap = false;
    if (isLocked()) return;
    cover();
    ask("GET");
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyL") {
      event.preventDefault();
      lock("asked");
    }
  });
  tabs?.addEventListener("message", ({ data }) => {
    if (data === "locked") {
      cover();
      ask("GET");
    } else if (data === "opened" && isLocked()) uncover();
    else if (data === "changed") location.reload();
  });
  setInterval(() => {
    if (isLocked()) return;
    const now = Date.now();
    if (now - lastActive >= lockMs) lock("idle");
    else if (lastActive > lastTold && now - lastTold >= ACTIVE_MS) tell().catch(() => {});
  }, 1000);
} else offerPasskey(document);
