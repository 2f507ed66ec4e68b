// Says how the draft stands while htmx saves it (the form itself carries hx-post and hx-trigger).
// A status line is <span data-status-for="form-id" data-state="idle|saving|saved|failed">: idle until this page saves something,
// whatever was saved before; what is failed stays said until it is saved.
function lineFor(form) {
  return form?.id ? document.querySelector(`[data-status-for="${CSS.escape(form.id)}"]`) : null;
}

function say(event, state) {
  const line = lineFor(event.detail.elt?.closest("form"));
  if (!line) return;
  line.dataset.state = state;
}

document.addEventListener("htmx:beforeRequest", (event) => say(event, "saving"));
document.addEventListener("htmx:afterRequest", (event) => say(event, event.detail.successful ? "saved" : "failed"));
document.addEventListener("htmx:sendError", (event) => say(event, "failed"));

// Leaving with an unsaved draft asks first.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-status-for][data-state=failed], [data-status-for][data-state=saving]")) event.preventDefault();
});
