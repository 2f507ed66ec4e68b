// The worklist by keyboard: j and k move, Enter opens, a, d and s press the button of the row (or of the open panel)
// that carries the same data-key, ? shows the list of keys, Escape closes the panel.
// Keys are silent while somebody writes, and with Ctrl, Alt or Meta, so that browsers and screen readers keep theirs.
const WRITES = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const rows = () => [...document.querySelectorAll("[data-worklist] tbody tr[data-row]")];
const active = () => document.querySelector("[data-worklist] tr[data-active]");

function activate(row) {
  active()?.removeAttribute("data-active");
  row.setAttribute("data-active", "");
  row.querySelector("[data-open]")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(active());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  activate(all[next]);
}

function press(key) {
  const inside = document.activeElement?.closest("#panel") ?? active();
  const target = (inside ?? document.querySelector("#panel"))?.querySelector(`[data-key="${key}"]`);
  if (!target) return false;
  target.click();
  return true;
}

function close() {
  const link = document.querySelector("#panel [data-close]");
  if (!link) return false;
  link.click();
  return true;
}

function help() {
  const keys = document.querySelector("[data-keys]");
  if (!keys) return false;
  keys.open = !keys.open;
  keys.querySelector("summary").focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    if (!event.target.closest("details.menu[open]") && close()) event.preventDefault();
    return;
  }
  if (event.target.closest?.(WRITES) || !document.querySelector("[data-worklist]")) return;
  const key = event.key;
  let done = true;
  if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "?") done = help();
  else if (["a", "d", "s"].includes(key)) done = press(key);
  else if (key === "Enter" && event.target === document.body && active()) active().querySelector("[data-open]")?.click();
  else done = false;
  if (done) event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-worklist] tr[data-row]");
  if (row && row !== active()) {
    active()?.removeAttribute("data-active");
    row.setAttribute("data-active", "");
  }
});
