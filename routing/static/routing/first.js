// The first field of a new form has the focus. In the place of Django's own script, which may look before anything of the page
// is shown, finds no field then, and would take the focus from one that was wrong.
(() => {
  const fields = [...document.currentScript.closest("form").elements];
  fields.find((each) => each.matches("input, select, textarea") && !each.disabled && each.offsetParent)?.focus();
})();
