/** The table of a long recording's regions. Its fields stay where they are while regions change: who types keeps the focus. */

/** @typedef {import("./long_regions.js").Regions} Regions */

/**
 * @param {HTMLTableSectionElement} body
 * @param {{rate_hz: number, keyOf: Map<string | null, string>, words: Record<string, string>}} about `words`: of a take
 *   by its verdict, `changed`, and `check` for what is unsure
 */
export function makeTable(body, { rate_hz, keyOf, words }) {
  const heads = [.../** @type {HTMLTableElement} */ (body.closest("table")).rows[0].cells].map((cell) => cell.textContent ?? "");

  /** @param {string} name @param {number} k @param {number} column */
  function field(name, k, column) {
    const time = column < 3;
    const input = document.createElement("input");
    Object.assign(input, { name, className: time ? "long-time" : "", autocomplete: "off" });
    if (time) input.inputMode = "decimal";
    else input.setAttribute("list", "prompt-keys");
    input.setAttribute("aria-label", `${heads[column]} ${k + 1}`);
    return input;
  }

  /** @param {number} k */
  function row(k) {
    const tr = document.createElement("tr");
    tr.dataset.k = String(k);
    const head = document.createElement("th");
    Object.assign(head, { scope: "row", className: "num", textContent: String(k + 1) });
    tr.append(head);
    ["start_s", "end_s", "prompt"].forEach((name, n) => tr.insertCell().append(field(name, k, n + 1)));
    tr.insertCell().className = "num";
    tr.insertCell();
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "btn btn-small", textContent: heads[6] });
    remove.dataset.act = "remove";
    remove.setAttribute("aria-label", `${heads[6]} ${k + 1}`);
    tr.insertCell().append(remove);
    return tr;
  }

  /** @param {HTMLTableRowElement} tr @param {import("./long_regions.js").Region} region @param {{isStored: boolean, isUnsure: boolean}} how */
  function fill(tr, { start_frame, end_frame, prompt, confidence, is_cut, take, verdict }, { isStored, isUnsure }) {
    const values = [(start_frame / rate_hz).toFixed(3), (end_frame / rate_hz).toFixed(3), keyOf.get(prompt) ?? ""];
    tr.querySelectorAll("input").forEach((input, n) => input.value !== values[n] && (input.value = values[n]));
    const sure = isStored && typeof confidence === "number" ? `${Math.round(100 * confidence)} %` : "–";
    tr.cells[4].textContent = isUnsure ? `${sure} ${words.check}` : sure;
    tr.classList.toggle("unsure", isUnsure);
    tr.cells[5].textContent = !take ? "–" : is_cut && isStored ? words[verdict ?? ""] : words.changed;
  }

  body.replaceChildren();
  return {
    /** @param {Regions} regions */
    draw(regions) {
      while (body.rows.length > regions.rows.length) body.rows[body.rows.length - 1].remove();
      while (body.rows.length < regions.rows.length) body.append(row(body.rows.length));
      regions.rows.forEach((region, k) => 
        fill(body.rows[k], region, { isStored: regions.isStored(region), isUnsure: regions.isUnsure(region) }),
      );
    },
    /** @param {number} at the row that is chosen */
    mark(at) {
      body.querySelector("[aria-current]")?.removeAttribute("aria-current");
      body.rows[at]?.setAttribute("aria-current", "true");
    },
  };
}
