// A look at a delivery beside the list. Without this script the links lead to its page.
(() => {
  const dialog = document.querySelector("[data-panel-dialog]");
  const body = dialog?.querySelector("[data-panel-body]");
  if (!dialog || !body || !dialog.showModal) return;
  let link = null;
  const links = () => [...document.querySelectorAll("a[data-panel]")];
  const show = async (next) => {
    link = next;
    const answer = await fetch(link.dataset.panel, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer || !answer.ok) {
      location.href = link.href;
      return;
    }
    if (link !== next) return;
    body.innerHTML = await answer.text();
    if (!dialog.open) dialog.showModal();
    body.querySelector("[autofocus]")?.focus();
  };
  document.addEventListener("click", (event) => {
    const next = event.target.closest("a[data-panel]");
    if (next && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(next);
    }
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && links()[links().indexOf(link) + step];
    if (next) {
      event.preventDefault();
      show(next);
    }
  });
  dialog.addEventListener("close", () => link?.focus());
})();
