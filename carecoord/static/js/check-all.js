// One box that ticks all boxes of a name; without JavaScript it stays hidden, and each is ticked by itself.
for (const all of document.querySelectorAll("[data-check-all]")) {
  const boxes = () => [...document.querySelectorAll(`input[type=checkbox][name="${all.dataset.checkAll}"]`)];
  const agree = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.closest("label").hidden = false;
  all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  document.addEventListener("change", (event) => { if (event.target.name === all.dataset.checkAll) agree(); });
  agree();
}
