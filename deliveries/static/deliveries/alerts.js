// Groups of alerts: unfolding loads them, ticking a group ticks all of it, and what is ticked is counted.
(() => {
  const groups = document.querySelector(".ah-groups");
  if (!groups) return;
  groups.classList.add("ah-ticks"); // what is done stands there once something is ticked
  const acts = document.querySelector(".ah-acts");
  const said = acts?.querySelector("[data-chosen]");
  const runbook = acts?.querySelector("[data-open-runbook]");
  const inside = (box) => [...box.closest("li").querySelectorAll("details input[name=alert]")];
  const show = () => {
    const boxes = [...document.querySelectorAll(".ah-groups input:checked, .ah-members input:checked")];
    const whole = new Set(boxes.filter((box) => box.name === "key").flatMap(inside));
    const chosen = boxes.filter((box) => !whole.has(box));
    const count = chosen.reduce((sum, box) => sum + Number(box.dataset.count ?? 1), 0);
    acts?.classList.toggle("ah-acts-on", count > 0);
    if (said) said.textContent = count ? `${count} chosen` : "";
    for (const button of acts?.querySelectorAll("button") ?? []) button.disabled = !count;
    const books = new Set(chosen.map((box) => box.dataset.runbook ?? ""));
    const only = books.size === 1 ? [...books][0] : "";
    if (runbook) {
      runbook.hidden = !only;
      if (only) runbook.href = only;
    }
  };
  document.addEventListener("change", ({ target }) => {
    if (target.name === "key") for (const box of inside(target)) box.checked = target.checked;
    if (target.name === "alert" && !target.checked) {
      const group = target.closest("details")?.closest("li").querySelector("input[name=key]");
      if (group) group.checked = false;
    }
    show();
  });
  groups.addEventListener("toggle", async ({ target }) => {
    if (!target.open || target.dataset.key === undefined || target.dataset.loaded) return;
    target.dataset.loaded = "yes";
    const shown = target.querySelector(".ah-group-in");
    const link = new URL(shown.querySelector("a").href);
    const address = new URL(groups.dataset.members, location);
    address.searchParams.delete("p");
    for (const name of ["group", "key"]) address.searchParams.set(name, link.searchParams.get(name));
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer?.ok) {
      delete target.dataset.loaded;
      return;
    }
    shown.innerHTML = await answer.text();
    const group = target.closest("li").querySelector("input[name=key]");
    if (group?.checked) for (const box of inside(group)) box.checked = true;
    show();
  }, true);
  show();
})();
