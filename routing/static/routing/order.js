// Dragging a rule: it is moved at once to where it was dropped. Without this script the menu of its row moves it.
// Replaces unfold's sortRecords, which would number all rows.
window.sortRecords = (event) => {
  if (event.oldIndex === event.newIndex) return;
  const rows = [...event.from.querySelectorAll("[data-rule]")];
  const place = rows.findIndex((row) => event.item.contains(row));
  const form = document.getElementById("move-form");
  if (!form || place < 0 || rows.length < 2) return;
  const to = document.createElement("input");
  to.type = "hidden";
  to.name = "to";
  to.value = place ? `after:${rows[place - 1].dataset.rule}` : `before:${rows[1].dataset.rule}`;
  form.append(to);
  form.action = rows[place].dataset.move;
  form.submit();
};
// A table that scrolls sideways would cut the menu of its last rows: it stands where there is room in the window.
const place = (menu) => {
  const list = menu.querySelector(".ah-move-menu");
  const button = menu.querySelector("summary").getBoundingClientRect();
  list.classList.add("ah-move-free");
  const above = button.bottom + list.offsetHeight > window.innerHeight - 72;
  list.style.top = `${above ? Math.max(8, button.top - list.offsetHeight) : button.bottom}px`;
  list.style.left = `${Math.max(8, button.right - list.offsetWidth)}px`;
};
document.addEventListener("scroll", () => {
  for (const menu of document.querySelectorAll("details.ah-move[open]")) place(menu);
}, true);
// One menu at a time, and Escape closes it.
document.addEventListener("toggle", (event) => {
  const menu = event.target.closest?.("details.ah-move");
  if (menu?.open) place(menu);
  if (menu?.open) for (const other of document.querySelectorAll("details.ah-move[open]")) if (other !== menu) other.open = false;
}, true);
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.ah-move[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.ah-move[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
