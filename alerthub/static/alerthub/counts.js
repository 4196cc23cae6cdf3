// Keeps the figures of the menu as they are, once a minute while the page is looked at.
(() => {
  const menu = document.querySelector("[data-counts]");
  if (!menu || !menu.querySelector("[data-count]")) return;
  let last = Date.now();
  const count = async () => {
    if (document.hidden || Date.now() - last < 55000) return;
    last = Date.now();
    const answer = await fetch(menu.dataset.counts).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const counted = await answer.json();
    for (const place of menu.querySelectorAll("[data-count]")) {
      const number = counted[place.dataset.count] ?? "";
      place.querySelector("b").textContent = number;
      place.hidden = !number;
    }
  };
  setInterval(count, 60000);
  document.addEventListener("visibilitychange", count);
})();
