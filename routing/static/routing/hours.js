// Adds another pair of clocks to an interval. Without this script more hours are written as text, under Advanced.
(() => {
  const ready = () => {
    for (const button of document.querySelectorAll("[data-more-hours]")) button.hidden = false;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-more-hours]");
    if (!button) return;
    const pairs = button.parentElement.querySelectorAll(".ah-pair");
    const added = pairs[pairs.length - 1].cloneNode(true);
    for (const input of added.querySelectorAll("input")) input.value = "";
    button.before(added);
    added.querySelector("input").focus();
    if (pairs.length + 1 >= Number(button.parentElement.dataset.most)) button.remove();
  });
  document.addEventListener("formset:added", ready);
  ready();
})();
