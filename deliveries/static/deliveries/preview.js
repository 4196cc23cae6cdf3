// Shows what the matchers that are being written cover now. Without this script the button opens it as a page.
(() => {
  const shown = document.querySelector("[data-preview]");
  if (!shown) return;
  const field = document.querySelector(`[name="${shown.dataset.of}"]`);
  const button = document.querySelector("[data-preview-button]");
  if (!field || !field.form) return;
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const answer = await fetch(shown.dataset.preview, {
      method: "POST",
      headers: { "X-Requested-With": "fetch" },
      body: new FormData(field.form),
    }).catch(() => null);
    if (mine !== asked) return;
    if (answer && answer.ok) shown.innerHTML = await answer.text();
    else shown.textContent = "What it covers cannot be shown now: reload the page.";
  };
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 400);
  });
  button?.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
})();
