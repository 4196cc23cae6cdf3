// Moments are entered by the reader's clock: tells the server the browser's zone, and shows what is stored by it.
// Without this script they are entered and shown by the server's clock, which each field names.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const two = (number) => String(number).padStart(2, "0");
  // As an attribute: rows that are added are copied as text. For who reads it the name alone; for the server, which may not know
  // the name, how far its clock is ahead too.
  const named = (input) => (input.type === "hidden" ? `${zone} ${-new Date().getTimezoneOffset()}` : zone);
  for (const input of document.querySelectorAll("input[data-reader-zone]")) input.setAttribute("value", named(input));
  for (const words of document.querySelectorAll("[data-zone-words]")) words.textContent = zone;
  const morning = new Date();
  morning.setDate(morning.getDate() + 1);
  for (const words of document.querySelectorAll("[data-server-morning]")) words.textContent = ` (${morning.toLocaleDateString("en-GB", { weekday: "short" })})`;
  for (const input of document.querySelectorAll("input[data-moment]")) {
    const at = new Date(input.dataset.moment);
    if (Number.isNaN(at.getTime())) continue;
    const seconds = at.getSeconds() ? `:${two(at.getSeconds())}` : "";
    const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    input.value = `${day}T${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
  }
})();
