// What unfold's pages need to be used with a keyboard and read aloud, and without the scripts that AlertHub does not load.
(() => {
  // unfold looks there for its scrollbar; the browser's own one is used.
  window.SimpleBar = { instances: new Map() };

  const read = (icon) => {
    // An icon is written as its name: nobody wants to hear "chevron_right".
    icon.setAttribute("aria-hidden", "true");
    const control = icon.closest("a, button, [role=button]");
    if (control && !control.hasAttribute("aria-label") && !said(control)) {
      control.setAttribute("aria-label", control.title || icon.textContent.trim().replaceAll("_", " "));
    }
  };
  const said = (control) => {
    const copy = control.cloneNode(true);
    copy.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove());
    return copy.textContent.trim() || copy.querySelector("img[alt]:not([alt=''])");
  };
  const readAll = (inside) => {
    if (inside.matches?.(".material-symbols-outlined")) read(inside);
    inside.querySelectorAll?.(".material-symbols-outlined").forEach(read);
  };
  readAll(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(readAll);
  }).observe(document.body, { childList: true, subtree: true });

  document.querySelector("#nav-sidebar-apps a.active")?.scrollIntoView({ block: "nearest" });
})();
