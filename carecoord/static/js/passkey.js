// What went wrong with a passkey, in words; allauth's script raises the event. Buttons that no browser part can serve stay hidden.
const WORDS = {
  NotAllowedError: "The passkey was not used: the request was cancelled or took too long. Please try again.",
  InvalidStateError: "This device already holds a passkey of yours. Use that one, or another device.",
  SecurityError: "Passkeys work on this site's own name over HTTPS, or on localhost, but not on this address.",
};
const canUse = "PublicKeyCredential" in window;

for (const button of document.querySelectorAll("[data-passkey]")) button.hidden = !canUse;

document.addEventListener("allauth.error", (event) => {
  const box = document.querySelector("[data-passkey-trouble]");
  const known = WORDS[event.detail.exception?.name];
  if (known) event.preventDefault();
  box.querySelector("[data-passkey-words]").textContent = known ?? "The passkey could not be used here. Please take another way.";
  box.hidden = false;
});
