// Keyboard and selection in the list of issues, filters that act at once, and the part of an issue's page that takes
// longer to find. The pages work without it.
(() => {
  "use strict";
  const search = document.querySelector("form.search");
  const list = document.querySelector("form.issues");

  // A choice is made by choosing; the search button is for the text.
  for (const choice of search?.querySelectorAll("select") ?? []) {
    choice.addEventListener("change", () => search.requestSubmit());
  }

  // The link in it leads to the same as a page of its own.
  for (const part of document.querySelectorAll("[data-load]")) {
    fetch(part.dataset.load).then(async (answer) => {
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      part.replaceChildren(part.querySelector("h2"), ...fresh.getElementById("near").childNodes);
    }, () => {});
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.elements.query.focus();
    } else if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });
  for (const keys of document.querySelectorAll(".keys")) keys.hidden = false;

  // On the page of an issue.
  const press = (target) => () => document.querySelector(target)?.click();
  let acts = {
    j: press(".event-nav [rel=prev]"),
    k: press(".event-nav [rel=next]"),
    e: press(".decide .primary"),
    i: press(".decide [value=ignore]"),
    c: () => document.getElementById("comment")?.focus(),
    u: press(".trail a"),
  };
  if (!list) return;

  const rows = [...list.querySelectorAll("tbody tr")];
  const boxes = rows.map((row) => row.querySelector("[name=issue]"));
  const all = document.getElementById("all");
  let current = -1;
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  list.addEventListener("change", () => {
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = checked === boxes.length;
    all.indeterminate = checked > 0 && checked < boxes.length;
  });

  const move = (step) => {
    rows[current]?.classList.remove("current");
    current = Math.min(Math.max(current + step, 0), rows.length - 1);
    rows[current].classList.add("current");
    rows[current].querySelector("a").focus();
    rows[current].scrollIntoView({ block: "nearest" });
  };

  // What is selected, or else the row one is on.
  const decide = (decision) => {
    if (!boxes.some((box) => box.checked)) {
      if (current < 0) return;
      boxes[current].checked = true;
    }
    list.requestSubmit(list.querySelector(`[name=decision][value=${decision}]`));
  };

  acts = {
    j: () => move(1),
    k: () => move(-1),
    x: () => current >= 0 && boxes[current].click(),
    e: () => decide("resolve"),
    i: () => decide("ignore"),
  };

  list.addEventListener("focusin", ({ target }) => {
    const at = rows.findIndex((row) => row.contains(target));
    if (at < 0 || at === current) return;
    rows[current]?.classList.remove("current");
    current = at;
    rows[at].classList.add("current");
  });
})();
