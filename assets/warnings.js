/* The keys of the warning list, and the boxes that choose many rows at once. Everything that they do can be done by
   pointing as well; they press the links, boxes and buttons of the page. */
(function () {
  "use strict";

  const ROWS = "[data-warning]";

  function bulk() {
    return document.getElementById("bulk");
  }

  function boxes() {
    return Array.from(document.querySelectorAll("input[name=pick]"));
  }

  function count() {
    const told = document.querySelector("[data-picked]");
    if (told) {
      told.textContent = String(boxes().filter((box) => box.checked).length);
    }
  }

  function rows() {
    return Array.from(document.querySelectorAll(ROWS)).filter((row) => row.checkVisibility());
  }

  function step(by) {
    const all = rows();
    const here = all.findIndex((row) => row.contains(document.activeElement));
    const there = all[here < 0 ? 0 : Math.max(0, Math.min(all.length - 1, here + by))];
    if (there) {
      there.focus();
      there.scrollIntoView({ block: "nearest" });
    }
  }

  function current() {
    return document.activeElement && document.activeElement.closest(ROWS);
  }

  function pick(row, yes) {
    const box = row && row.querySelector("input[name=pick]");
    if (box) {
      box.checked = yes === undefined ? !box.checked : yes;
      count();
    }
    return box;
  }

  /* an act on what is chosen; without a choice, on the row where one stands */
  function act(name) {
    if (!boxes().some((box) => box.checked)) {
      pick(current(), true);
    }
    const part = bulk() && bulk().querySelector("[data-act='" + name + "']");
    if (!part || !boxes().some((box) => box.checked)) {
      return;
    }
    if (part.tagName === "BUTTON") {
      part.click();
      return;
    }
    part.open = true;
    part.querySelector("select, input, textarea").focus();
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    x: () => pick(current()),
    a: () => act("ack"),
    s: () => act("silence"),
    d: () => act("dispatch"),
    "/": () => document.getElementById("warning-search").focus(),
    "?": () => document.getElementById("keys").toggleAttribute("open"),
    Enter: () => current().querySelector("a.what").click(),
    Escape: () => bulk() && bulk().reset(),
  };

  function typing(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";
  }

  document.addEventListener("keydown", function (event) {
    const answer = KEYS[event.key];
    if (!answer || event.ctrlKey || event.metaKey || event.altKey || !document.getElementById("warning-search")) {
      return;
    }
    if (event.key === "Enter" && !(event.target.matches && event.target.matches(ROWS))) {
      return;
    }
    if (typing(event.target) || (event.key === "Escape" && document.querySelector(".picker[open]"))) {
      return;
    }
    event.preventDefault();
    answer();
  });

  document.addEventListener("change", function (event) {
    if (event.target.dataset && event.target.dataset.pickAll !== undefined) {
      const group = event.target.closest(".warning-group");
      const seen = boxes().filter((box) => group.contains(box) && box.checkVisibility()); // nothing that is folded away
      seen.forEach((box) => (box.checked = event.target.checked));
    }
    count();
  });

  document.addEventListener("reset", () => setTimeout(count));
})();
