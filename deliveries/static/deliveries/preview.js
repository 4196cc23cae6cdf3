// Shows what comes of what is being written, while it is written. Without this script the button opens it as a page.
(() => {
  const shown = document.querySelector("[data-preview]");
  if (!shown) return;
  const fields = shown.dataset.of.split(" ").map((name) => document.querySelector(`[name="${name}"]`)).filter(Boolean);
  const button = document.querySelector("[data-preview-button]");
  if (!fields.length || !fields[0].form) return;
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const answer = await fetch(shown.dataset.preview, {
      method: "POST",
      headers: { "X-Requested-With": "fetch" },
      body: new FormData(fields[0].form),
    }).catch(() => null);
    if (mine !== asked) return;
    if (answer && answer.ok) shown.innerHTML = await answer.text();
    else shown.textContent = "It cannot be shown now: reload the page.";
  };
  let waiting;
  for (const field of fields) {
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, 400);
    });
  }
  button?.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
})();
