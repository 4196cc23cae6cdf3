// What unfold's pages need to be used with a keyboard and read aloud, and without the scripts that AlertHub does not load.
(() => {
  // unfold looks there for its scrollbar; the browser's own one is used.
  window.SimpleBar = { instances: new Map() };

  const NATIVE = "a[href], button, input, select, textarea, label, summary";
  const SPOKEN = { dock_to_right: "Menu", computer: "Theme", dark_mode: "Theme", light_mode: "Theme", more_vert: "More", more_horiz: "More" };
  const ICON = ".material-symbols-outlined";

  // What unfold lets only be clicked is a button for the keyboard and for who listens.
  const press = (element) => {
    if (element.matches(NATIVE) || element.querySelector(NATIVE) || element.hasAttribute("role")) return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      element.click();
    });
  };

  const said = (control) => {
    const copy = control.cloneNode(true);
    copy.querySelectorAll(ICON).forEach((icon) => icon.remove());
    return copy.matches(ICON) ? "" : copy.textContent.trim() || copy.querySelector("img[alt]:not([alt=''])");
  };
  // An icon is written as its name: nobody wants to hear "chevron_right".
  const read = (icon) => {
    const control = icon.closest("a, button, [role=button]");
    if (control && !control.hasAttribute("aria-label") && !said(control)) {
      const name = icon.textContent.trim();
      control.setAttribute("aria-label", SPOKEN[name] || control.title || name.replaceAll("_", " "));
    }
    if (icon !== control) icon.setAttribute("aria-hidden", "true");
  };

  const HEADS = { "#result_list thead th": "Order", ".formset-wrapper thead th": "Delete" };
  const head = (th, name) => {
    if (th.textContent.trim() || th.children.length) return;
    const words = document.createElement("span");
    words.className = "ah-sr";
    words.textContent = name;
    th.replaceChildren(words);
  };

  const each = (inside, selector, mend) => {
    if (inside.matches?.(selector)) mend(inside);
    inside.querySelectorAll?.(selector).forEach((found) => mend(found));
  };
  const mend = (inside) => {
    each(inside, "[x-on\\:click]", press);
    each(inside, ICON, read);
    for (const [selector, name] of Object.entries(HEADS)) each(inside, selector, (th) => head(th, name));
  };
  mend(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(mend);
  }).observe(document.body, { childList: true, subtree: true });

  document.querySelector("#nav-sidebar-apps a.active")?.scrollIntoView({ block: "nearest" });
})();
