// The theme switch. The choice is a cookie because the server writes data-theme into the page: no flash, no inline script.
const COOKIE = "cc_theme";
const YEAR_SECONDS = 31536000;
const root = document.documentElement;

function show(choice) {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
}

function choose(choice) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  if (choice === "auto") {
    delete root.dataset.theme;
    document.cookie = `${COOKIE}=;path=/;max-age=0;samesite=lax${secure}`;
  } else {
    root.dataset.theme = choice;
    document.cookie = `${COOKIE}=${choice};path=/;max-age=${YEAR_SECONDS};samesite=lax${secure}`;
  }
  show(choice);
}

for (const fieldset of document.querySelectorAll("[data-theme-switch]")) fieldset.hidden = false;
show(root.dataset.theme ?? "auto");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (button) choose(button.dataset.themeChoice);
});
