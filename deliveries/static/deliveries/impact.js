// Says in the page what a change would do: buttons with data-impact="ADDRESS" send their form there, and the answer fills the
// place for it. The address is never taken from the form, which may be one that saves or deletes. What was typed stays. Without this script they open a page of its own.
(() => {
  const place = document.querySelector("[data-impact-told]");
  if (!place) return;
  let asked = 0;
  const ask = async (button) => {
    const mine = ++asked;
    const fields = new FormData(button.form);
    place.textContent = "Looking at what came lately…";
    for (let state = ""; ; ) {
      if (state) fields.set("state", state);
      const answer = await fetch(button.dataset.impact, {
        method: "POST",
        headers: { "X-Requested-With": "fetch" },
        body: fields,
      }).catch(() => null);
      if (mine !== asked) return;
      if (!answer || !answer.ok) {
        place.textContent = "It cannot be said now: reload the page.";
        return;
      }
      place.innerHTML = await answer.text();
      state = place.querySelector("[data-impact-state]")?.dataset.impactState;
      if (!state) return;
    }
  };
  const forget = () => {
    asked += 1;
    place.textContent = "";
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-impact]");
    if (button?.form) {
      event.preventDefault();
      ask(button);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && place.firstChild) forget();
  });
  // It told of the form as it was.
  const form = document.querySelector("button[data-impact]")?.form;
  document.addEventListener("input", (event) => {
    if (event.target.form === form && event.target.name !== "reason") forget();
  });
  const first = document.querySelector("button[data-impact-now]");
  if (first?.form) ask(first);
})();
