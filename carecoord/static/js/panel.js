// The side panel: reading moves to its title when it opens and back to the row when it closes; menus close by Escape or a click elsewhere.
let opener = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "panel" && !event.detail.elt.closest("#panel")) opener = event.detail.elt;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "panel") return;
  const row = opener?.closest("tr[data-row]");
  for (const other of document.querySelectorAll("tr[aria-selected=true]")) other.removeAttribute("aria-selected");
  row?.setAttribute("aria-selected", "true");
  event.detail.target.querySelector("[data-panel-title]")?.focus();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#panel [data-close]");
  if (link && opener?.isConnected) {
    event.preventDefault();
    document.querySelector("#panel").replaceChildren();
    for (const row of document.querySelectorAll("tr[aria-selected=true]")) row.removeAttribute("aria-selected");
    opener.focus();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
  }
});
