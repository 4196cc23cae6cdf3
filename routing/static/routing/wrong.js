// After a save that failed: the first wrong field is unfolded, shown and focused. Without this script the links do the most of it.
(() => {
  const links = [...document.querySelectorAll("[data-wrong] a")];
  const show = (link) => {
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!place) return;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = place.matches("input, select, textarea") ? place : place.querySelector("input:not([type=hidden]), select, textarea");
    (field || place).focus({ preventScroll: true });
    (field || place).scrollIntoView({ block: "center" });
  };
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link);
    });
  }
  if (links.length) show(links[0]);
})();
