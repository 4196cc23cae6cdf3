// Renews what the wall shows every 15 seconds, and says so when nothing answers. Without this script the page reloads itself.
(() => {
  const EVERY = 15000, PATIENCE = 10000;
  const stale = document.querySelector("[data-stale]");
  let answered = new Date();
  const clock = (moment, options) => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options });
  const inReadersZone = () => {
    for (const time of document.querySelectorAll("[data-time]")) time.textContent = clock(new Date(time.dateTime), { second: "2-digit" });
    for (const zone of document.querySelectorAll("[data-zone]")) zone.remove();
  };
  const failed = () => {
    stale.querySelector("[data-since]").textContent = clock(answered);
    stale.hidden = false;
    document.body.classList.add("wall-old");
  };
  const look = async () => {
    const given = { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE) };
    try {
      const answer = await fetch(location.href, given);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main.wall"), shown = document.querySelector("main.wall");
      // A revoked link is answered with 404 and a page of its own; a proxy that speaks for a server that is away has none.
      if (!fresh || !(answer.ok || answer.status === 404)) return failed();
      if (fresh.dataset.version !== shown.dataset.version) return location.reload();
      shown.replaceWith(fresh);
      document.title = page.title;
      answered = new Date();
      stale.hidden = true;
      document.body.classList.remove("wall-old");
      inReadersZone();
    } catch {
      failed();
    }
  };
  inReadersZone();
  setInterval(look, EVERY);
})();
