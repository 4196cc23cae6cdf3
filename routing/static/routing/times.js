// Every <time> in the reader's own zone and in one form; hovering, and a screen reader, say the whole date and UTC too.
// Without this script it stands in the zone of the server.
(() => {
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const two = (number) => String(number).padStart(2, "0");
  const clock = (at, seconds) => [at.getHours(), at.getMinutes(), ...(seconds ? [at.getSeconds()] : [])].map(two).join(":");
  const day = (at, now) => {
    const year = at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`;
    return `${at.getDate()} ${MONTHS[at.getMonth()]}${year}`;
  };
  const whole = (at) => {
    const here = at.toLocaleString("en-GB", {
      weekday: "long", day: "numeric", month: "long", year: "numeric",
      hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
    });
    return `${here} (${at.toISOString().slice(0, 19).replace("T", " ")} UTC)`;
  };
  const show = (time) => {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || time.dataset.read === time.dateTime) return;
    const now = new Date();
    const form = time.dataset.form || "";
    const short = clock(at, !form.includes("brief"));
    const today = at.toDateString() === now.toDateString();
    time.dataset.read = time.dateTime;
    time.textContent = form.includes("clock") && today ? short : `${day(at, now)} ${short}`;
    time.title = whole(at);
    time.setAttribute("aria-label", time.title);
  };
  const showAll = (inside) => {
    if (inside.matches?.("time[datetime]")) show(inside);
    inside.querySelectorAll?.("time[datetime]").forEach(show);
  };
  showAll(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") show(change.target);
      change.addedNodes.forEach(showAll);
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["datetime"] });
})();
