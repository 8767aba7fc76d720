// What every page has: buttons that copy, and menus that close when somebody looks elsewhere.
// Everything works without it, but for copying.
(() => {
  "use strict";
  const DONE_MS = 2000; // how long a button says that it has copied

  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Over plain HTTP browsers have no clipboard for scripts; copying what is selected works.
      getSelection().selectAllChildren(source);
      document.execCommand("copy");
      getSelection().removeAllRanges();
    }
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await copy(document.getElementById(button.dataset.copy));
      button.textContent = button.dataset.done;
      setTimeout(() => {
        button.textContent = label;
      }, DONE_MS);
    });
  }

  const openMenus = () => [...document.querySelectorAll("details.menu[open]")];

  document.addEventListener("click", ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("focusin", ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
