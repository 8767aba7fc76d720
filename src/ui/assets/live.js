// Keeps the arrivals fresh while somebody looks, and copies snippets. The page works without it.
(() => {
  "use strict";
  const REFRESH_MS = 2000;
  const arrivals = document.getElementById("arrivals");

  const isBusy = () => arrivals.contains(document.activeElement) || String(getSelection()) !== "";

  const refresh = async () => {
    if (!document.hidden && !isBusy()) {
      try {
        const answer = await fetch(arrivals.dataset.live);
        if (answer.status === 401) return location.reload();
        if (answer.ok) arrivals.innerHTML = await answer.text();
      } catch {
        // The server restarts or the network is away: the next turn tries again.
      }
    }
    setTimeout(refresh, REFRESH_MS);
  };
  if (arrivals) setTimeout(refresh, REFRESH_MS);

  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, REFRESH_MS);
    });
  }
})();
