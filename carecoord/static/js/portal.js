// A draft that may not be saved is answered with 409, and what the server says about it is shown; htmx shows no errors by itself.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409) event.detail.shouldSwap = true;
});

// Save and Complete wait for a save under way, and stop those that were still to come: each save carries the draft's revision,
// and two of them side by side would be taken for two people.
const visit = document.getElementById("visit");

if (visit) {
  let isSaving = false;
  let leaving = null;

  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt === visit && leaving) event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === visit) isSaving = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== visit) return;
    isSaving = false;
    if (leaving) setTimeout(() => visit.requestSubmit(leaving), 0);
  });
  visit.addEventListener("submit", (event) => {
    leaving = event.submitter;
    if (isSaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => { leaving = null; });

  // A scanner does not wait for htmx: what was in a field before it listened is saved too.
  document.addEventListener("htmx:load", () => {
    const early = [...visit.querySelectorAll("input:not([type=hidden]), textarea")].find(
      (field) => ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
    );
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
