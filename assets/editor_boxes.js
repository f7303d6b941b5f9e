/* The boxes of the definition editor: names are completed at the cursor, and the next empty row of a list appears. */
(function () {
  "use strict";

  const OFFER = 180;
  const editor = () => window.chengmai.editor;

  let offers = { box: null, list: null, timer: 0, found: [], at: -1, asked: 0 };

  const WORD = { formula: /([A-Za-z_][A-Za-z0-9_.]*|[\u3400-\u9fff][\u3400-\u9fffA-Za-z0-9_]*)$/, code: /(\S[^\n]*)$/ };

  function wordBefore(box) {
    const text = box.value.slice(0, box.selectionStart);
    const found = WORD[box.dataset.complete].exec(text);
    return found ? found[0] : "";
  }

  function offer(box) {
    clearTimeout(offers.timer);
    const typed = wordBefore(box);
    if (!typed) {
      closeOffers();
      return;
    }
    offers.timer = setTimeout(function () {
      const turn = ++offers.asked;
      const body = editor().asked(false);
      body.set("~typed", typed.slice(0, 64));
      body.set("~kind", box.dataset.complete);
      editor().post("editor.complete", body)
        .then(function (answer) {
          if (turn === offers.asked && document.activeElement === box && wordBefore(box) === typed) {
            openOffers(box, (answer.content.more || {}).offers || [], typed);
          }
        })
        .catch(closeOffers);
    }, OFFER);
  }

  function openOffers(box, found, typed) {
    closeOffers();
    if (!found.length || (found.length === 1 && found[0].insert === typed)) {
      return;
    }
    const list = document.createElement("ul");
    list.className = "offers-list";
    list.id = "offers-" + box.id;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.getAttribute("aria-label") || (box.labels[0] || {}).textContent || "");
    found.forEach(function (one, place) {
      const line = document.createElement("li");
      line.id = list.id + "-" + place;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      [["code", one.insert], ["span", one.name], ["span", one.unit]].forEach(function (part) {
        const piece = document.createElement(part[0]);
        piece.textContent = part[1];
        line.appendChild(piece);
      });
      line.addEventListener("pointerdown", function (event) {
        event.preventDefault();
        take(place);
      });
      list.appendChild(line);
    });
    box.closest(".field").appendChild(list);
    box.setAttribute("aria-expanded", "true");
    box.setAttribute("aria-controls", list.id);
    offers = { box: box, list: list, timer: 0, found: found, at: -1, asked: offers.asked };
  }

  function closeOffers() {
    if (offers.list) {
      offers.list.remove();
      offers.box.setAttribute("aria-expanded", "false");
      offers.box.removeAttribute("aria-activedescendant");
    }
    offers.list = null;
    offers.found = [];
    offers.at = -1;
  }

  function mark(at) {
    const lines = offers.list.children;
    offers.at = (at + lines.length) % lines.length;
    Array.from(lines).forEach((line, place) => line.setAttribute("aria-selected", String(place === offers.at)));
    offers.box.setAttribute("aria-activedescendant", lines[offers.at].id);
    lines[offers.at].scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    const box = offers.box;
    const one = offers.found[place];
    const typed = wordBefore(box);
    const start = box.selectionStart - typed.length;
    box.setRangeText(one.insert, start, box.selectionStart, "end");
    box.setSelectionRange(start + one.cursor, start + one.cursor);
    closeOffers();
    box.focus();
    grow(box);
    editor().touched();
  }

  function onOffers(event) {
    if (!offers.list || event.target !== offers.box) {
      return false;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      mark(offers.at < 0 && step < 0 ? -1 : offers.at + step);
    } else if ((event.key === "Enter" || event.key === "Tab") && offers.at >= 0) {
      take(offers.at);
    } else if (event.key === "Escape") {
      closeOffers();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /* ---- rows: the next empty one appears when the last is begun ---- */

  function grow(box) {
    const row = box.closest("[data-row]");
    const next = row && row.nextElementSibling;
    if (next && next.dataset.row !== undefined && next.hidden && box.value) {
      next.hidden = false;
    }
  }

  function clearRow(button) {
    const row = button.closest("[data-row]");
    row.querySelectorAll("input, select, textarea").forEach(function (box) {
      box.value = "";
    });
    editor().touched();
    row.querySelector("input, select, textarea").focus();
  }

  document.addEventListener("focusout", function (event) {
    if (event.target === offers.box) {
      closeOffers();
    }
  });

  window.chengmai.boxes = { offer: offer, close: closeOffers, key: onOffers, grow: grow, clearRow: clearRow };
})();
