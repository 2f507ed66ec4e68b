// A draft that may not be saved is answered with 409, and what the server says about it is shown; htmx shows no errors by itself.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409) event.detail.shouldSwap = true;
});

// Save and Complete wait for a save under way, and stop those that were still to come: each save carries the draft's revision,
// and two of them side by side would be taken for two people.
const visit = document.getElementById("visit");
const KEEPALIVE_BYTES = 60_000; // a browser sends no more than 64 KiB after its page

if (visit) {
  let isSaving = false;
  let isKeeping = false;
  let leaving = null;
  let typed = 0; // how often something was typed or chosen; of that, how much was sent, and kept
  let sent = 0;
  let kept = 0;

  for (const sign of ["input", "change"]) visit.addEventListener(sign, () => { typed += 1; });
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt === visit && (leaving || isKeeping || typed === kept)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== visit) return;
    isSaving = true;
    sent = typed;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== visit) return;
    isSaving = false;
    if (event.detail.successful) kept = sent;
    if (leaving) setTimeout(() => visit.requestSubmit(leaving), 0);
  });

  // Whoever leaves before the draft was sent leaves it with the browser, which sends it after the page. What cannot be sent that
  // way asks first, as a save under way does (saved.js); what is under the lock goes out with whoever opens it.
  async function keep(event) {
    const line = visit.querySelector("[data-status-for]");
    if (typed === Math.max(sent, kept) || isSaving || leaving || !line || line.dataset.state === "failed") return;
    if ("locked" in document.documentElement.dataset) return;
    const body = new URLSearchParams(new FormData(visit));
    if (body.toString().length > KEEPALIVE_BYTES) return event.preventDefault();
    isKeeping = true;
    sent = typed;
    try {
      const answer = await fetch(visit.action, { method: "POST", keepalive: true, redirect: "manual", headers: { "HX-Request": "true" }, body });
      if (!answer.ok) throw new Error(`not kept: ${answer.status}`);
      await stay(answer);
    } catch {
      line.dataset.state = "failed";
    }
    isKeeping = false;
    if (typed > sent) window.htmx.trigger(visit, "change");
  }

  // It was no leaving after all: a telephone number, a file.
  async function stay(answer) {
    kept = sent;
    document.getElementById("draft-state").outerHTML = await answer.text();
    const said = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}")["visit:filled"];
    if (said) document.dispatchEvent(new CustomEvent("visit:filled", { detail: said }));
  }

  window.addEventListener("beforeunload", keep);
  window.addEventListener("pagehide", keep); // a telephone's browser may say no more than that
  visit.addEventListener("submit", (event) => {
    leaving = event.submitter;
    if (isSaving) event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => {
    leaving = null;
    if (event.persisted) location.reload(); // its revision may be an old one
  });

  // A scanner does not wait for htmx: what was in a field before it listened is saved too. What the browser itself makes of a
  // value (a box without one is "on", a day that is none is empty) was typed by nobody.
  function isTyped(field) {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.localName === "textarea") return field.value !== field.defaultValue;
    const asSent = document.createElement("input");
    asSent.type = field.type;
    asSent.setAttribute("value", field.defaultValue);
    return field.value !== asSent.value;
  }

  document.addEventListener("htmx:load", () => {
    const early = [...visit.querySelectorAll("input:not([type=hidden]), textarea")].find(isTyped);
    early?.dispatchEvent(new Event("change", { bubbles: true }));
  }, { once: true });

  // A chosen lot or a scanned code filled fields in. What is being typed just now is left alone.
  document.addEventListener("visit:filled", (event) => {
    for (const [name, value] of Object.entries(event.detail)) {
      const field = visit.elements[name];
      if (!field || field === document.activeElement) continue;
      field.value = value;
      if (field.value !== value) location.reload(); // a choice that the page did not offer
    }
  });
}
