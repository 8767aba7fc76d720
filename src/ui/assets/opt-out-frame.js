// Tells the page around the frame what was just chosen, so that it holds on the page's own origin
// too. Only `/opt-out.js` of the same server listens, and it hears nothing but yes or no.
(() => {
  "use strict";
  const { scope, choice } = document.getElementById("choice").dataset;
  if (scope && parent !== window) {
    parent.postMessage({ mayflyOptOut: { [scope]: choice === "out" } }, "*");
  }
})();
