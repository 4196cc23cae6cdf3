// The search over all of AlertHub: Ctrl+K, or the button in the header. Without this script the button leads to the answer page.
(() => {
  const dialog = document.querySelector("[data-find]");
  if (!dialog || !dialog.showModal) return;
  const input = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const told = dialog.querySelector("[data-find-told]");
  const options = () => [...list.querySelectorAll("[role=option]")];
  let timer, asking, shown = null, chosen = null, opens = false;

  const choose = (option) => {
    chosen?.setAttribute("aria-selected", "false");
    chosen = option || null;
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    const asked = input.value.trim();
    asking?.abort();
    asking = new AbortController();
    const address = `${dialog.dataset.find}?q=${encodeURIComponent(asked)}`;
    const answer = await fetch(address, { signal: asking.signal }).catch(() => null);
    if (asked !== input.value.trim()) return;
    // Whoever is logged out meanwhile is sent to the login.
    if (answer?.redirected) return location.reload();
    if (!answer?.ok) {
      told.textContent = "The search does not answer. Enter opens the answer page.";
      return;
    }
    list.innerHTML = await answer.text();
    shown = asked;
    told.textContent = list.querySelector("[data-told]")?.dataset.told ?? "";
    choose(options()[0]);
    if (opens) chosen?.click();
    opens = false;
  };
  const open = () => {
    if (dialog.open) return dialog.close();
    input.value = "";
    opens = false;
    dialog.showModal();
    input.focus();
    ask();
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-find-open]");
    if (button && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open();
    }
    if (event.target === dialog || event.target.closest("[data-find-close]")) dialog.close();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    opens = false;
    timer = setTimeout(ask, 150);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      choose(all[(all.indexOf(chosen) + step + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing && shown !== null) {
      event.preventDefault();
      // Typed faster than it was answered: what is found opens when it is.
      if (shown !== input.value.trim()) opens = true;
      else chosen?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
    }
  });
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen) choose(option);
  });
  for (const key of document.querySelectorAll("[data-find-open] kbd")) {
    if (/Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = "⌘ K";
  }
})();
