// Keeps the arrivals fresh while somebody looks, and draws how many come meanwhile.
// The page works without it.
(() => {
  "use strict";
  const REFRESH_MS = 2000;
  const BARS = 60; // one for each refresh: two minutes
  const BAR_HEIGHT = 10;
  const BAR_HEIGHT_MIN = 0.5; // a turn without arrivals shows that somebody watched
  const PEAK_MIN = 4; // arrivals in one refresh that fill the height, so that one alone stays small

  const arrivals = document.getElementById("arrivals");
  const tilesOf = (part) => [...part.querySelectorAll("[data-received]")];
  const counters = arrivals
    ? tilesOf(arrivals).map((tile) => ({ received: Number(tile.dataset.received), came: 0, bars: [] }))
    : [];
  let countedAt = performance.now();

  // What somebody is in, by keyboard or by selecting text, is not taken away from under them.
  const isBusy = (part) => {
    const selection = getSelection();
    const isSelected = !selection.isCollapsed && selection.containsNode(part, true);
    return isSelected || part.contains(document.activeElement);
  };

  const show = (part, fresh) => {
    if (isBusy(part) || part.innerHTML === fresh.innerHTML) return;
    const known = new Set([...part.querySelectorAll("tbody tr")].map((row) => row.textContent));
    part.replaceChildren(...fresh.childNodes);
    for (const row of part.querySelectorAll("tbody tr")) {
      row.classList.toggle("new", !known.has(row.textContent));
    }
  };

  // Turns that were left out while nobody looked share what came in that time.
  const count = (tiles) => {
    const turns = Math.max(1, Math.round((performance.now() - countedAt) / REFRESH_MS));
    countedAt = performance.now();
    counters.forEach((counter, index) => {
      const received = Number(tiles[index].dataset.received);
      const came = Math.max(0, received - counter.received); // fewer: the server has restarted
      const added = Array(Math.min(turns, BARS)).fill(came / turns);
      counter.bars = [...counter.bars, ...added].slice(-BARS);
      counter.received = received;
      counter.came += came;
    });
  };

  const draw = (tile, { came, bars }) => {
    const figure = tile.querySelector(".watched");
    const peak = Math.max(PEAK_MIN, ...bars);
    const rectangles = bars.map((arrivals, index) => {
      const rectangle = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = Math.max(BAR_HEIGHT_MIN, (arrivals / peak) * BAR_HEIGHT);
      rectangle.classList.toggle("came", arrivals > 0);
      const place = { x: BARS - bars.length + index, y: BAR_HEIGHT - height, width: 0.8, height };
      for (const [name, value] of Object.entries(place)) rectangle.setAttribute(name, value);
      return rectangle;
    });
    figure.querySelector("svg").replaceChildren(...rectangles);
    figure.querySelector(".count").textContent = came;
    figure.hidden = false;
  };

  const refresh = async () => {
    const answer = await fetch(arrivals.dataset.live);
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    count(tilesOf(fresh));
    for (const part of [...fresh.children]) show(document.getElementById(part.id), part);
    tilesOf(arrivals).forEach((tile, index) => draw(tile, counters[index]));
  };

  const sayAway = () => {
    const paragraph = document.createElement("p");
    paragraph.className = "alert";
    paragraph.textContent = arrivals.dataset.away;
    document.getElementById("notice").replaceChildren(paragraph);
  };

  const keepFresh = async () => {
    if (!document.hidden) await refresh().catch(sayAway);
    setTimeout(keepFresh, REFRESH_MS);
  };
  if (arrivals) {
    tilesOf(arrivals).forEach((tile, index) => draw(tile, counters[index]));
    setTimeout(keepFresh, REFRESH_MS);
  }
})();
