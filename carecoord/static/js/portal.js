// A draft that may not be saved is answered with 409, and what the server says about it is shown; htmx shows no errors by itself.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409) event.detail.shouldSwap = true;
});

// Save and Complete are plain submits of the same form: htmx saves only while somebody types.
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.triggeringEvent?.type === "submit") event.preventDefault();
});
