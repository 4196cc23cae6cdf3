// Reloads the list every 30 seconds for who wants it; the browser remembers. Nothing is lost of what is being typed or chosen.
(() => {
  const shown = document.querySelector("[data-refresh]");
  if (!shown) return;
  const box = shown.querySelector("input");
  shown.hidden = false;
  box.checked = localStorage.getItem("alerthub-refresh") === "yes";
  box.addEventListener("change", () => localStorage.setItem("alerthub-refresh", box.checked ? "yes" : "no"));
  setInterval(() => {
    const busy = document.querySelector("tbody input:checked, .ah-groups input:checked, .ah-groups details[open], dialog[open]") || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName);
    if (box.checked && (!busy || document.activeElement === box)) location.reload();
  }, 30000);
})();
