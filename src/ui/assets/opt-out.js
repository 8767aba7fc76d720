// The opt-out for pages of any site: whether this browser is counted, and whether its crash reports
// are sent, each by itself. The choice stays in the localStorage of the page's own origin, until 30
// days after the last visit, as nothing but the time at which it ends. No cookie, no request.
//
//   <div id="opt-out"></div>
//   <script src="https://stats.example.org/opt-out.js?divId=opt-out"></script>
//   Sentry.init({ …, beforeSend: MayflyOptOut.beforeSend });
//
// With consent=required in the script's address nothing is reported before the visitor consents.
// Consent is the tracker's: remembered for 30 days, again as nothing but the time at which it ends.
//
// The words and looks of the form come from the script's own address: divId, language (de, en or
// auto), showIntro (0 or 1), backgroundColor, fontColor, fontSize, fontFamily.
(() => {
  "use strict";
  if (window.MayflyOptOut) return;

  const REMEMBER_MS = 30 * 86400000;
  const FLAGS = { analytics: "mayfly.optout", errors: "mayfly.optout.errors" };
  const SCOPES = Object.keys(FLAGS);
  const CONSENT = "mayfly.consent";
  const WORDS = {
    en: {
      intro:
        "You decide whether your visits are counted and whether errors that you run into are reported. Your choice is kept in this browser only, until 30 days after your last visit.",
      analytics: "My visits may be counted, anonymously",
      errors: "Errors may be reported, without my data",
      saved: "Saved.",
      objects: "Your browser asks not to be tracked, and that is heeded.",
    },
    de: {
      intro:
        "Sie entscheiden, ob Ihre Besuche gezählt und ob Fehler gemeldet werden, auf die Sie stoßen. Ihre Wahl bleibt nur in diesem Browser, bis 30 Tage nach Ihrem letzten Besuch.",
      analytics: "Meine Besuche dürfen anonym gezählt werden",
      errors: "Fehler dürfen ohne meine Daten gemeldet werden",
      saved: "Gespeichert.",
      objects: "Ihr Browser bittet darum, nicht verfolgt zu werden; das wird beachtet.",
    },
  };
  // What a page may style, and what may stand there.
  const STYLES = {
    backgroundColor: /^[0-9a-f]{3,8}$/i,
    fontColor: /^[0-9a-f]{3,8}$/i,
    fontSize: /^\d{1,3}(px|pt|em|rem|%)$/,
    fontFamily: /^[\w ,'"-]{1,100}$/,
  };

  const script = document.currentScript;
  const address = new URL(script ? script.src : location.href);
  const option = (name) => address.searchParams.get(name) || "";
  // Where localStorage cannot be used a choice ends with the page.
  const fallback = {};

  function endOf(flag) {
    try {
      return Number(localStorage.getItem(flag)) || fallback[flag] || 0;
    } catch {
      return fallback[flag] || 0;
    }
  }

  function write(flag, isSet) {
    const until = isSet ? Date.now() + REMEMBER_MS : 0;
    fallback[flag] = until;
    try {
      if (until) localStorage.setItem(flag, until);
      else localStorage.removeItem(flag);
    } catch {}
  }

  const isSet = (flag) => endOf(flag) > Date.now();
  const isOptedOut = (scope) => isSet(FLAGS[scope]);
  const changed = new EventTarget();

  function choose(scope, isOut) {
    for (const each of scope ? [scope] : SCOPES) {
      if (!(each in FLAGS)) throw new TypeError("a scope is analytics or errors");
      write(FLAGS[each], isOut);
      // A tracker that runs already, ours or the original, is told as well.
      if (each === "analytics" && window._paq) {
        window._paq.push([isOut ? "optUserOut" : "forgetUserOptOut"]);
      }
    }
    changed.dispatchEvent(new Event("change"));
  }

  const language = () => {
    const wanted = option("language") || "auto";
    const chosen = wanted === "auto" ? document.documentElement.lang || navigator.language : wanted;
    return /^de/i.test(chosen) ? "de" : "en";
  };

  // The form, into `target`.
  function render(target, { showIntro = true, words = WORDS[language()] } = {}) {
    const add = (parent, name, text) => {
      const node = document.createElement(name);
      if (text) node.textContent = text;
      parent.append(node);
      return node;
    };
    target.replaceChildren();
    if (showIntro) add(target, "p", words.intro);
    if (navigator.doNotTrack == 1 || navigator.globalPrivacyControl) add(target, "p", words.objects);
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    const boxes = SCOPES.map((scope) => {
      const label = add(add(target, "p"), "label");
      const box = add(label, "input");
      box.type = "checkbox";
      box.name = scope;
      label.append(" " + words[scope]);
      box.addEventListener("change", () => {
        choose(scope, !box.checked);
        status.textContent = words.saved;
      });
      return [scope, box];
    });
    const show = () => boxes.forEach(([scope, box]) => (box.checked = !isOptedOut(scope)));
    changed.addEventListener("change", show);
    show();
    target.append(status);
  }

  function consent(isGiven) {
    write(CONSENT, isGiven);
    if (window._paq) window._paq.push([isGiven ? "rememberConsentGiven" : "forgetConsentGiven"]);
  }

  // What an SDK may send of an event or log line, with the consent stated for the server.
  function beforeSend(event) {
    const hasConsent = isSet(CONSENT);
    if (isOptedOut("errors") || (option("consent") === "required" && !hasConsent)) return null;
    if (!hasConsent) return event;
    // Log lines have no id.
    if (!event.event_id) {
      return { ...event, attributes: { ...event.attributes, "mayfly.consent": true } };
    }
    return { ...event, contexts: { ...event.contexts, mayfly: { consent: true } } };
  }

  window.MayflyOptOut = {
    optOut: (scope) => choose(scope, true),
    optIn: (scope) => choose(scope, false),
    isOptedOut,
    render,
    giveConsent: () => consent(true),
    withdrawConsent: () => consent(false),
    hasConsent: () => isSet(CONSENT),
    // For Sentry SDKs: `beforeSend`, `beforeSendTransaction`, `beforeSendLog`.
    beforeSend,
  };

  // Who comes back stays out; what is over is removed. Consent is asked for anew after 30 days.
  if (endOf(CONSENT) && !isSet(CONSENT)) write(CONSENT, false);
  for (const scope of SCOPES) {
    if (endOf(FLAGS[scope])) write(FLAGS[scope], isOptedOut(scope));
  }

  // The choice made in a frame of the server's, on a page that includes both.
  addEventListener("message", ({ origin, data }) => {
    if (origin !== address.origin || !data || typeof data.mayflyOptOut !== "object") return;
    for (const scope of SCOPES) {
      const isOut = (data.mayflyOptOut || {})[scope];
      if (typeof isOut === "boolean" && isOut !== isOptedOut(scope)) choose(scope, isOut);
    }
  });

  function renderAsAsked() {
    const target = document.getElementById(option("divId") || option("div"));
    if (!target) return;
    for (const [name, pattern] of Object.entries(STYLES)) {
      const value = option(name);
      if (!pattern.test(value)) continue;
      if (name === "backgroundColor") target.style.backgroundColor = "#" + value;
      else if (name === "fontColor") target.style.color = "#" + value;
      else target.style[name] = value;
    }
    render(target, { showIntro: option("showIntro") !== "0" });
  }
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", renderAsAsked);
  else renderAsAsked();
})();
