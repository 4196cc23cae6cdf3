// Sends the form that goes on with a long work by itself. Without this script there is its button.
(() => {
  const form = document.querySelector("form[data-go-on]");
  if (form) setTimeout(() => form.submit(), 50);
})();
