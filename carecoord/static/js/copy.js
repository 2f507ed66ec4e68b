// Copies the text of a code field; the button says that it did, and says so to screen readers too.
const SHOWN_MS = 2000;

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = button.closest(".copy");
  const said = field.querySelector("[data-copied]");
  await navigator.clipboard.writeText(field.querySelector("code").textContent.trim());
  said.textContent = said.dataset.text;
  setTimeout(() => { said.textContent = ""; }, SHOWN_MS);
});
