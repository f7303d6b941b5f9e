/* Search in the browser: the address follows what is typed, one question after a pause; the keys walk through what was
   found; `/` leads to the field; the last questions are remembered on this device only. And the long press on a number.
   It decides nothing. */
(function () {
  "use strict";

  const PAUSE = 250;
  const REMEMBERED = 8;

  let timer = 0;

  function field() {
    return document.getElementById("search-text");
  }

  function hits() {
    return Array.from(document.querySelectorAll("#search-found .hit"));
  }

  /* the address is the question: it is replaced and not added to, so that Back leaves the search */
  function ask() {
    clearTimeout(timer);
    timer = 0;
    const input = field();
    if (!input || location.pathname !== "/search") {
      return;
    }
    const asked = new URLSearchParams(location.search);
    if ((asked.get("q") || "") === input.value.trim()) {
      return;
    }
    if (input.value.trim()) {
      asked.set("q", input.value.trim());
    } else {
      asked.delete("q");
    }
    const search = asked.toString();
    history.replaceState({}, "", location.pathname + (search ? "?" + search : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function askLater(event) {
    if (event.target.id !== "search-text" || event.isComposing) {
      return; /* a Chinese word is asked for when it is chosen, not letter by letter */
    }
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  document.addEventListener("input", askLater);
  document.addEventListener("compositionend", askLater);

  document.addEventListener("submit", function (event) {
    if (!event.target.classList.contains("search-form")) {
      return;
    }
    event.preventDefault();
    const first = hits()[0];
    if (timer || !first) {
      ask();
    } else {
      first.click();
    }
  });

  window.addEventListener("popstate", function () {
    const input = field();
    if (input && location.pathname === "/search") {
      input.value = new URLSearchParams(location.search).get("q") || "";
    }
  });

  /* ---- keys ---- */

  function writes(element) {
    return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  }

  function walk(event) {
    const input = field();
    const stops = input ? [input].concat(hits()) : [];
    const now = stops.indexOf(document.activeElement);
    if (now < 0) {
      return;
    }
    const next = stops[now + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      walk(event);
    } else if (event.key === "/" && !writes(event.target)) {
      const way = field() || document.querySelector(".rail a[href^='/search']");
      if (way) {
        event.preventDefault();
        way.focus();
        way.click();
      }
    }
  });

  /* ---- the last questions, on this device and for this account only ---- */

  function kept(name) {
    try {
      const found = JSON.parse(localStorage.getItem("chengmai-searched-" + name));
      return Array.isArray(found) ? found.filter((one) => typeof one === "string").slice(0, REMEMBERED) : [];
    } catch {
      return [];
    }
  }

  function keep(name, questions) {
    try {
      localStorage.setItem("chengmai-searched-" + name, JSON.stringify(questions.slice(0, REMEMBERED)));
    } catch {
      /* a device that keeps nothing: there is no list then */
    }
  }

  document.addEventListener("click", function (event) {
    const hit = event.target.closest && event.target.closest("#search-found .hit");
    const form = hit && document.querySelector(".search-form");
    const question = form && field().value.trim();
    if (question) {
      keep(form.dataset.reader, [question].concat(kept(form.dataset.reader).filter((one) => one !== question)));
    }
  });

  function made(kind, className, text) {
    const element = document.createElement(kind);
    element.className = className;
    element.textContent = text;
    return element;
  }

  function showRecent(place) {
    const questions = kept(place.dataset.recent);
    place.shown = true;
    if (!questions.length) {
      return;
    }
    const list = made("ul", "recent", "");
    questions.forEach(function (question) {
      const line = made("li", "", "");
      const button = made("button", "chip", question);
      button.type = "button";
      button.addEventListener("click", function () {
        field().value = question;
        field().focus();
        ask();
      });
      line.appendChild(button);
      list.appendChild(line);
    });
    const forget = made("button", "tool", place.dataset.forget);
    forget.type = "button";
    forget.addEventListener("click", function () {
      keep(place.dataset.recent, []);
      place.replaceChildren();
    });
    const head = made("div", "recent-head", "");
    head.append(made("h2", "", place.dataset.title), forget);
    place.replaceChildren(head, list);
  }

  /* ---- a finger that stays on a number opens its sheet, like a tap; and the browser's own menu stays away ---- */

  const STAYS = 500;
  const NUMBER = "a.figure, a.cell-number";

  let staying = 0;
  let held = false;

  function numberAt(event) {
    return event.pointerType !== "mouse" && event.target.closest ? event.target.closest(NUMBER) : null;
  }

  function letGo() {
    clearTimeout(staying);
    staying = 0;
  }

  document.addEventListener("pointerdown", function (event) {
    const number = numberAt(event);
    held = false;
    letGo();
    if (number) {
      staying = setTimeout(function () {
        number.click();
        held = true;
      }, STAYS);
    }
  });

  ["pointerup", "pointercancel", "scroll"].forEach(function (name) {
    document.addEventListener(name, letGo, true);
  });

  document.addEventListener(
    "click",
    function (event) {
      if (held && event.isTrusted) {
        event.preventDefault();
        event.stopPropagation();
        held = false;
      }
    },
    true
  );

  document.addEventListener("contextmenu", function (event) {
    if (numberAt(event) && (staying || held)) {
      event.preventDefault();
    }
  });

  /* the sheet of systems closes behind the one that was chosen, even where one is there already */
  document.addEventListener("click", function (event) {
    const chosen = event.target.closest && event.target.closest(".systems a");
    if (chosen) {
      chosen.closest("details").removeAttribute("open");
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(function () {
      const place = document.querySelector("[data-recent]");
      if (place && !place.shown) {
        showRecent(place);
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
