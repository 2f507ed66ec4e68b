// The server signs out after data-idle-minutes without a request; this warns two minutes earlier and leaves the page at the end,
// so that no chart stays on an abandoned screen. Tabs tell each other, because any request in one of them keeps the session alive.
const WARNING_MS = 120_000;
const box = document.querySelector("[data-idle]");

if (box) {
  const idleMs = Number(box.dataset.idleMinutes) * 60_000;
  const warnMs = idleMs - WARNING_MS;
  const left = box.querySelector("[data-idle-left]");
  const said = box.querySelector("[data-idle-said]");
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("carecoord-idle") : null;
  let seen = Date.now();

  const spoken = (seconds) => (seconds >= 60 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`);

  function heard() {
    seen = Date.now();
    box.hidden = true;
  }

  function alive() {
    heard();
    channel?.postMessage("alive");
  }

  function look() {
    const quiet = Date.now() - seen;
    if (quiet >= idleMs) {
      clearInterval(ticking);
      const here = encodeURIComponent(location.pathname);
      location.replace(`${box.dataset.loginUrl}?idle=1&next=${here}`);
      return;
    }
    if (quiet < warnMs) return;
    if (document.documentElement.dataset.locked) return; // the lock says it itself
    if (box.hidden) {
      box.hidden = false;
      said.textContent = said.dataset.text;
    }
    left.textContent = spoken(Math.ceil((idleMs - quiet) / 1000));
  }

  channel?.addEventListener("message", heard);
  alive();
  document.addEventListener("htmx:afterRequest", (event) => event.detail.successful && alive());
  document.addEventListener("visibilitychange", look);
  box.querySelector("[data-idle-stay]").addEventListener("click", async () => {
    const answer = await fetch(box.dataset.keepAliveUrl, { credentials: "same-origin", redirect: "manual", headers: { "HX-Request": "true" } });
    if (answer.ok) alive();
    else location.reload();
  });
  const ticking = setInterval(look, 1000);
}
