// Shows what comes of what is being written, while it is written. Without this script a button opens it as a page.
// data-of names the fields that matter, or is empty: then every field of the form does.
(() => {
  const shown = document.querySelector("[data-preview]");
  if (!shown) return;
  const button = document.querySelector("[data-preview-button]");
  const names = shown.dataset.of ? shown.dataset.of.split(" ") : [];
  const form = shown.closest("form");
  if (!form || (names.length && !names.some((name) => form.elements[name]))) return;
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const answer = await fetch(shown.dataset.preview, {
      method: "POST",
      headers: { "X-Requested-With": "fetch" },
      body: new FormData(form),
    }).catch(() => null);
    if (mine !== asked) return;
    if (answer && answer.ok) shown.innerHTML = await answer.text();
    else shown.textContent = "It cannot be shown now: reload the page.";
  };
  let waiting;
  const soon = (event) => {
    if (names.length && !names.includes(event.target.name)) return;
    clearTimeout(waiting);
    waiting = setTimeout(show, 400);
  };
  form.addEventListener("input", soon);
  if (!names.length) document.addEventListener("formset:removed", () => soon({ target: form }));
  if (button) button.hidden = true;
})();
