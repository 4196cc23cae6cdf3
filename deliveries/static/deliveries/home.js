// The first page stays true: it is fetched again every data-live seconds, and each data-part that changed is replaced.
// Not while the tab is hidden, and not while somebody types, has something selected or a dialog open.
(() => {
  const home = document.querySelector("[data-live]");
  if (!home) return;
  const first = home.querySelector("[data-first-focus]");
  // On a phone the keyboard would cover what burns.
  if (first && matchMedia("(pointer: fine) and (min-width: 1024px)").matches && !location.hash) first.focus({ preventScroll: true });

  const parts = (root) => new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  // Every answer has its own form tokens and its time, and other scripts write times as their reader does: two that differ in
  // nothing else are the same.
  const plain = (part) => part.innerHTML
    .replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1")
    .replace(/<span[^>]* data-as-of[^]*?<\/span>/, "")
    .replace(/<time[^>]* datetime="([^"]*)"[^>]*>[^<]*<\/time>/g, "$1");
  const shown = new Map([...parts(home)].map(([name, part]) => [name, plain(part)]));

  const typed = () => [...home.querySelectorAll("input, textarea, select")].some((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue);
  const busy = () => document.hidden || typed() || document.querySelector("dialog[open], [popover]:popover-open") ||
    (getSelection().type === "Range" && home.contains(getSelection().anchorNode));
  const keyOf = (element) => element.id || element.dataset.key || element.getAttribute("href") || `${element.form?.action} ${element.textContent}`;

  const replace = (old, fresh) => {
    const toggled = new Map([...old.querySelectorAll("details")].map((each, place) => [each.dataset.key || place, each.open]));
    const focused = old.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    old.innerHTML = fresh.innerHTML;
    old.querySelectorAll("details").forEach((each, place) => {
      const key = each.dataset.key || place;
      if (toggled.get(key)) each.open = true;
    });
    if (focused) [...old.querySelectorAll("a, button, summary, input, [tabindex]")].find((each) => keyOf(each) === focused)?.focus({ preventScroll: true });
    old.dispatchEvent(new CustomEvent("alerthub:replaced", { bubbles: true }));
  };

  const look = async () => {
    if (busy()) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      // Somebody is logged out, or the page is another one: what stands here is as old as it says.
      if (!answer.ok || answer.redirected || !fresh) return stale();
      if (busy()) return;
      const says = (root) => root.querySelector("[data-live-says]")?.textContent;
      const before = says(home);
      const ours = parts(home);
      parts(fresh).forEach((part, name) => {
        const now = plain(part);
        if (!ours.has(name) || shown.get(name) === now) return;
        shown.set(name, now);
        replace(ours.get(name), part);
      });
      home.querySelector("[data-as-of]").replaceWith(fresh.querySelector("[data-as-of]"));
      home.dataset.live = fresh.dataset.live;
      if (says(home) !== before) home.querySelector("[data-live-said]").textContent = says(home);
    } catch {
      stale();
    }
  };
  const stale = () => home.querySelector("[data-as-of]")?.classList.add("ah-stale");

  let last = Date.now();
  setInterval(() => {
    if (document.hidden || Date.now() - last < 1000 * home.dataset.live) return;
    last = Date.now();
    look();
  }, 1000);
  // Who comes back to the tab sees what is true now.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) last = 0;
  });
})();
