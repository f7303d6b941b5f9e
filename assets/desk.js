/* The grid of the data desk: it takes blocks copied from a spreadsheet, moves by Enter and the arrow keys, saves itself
   a moment after the last stroke, and draws the doubts at their cells. It decides nothing: what is wrong with a cell is
   said by the server. What is typed is kept until it is saved, over a lost line and over the change of a colleague. */
(function () {
  "use strict";

  const PAUSE = 700;
  const AGAIN = 5000;
  const MOST_SENT = 15000;

  let pending = new Map(); // "line:place" to text
  let home = null; // which grid that belongs to: delivery, sheet
  let seen = 0;
  let timer = 0;
  let saving = false;
  let fresh = false; // something was saved since the page was drawn
  let drawn = null;

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function grid() {
    return document.querySelector("[data-grid]");
  }

  function tell(text) {
    const place = document.getElementById("desk-saved");
    if (place) {
      place.textContent = text;
    }
  }

  function drawAnew() {
    fresh = false;
    window.dash_clientside.set_props("data-version", { data: "desk-" + Date.now() });
  }

  /* ---- saving --------------------------------------------------------------------------------------------------- */

  function typed(box, cell, text) {
    home = { id: box.dataset.grid, sheet: box.dataset.sheet, words: box.dataset };
    pending.set(cell, text);
    box.dataset.typed = ""; // a page on which somebody writes is not drawn anew by itself
    ready(false);
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  function ready(yes) {
    const button = document.getElementById("release");
    if (button) {
      button.disabled = !yes;
    }
  }

  function next() {
    const sent = [];
    let length = 2;
    for (const [cell, text] of pending) {
      const [line, place] = cell.split(":").map(Number);
      const one = [line, place, text];
      length += JSON.stringify(one).length + 1;
      if (sent.length && length > MOST_SENT) {
        break;
      }
      sent.push(one);
    }
    return sent;
  }

  function save() {
    if (saving || !pending.size || !home) {
      return;
    }
    saving = true;
    const sent = next();
    const body = new FormData();
    body.append("id", home.id);
    body.append("sheet", home.sheet);
    body.append("seen", seen);
    body.append("cells", JSON.stringify(sent));
    tell(home.words.saving);
    fetch("/act/desk.type?lang=" + document.documentElement.lang.slice(0, 2), {
      method: "POST",
      body: body,
      keepalive: true,
      headers: { "X-CSRFToken": cookie("chengmai_csrf") },
    })
      .then((answer) => answer.json().then((content) => settle(answer.status, content, sent)))
      .catch(function () {
        saving = false;
        tell(home.words.failed);
        timer = setTimeout(save, AGAIN);
      });
  }

  function settle(status, answer, sent) {
    saving = false;
    if (status !== 200) {
      const issues = answer.issues || [answer];
      tell(issues.map((issue) => [issue.what, issue.do].filter(Boolean).join(" ")).join(" "));
      if (answer.stale) {
        drawAnew(); // the cells are filled again with what was typed, beside what stands there now
      }
      return;
    }
    sent.forEach(function (one) {
      const cell = one[0] + ":" + one[1];
      if (pending.get(cell) === one[2]) {
        pending.delete(cell);
      }
    });
    fresh = true;
    show(answer.more);
    if (pending.size) {
      save();
      return;
    }
    const box = grid();
    if (box) {
      delete box.dataset.typed;
      if (!box.contains(document.activeElement)) {
        drawAnew();
      }
    }
  }

  function show(told) {
    seen = told.seen;
    document.querySelectorAll('.desk input[type="hidden"][name="seen"]').forEach((one) => (one.value = told.seen));
    const counts = document.getElementById("desk-counts");
    if (counts) {
      counts.textContent = told.counts;
    }
    tell(home.words.saved.replace("{time}", told.saved));
    ready(told.clean && !pending.size);
    mark(told.marks);
  }

  /* the doubts at their cells: the colour of the edge and the words below */
  function mark(marks) {
    const box = grid();
    if (!box) {
      return;
    }
    const order = ["error", "warning", "accepted"];
    const by = {};
    marks.forEach((one) => (by[one.cell] = by[one.cell] || []).push(one));
    box.querySelectorAll("[data-note]").forEach(function (note) {
      const parts = note.dataset.note.split("-");
      const cell = parts[0] === "row" ? parts[1] + "--1" : parts[1] + "-" + parts[2];
      const own = by[cell] || [];
      note.textContent = "";
      own.forEach(function (one) {
        const line = document.createElement("span");
        line.dataset.kind = one.kind;
        line.textContent = one.text;
        note.appendChild(line);
      });
      note.hidden = !own.length;
      const kinds = order.filter((kind) => own.some((one) => one.kind === kind));
      const input = note.parentElement.querySelector("input");
      if (kinds.length) {
        note.parentElement.dataset.kind = kinds[0];
      } else {
        delete note.parentElement.dataset.kind;
      }
      if (input) {
        input.toggleAttribute("aria-invalid", kinds[0] === "error");
        if (kinds[0] === "error") {
          input.setAttribute("aria-invalid", "true");
        }
        if (own.length) {
          input.setAttribute("aria-describedby", note.id);
        } else {
          input.removeAttribute("aria-describedby");
        }
      }
    });
  }

  /* ---- typing, moving, pasting ---------------------------------------------------------------------------------- */

  document.addEventListener("input", function (event) {
    const box = event.target.dataset.cell && event.target.closest("[data-grid]");
    if (box) {
      typed(box, event.target.dataset.cell, event.target.value);
    }
  });

  function below(input, step) {
    const place = input.dataset.cell.split(":")[1];
    let row = input.closest("tr");
    while ((row = step > 0 ? row.nextElementSibling : row.previousElementSibling)) {
      const found = row.querySelector('[data-cell$=":' + place + '"]');
      if (found) {
        return found;
      }
    }
    return null;
  }

  document.addEventListener("keydown", function (event) {
    if (!event.target.dataset || !event.target.dataset.cell) {
      return;
    }
    const down = event.key === "ArrowDown" || (event.key === "Enter" && !event.shiftKey);
    const up = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey);
    if (!(down || up) || event.isComposing || event.altKey || (event.target.list && event.key.startsWith("Arrow"))) {
      return;
    }
    event.preventDefault();
    if (event.key === "Enter") {
      clearTimeout(timer);
      save();
    }
    const there = below(event.target, down ? 1 : -1);
    if (there) {
      there.focus();
      there.select();
    }
  });

  /* a block as spreadsheets write it: tabs between cells, lines between rows, quotes around what holds either */
  function block(text) {
    const rows = [[]];
    let cell = "";
    let quoted = false;
    const body = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let at = 0; at < body.length; at += 1) {
      const sign = body[at];
      if (quoted) {
        if (sign === '"' && body[at + 1] === '"') {
          cell += '"';
          at += 1;
        } else if (sign === '"') {
          quoted = false;
        } else {
          cell += sign;
        }
      } else if (sign === '"' && cell === "") {
        quoted = true;
      } else if (sign === "\t" || sign === "\n") {
        rows[rows.length - 1].push(cell);
        cell = "";
        if (sign === "\n") {
          rows.push([]);
        }
      } else {
        cell += sign;
      }
    }
    rows[rows.length - 1].push(cell);
    return rows;
  }

  document.addEventListener("paste", function (event) {
    const start = event.target;
    const box = start.dataset && start.dataset.cell && start.closest("[data-grid]");
    const text = box ? event.clipboardData.getData("text/plain") : "";
    if (!box || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) {
      return;
    }
    event.preventDefault();
    const [first, place] = start.dataset.cell.split(":").map(Number);
    const places = Array.from(start.closest("tr").querySelectorAll("[data-cell]"), (one) => +one.dataset.cell.split(":")[1]);
    const from = places.indexOf(place);
    const lines = Array.from(box.querySelectorAll("tbody tr"), (row) => row.querySelector("[data-cell]"))
      .filter(Boolean)
      .map((one) => +one.dataset.cell.split(":")[0]);
    const last = +box.dataset.last || 0;
    for (let line = lines[lines.length - 1] + 1; last && line <= last; line += 1) {
      lines.push(line); // what goes beyond the page is saved as well
    }
    const begin = lines.indexOf(first);
    block(text).forEach(function (cells, down) {
      const line = lines[begin + down];
      cells.forEach(function (value, right) {
        if (line === undefined || places[from + right] === undefined) {
          return;
        }
        const cell = line + ":" + places[from + right];
        const input = box.querySelector('[data-cell="' + cell + '"]');
        const said = value.trim();
        if (input) {
          input.value = said;
        }
        typed(box, cell, said);
      });
    });
    clearTimeout(timer);
    save();
  });

  /* who leaves the grid sees the whole page with what was saved */
  document.addEventListener("focusout", function (event) {
    const box = event.target.closest && event.target.closest("[data-grid]");
    if (box && fresh && !pending.size && !saving && !box.contains(event.relatedTarget)) {
      setTimeout(() => box.contains(document.activeElement) || drawAnew(), 150);
    }
  });

  window.addEventListener("beforeunload", function (event) {
    if (pending.size) {
      save();
      event.preventDefault();
    }
  });

  /* ---- the page was drawn anew: what is not saved yet is put back ------------------------------------------------ */

  function follow() {
    const box = grid();
    if (!box || box === drawn) {
      drawn = box;
      if (box && !pending.size && !saving) {
        seen = Math.max(seen, +box.dataset.seen) || 0;
      }
      return;
    }
    const same = home && home.id === box.dataset.grid && home.sheet === box.dataset.sheet;
    drawn = box;
    seen = +box.dataset.seen || 0;
    if (!same || !pending.size) {
      return;
    }
    box.dataset.typed = "";
    pending.forEach(function (text, cell) {
      const input = box.querySelector('[data-cell="' + cell + '"]');
      if (input && input.value !== text) {
        const note = input.parentElement.querySelector("[data-note]");
        const line = document.createElement("span");
        line.dataset.kind = "other";
        line.textContent = box.dataset.other.replace("{text}", input.value || "—");
        note.appendChild(line);
        note.hidden = false;
        input.value = text;
      }
    });
  }

  new MutationObserver(follow).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-seen"],
  });
})();
