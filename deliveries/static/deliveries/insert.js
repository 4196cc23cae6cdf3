// Buttons with data-insert put their text where the cursor was last in the card or the headline.
(() => {
  const fields = [...document.querySelectorAll('textarea[name="headline"], textarea[name="card"]')];
  if (!fields.length) return;
  let last = fields[fields.length - 1];
  for (const field of fields) field.addEventListener("focus", () => (last = field));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    // The headline is one line.
    const text = last.name === "headline" ? button.dataset.insert.replaceAll("\n", " ") : button.dataset.insert;
    last.focus();
    last.setRangeText(text, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
