// The page on which visitors see and erase what is held about them. The id comes from behind the
// `#` of the address or from the field; it travels in bodies only and leaves the address at once.
(() => {
  "use strict";
  const form = document.getElementById("privacy");
  if (!form) return;
  const field = document.getElementById("id");
  const answer = document.getElementById("answer");
  const held = document.getElementById("held");
  const choice = document.getElementById("choice");
  const boxes = [...choice.querySelectorAll("input")];
  const word = (name) => {
    const found = document.querySelector(`[data-word="${CSS.escape(name)}"]`);
    return found ? found.textContent : "";
  };

  // What a column holds that nothing was put into.
  const EMPTY = ['""', "null", "0", '"0"', "{}", "[]"];

  const takeId = () => {
    const id = new URLSearchParams(location.hash.slice(1)).get("id");
    if (!id) return;
    field.value = id;
    history.replaceState(null, "", location.pathname + location.search);
  };

  const say = (...lines) => {
    answer.replaceChildren(
      ...lines.filter(Boolean).map((line) => {
        const paragraph = document.createElement("p");
        paragraph.className = "notice";
        paragraph.textContent = line;
        return paragraph;
      }),
    );
  };

  // Resolves to the answer, or to nothing after saying why there is none.
  const ask = async (what, more = {}) => {
    const body = JSON.stringify({ project: Number(form.dataset.project), id: field.value, ...more });
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body, credentials: "omit" };
    try {
      const response = await fetch("/api/v1/subjects/" + what, request);
      const found = await response.json();
      if (response.ok) return found;
      say(word(found.name) || word("failed"));
    } catch {
      say(word("failed"));
    }
  };

  const showChoice = (objections) => {
    for (const box of boxes) box.checked = !objections.includes(box.name);
    choice.hidden = false;
  };

  const addText = (parent, name, text) => {
    const node = parent.appendChild(document.createElement(name));
    node.textContent = typeof text === "object" ? JSON.stringify(text) : String(text);
    return node;
  };

  // Each table, its rows, and of each row what is not empty.
  const showRows = (tables) => {
    held.replaceChildren();
    for (const [table, rows] of Object.entries(tables)) {
      addText(held, "h2", `${word(table) || table} (${rows.length})`);
      for (const row of rows) {
        const details = held.appendChild(document.createElement("details"));
        details.className = "card";
        addText(details, "summary", row.received_at);
        const list = details.appendChild(document.createElement("dl"));
        list.className = "facts";
        for (const [column, value] of Object.entries(row)) {
          if (EMPTY.includes(JSON.stringify(value))) continue;
          addText(list, "dt", column);
          addText(list, "dd", value);
        }
      }
    }
  };

  const see = (found) => {
    showRows(found.tables);
    say(
      found.rows ? `${word("found")} ${found.rows}` : word("none"),
      found.complete ? "" : word("incomplete"),
    );
  };

  const download = (found) => {
    const link = document.createElement("a");
    const text = JSON.stringify(found, null, 2);
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "held.json";
    link.click();
    URL.revokeObjectURL(link.href);
    say(`${word("found")} ${found.rows}`, found.complete ? "" : word("incomplete"));
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const what = event.submitter ? event.submitter.value : "see";
    held.replaceChildren();
    if (what === "erase") {
      const erased = await ask("erase");
      if (!erased) return;
      form.querySelector("details").open = false;
      const proof = erased.receipt.proof.proven ? "proven" : "unproven";
      say(`${word("deleted")} ${erased.deleted}`, word(proof), `${word("receipt")} ${erased.receipt.id}`);
      return;
    }
    const found = await ask("export");
    if (!found) return;
    showChoice(found.objections);
    if (what === "download") download(found);
    else see(found);
  });

  for (const box of boxes) {
    box.addEventListener("change", async () => {
      const stated = await ask("object", { scopes: [box.name], withdraw: box.checked });
      if (!stated) return;
      showChoice(stated.objections);
      say(word("saved"), `${word("receipt")} ${stated.receipt.id}`);
    });
  }

  addEventListener("hashchange", takeId);
  takeId();
})();
