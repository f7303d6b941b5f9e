/* The catalogue in the browser: the address follows what is typed, one question after a pause; a chosen day is put into
   the address. It decides nothing. */
(function () {
  "use strict";

  const PAUSE = 250;
  let timer = 0;

  function put(state) {
    const search = state.toString();
    history.replaceState({}, "", location.pathname + (search ? "?" + search : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /* the address is replaced and not added to, so that Back leaves the list and does not walk through letters */
  function ask(field) {
    const text = field.value.replace(/[^A-Za-z0-9_\u3400-\u9fff .,~-]/g, " ").replace(/\s+/g, " ").trim().slice(0, 60);
    const state = new URLSearchParams(location.search);
    const pairs = (state.get("filter") || "").split(";").filter((pair) => pair && !/^(q|page):/.test(pair));
    if (text) {
      pairs.push("q:" + text);
    }
    const wanted = pairs.join(";");
    if (wanted === (state.get("filter") || "")) {
      return;
    }
    if (wanted) {
      state.set("filter", wanted);
    } else {
      state.delete("filter");
    }
    put(state);
  }

  function later(event) {
    const field = event.target;
    if (!field.form || field.form.dataset.live === undefined || event.isComposing) {
      return; /* a Chinese word is asked for when it is chosen, not letter by letter */
    }
    clearTimeout(timer);
    timer = setTimeout(() => field.isConnected && ask(field), PAUSE);
  }

  document.addEventListener("input", later);
  document.addEventListener("compositionend", later);

  /* what was lifted by a link leaves the field as well */
  function follow() {
    const field = document.getElementById("catalogue-text");
    if (!field || field === document.activeElement) {
      return;
    }
    const pairs = (new URLSearchParams(location.search).get("filter") || "").split(";");
    const asked = pairs.find((pair) => pair.startsWith("q:"));
    field.value = asked ? asked.slice(2) : "";
  }

  window.addEventListener("_dashprivate_pushstate", follow);
  window.addEventListener("popstate", follow);

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.dataset.day === undefined) {
      return;
    }
    event.preventDefault();
    const state = new URLSearchParams(location.search);
    const day = form.elements.as_of.value;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) {
      return;
    }
    state.set("as_of", day);
    history.pushState({}, "", location.pathname + "?" + state.toString());
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
})();
