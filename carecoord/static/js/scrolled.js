// Tabs and filters that are wider than a telephone begin where the reader is.
for (const here of document.querySelectorAll(".tabs [aria-current], .seg [aria-current]")) {
  const strip = here.closest(".tabs, .seg");
  const [inner, outer] = [here.getBoundingClientRect(), strip.getBoundingClientRect()];
  strip.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}
