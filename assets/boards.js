/* What boards need in the browser: links that change the address without loading the page, the drill of the map,
   Escape for the open sheet, forms that are sent without losing a word, and the hatch for areas without a figure.
   It decides nothing. */
(function () {
  "use strict";

  function go(address) {
    if (address === location.pathname + location.search || !mayLeave()) {
      return;
    }
    const from = location.pathname;
    history.pushState({}, "", address);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    if (location.pathname !== from) {
      window.scrollTo(0, 0);
    }
  }

  /* ---- forms ---------------------------------------------------------------------------------------------------

     A form is sent by fetch: what was typed stays until it is stored, every issue stands at its field, and nobody
     leaves a half-filled form without being asked. The sentences come with the form, in the reader's language. */

  const typed = new Set();
  const sending = new WeakSet();

  function unsent() {
    typed.forEach((form) => form.isConnected || typed.delete(form));
    return typed.values().next().value;
  }

  /* a page on which somebody writes is not drawn anew by itself: clientside.js looks for the mark */
  function begun(form) {
    typed.add(form);
    form.dataset.typed = "";
    keep(form, []);
  }

  function done(form) {
    typed.delete(form);
    delete form.dataset.typed;
    held = null;
  }

  function mayLeave() {
    const form = unsent();
    if (form && !window.confirm(form.dataset.leave)) {
      return false;
    }
    typed.forEach(done);
    held = null;
    return true;
  }

  function say(text, kind, undo) {
    if (!text) {
      return;
    }
    let room = document.getElementById("toasts");
    if (!room) {
      room = document.createElement("div");
      room.id = "toasts";
      room.setAttribute("role", "status");
      document.body.appendChild(room);
    }
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.dataset.kind = kind;
    toast.textContent = text;
    toast.addEventListener("click", () => toast.remove());
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "toast-undo";
      button.textContent = undo.label;
      button.addEventListener("click", () => takeBack(undo));
      toast.appendChild(button);
    }
    room.appendChild(toast);
    setTimeout(() => toast.remove(), undo || kind === "problem" ? 12000 : 6000);
  }

  /* the act that takes back what was done, sent like a form */
  function takeBack(undo) {
    const body = new FormData();
    Object.keys(undo.fields).forEach((name) => undo.fields[name].forEach((value) => body.append(name, value)));
    fetch("/act/" + undo.act + "?lang=" + document.documentElement.lang.slice(0, 2), {
      method: "POST",
      body: body,
      headers: { "X-CSRFToken": cookie("chengmai_csrf") },
    })
      .then((answer) => answer.json())
      .then(function (answer) {
        const wrong = (answer.issues || []).map((issue) => [issue.what, issue.do].filter(Boolean).join(" ")).join("\n");
        say(answer.said || wrong || answer.what, answer.said ? "done" : "problem");
        drawAnew();
      });
  }

  function drawAnew() {
    window.dash_clientside.set_props("data-version", { data: "act-" + Date.now() });
  }

  function fieldOf(form, name) {
    return Array.from(form.elements).find((one) => one.name === name && one.type !== "hidden");
  }

  function slotOf(form, name) {
    return Array.from(form.querySelectorAll("[data-error]")).find((one) => one.dataset.error === name);
  }

  function clear(form) {
    form.querySelectorAll("[data-error], [data-problem]").forEach((slot) => (slot.textContent = ""));
    form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  }

  const CELL = /^(.+!)?([A-Z]{1,3}[0-9]+|[0-9]+:[0-9]+)$/;

  function tell(form, issues) {
    const rest = [];
    let first = null;
    issues.forEach(function (issue) {
      const text = [issue.what, issue.do].filter(Boolean).join(" ");
      const slot = issue.field ? slotOf(form, issue.field) : null;
      if (!slot) {
        rest.push((CELL.test(issue.field) ? issue.field + "  " : "") + text); // of a file: where in it
        return;
      }
      slot.textContent = slot.textContent ? slot.textContent + " " + text : text;
      const field = fieldOf(form, issue.field);
      if (field) {
        field.setAttribute("aria-invalid", "true");
        first = first || field;
      }
    });
    const place = form.querySelector("[data-problem]");
    if (place) {
      place.textContent = rest.join("\n");
    } else {
      say(rest.join("\n"), "problem");
    }
    if (first) {
      first.focus();
    }
  }

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function settle(form, status, answer) {
    if (status === 200) {
      done(form);
      form.reset();
      say(answer.said, "done", answer.undo);
      if (answer.go) {
        go(answer.go);
      } else {
        drawAnew();
      }
      return;
    }
    tell(form, answer.issues || [{ what: answer.what || form.dataset.failed, do: [answer.do, answer.reference].filter(Boolean).join(" ") }]);
    if (answer.stale) {
      keep(form, answer.issues);
      drawAnew();
    }
  }

  /* the page is drawn anew while somebody writes, or since somebody else was quicker: the form that stands there then
     is filled as it was */
  let held = null;

  function keep(form, issues) {
    held = { form: form, action: form.getAttribute("action"), path: location.pathname, issues: issues, values: valuesOf(form) };
  }

  function valuesOf(form) {
    return Array.from(form.elements)
      .filter((one) => one.name && one.type !== "hidden" && one.type !== "file")
      .map((one) => ({ name: one.name, value: one.value, on: /^(checkbox|radio)$/.test(one.type) ? one.checked : null }));
  }

  function refill() {
    if (!held || held.form.isConnected || held.path !== location.pathname) {
      return;
    }
    const first = held.values[0];
    const form = Array.from(document.querySelectorAll("form[data-form]")).find(
      (one) => one.getAttribute("action") === held.action && first && fieldOf(one, first.name)
    );
    if (!form) {
      return;
    }
    held.values.forEach(function (was) {
      const fields = Array.from(form.elements).filter((one) => one.name === was.name && one.type !== "hidden");
      const field = was.on === null ? fields[0] : fields.find((one) => one.value === was.value);
      if (field && was.on === null) {
        field.value = was.value;
      } else if (field) {
        field.checked = was.on;
      }
    });
    const issues = held.issues;
    begun(form);
    if (issues.length) {
      tell(form, issues);
    }
  }

  let pressed = "";

  /* the page is drawn anew after an act: the focus returns to the button that asked for it */
  function refocus() {
    const button = pressed && document.activeElement === document.body && document.getElementById(pressed);
    if (button && !button.disabled) {
      button.focus({ preventScroll: true });
      pressed = "";
    }
  }

  /* a form with a bar is sent by the older request, which tells how much is on its way */
  function carried(bar, address, options) {
    return new Promise(function (settled, failed) {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      Object.keys(options.headers).forEach((name) => request.setRequestHeader(name, options.headers[name]));
      bar.hidden = false;
      bar.value = 0;
      request.upload.addEventListener("progress", (told) => (bar.value = (100 * told.loaded) / (told.total || 1)));
      request.upload.addEventListener("load", () => bar.removeAttribute("value")); // now it is read
      request.addEventListener("loadend", () => (bar.hidden = true));
      request.addEventListener("load", () => settled(new Response(request.responseText, { status: request.status })));
      request.addEventListener("error", () => failed(new TypeError("network")));
      request.send(options.body);
    });
  }

  function send(form, button) {
    const body = new FormData(form);
    const asker = button || document.activeElement;
    if (button && button.name) {
      body.append(button.name, button.value);
    }
    pressed = asker && form.contains(asker) ? asker.id : "";
    sending.add(form);
    clear(form);
    if (button) {
      button.setAttribute("aria-busy", "true");
      button.dataset.busy = form.dataset.busy;
    }
    const bar = form.querySelector("progress");
    const carry = bar ? carried.bind(null, bar) : window.fetch;
    carry(form.getAttribute("action") + "?lang=" + document.documentElement.lang.slice(0, 2), {
      method: "POST",
      body: new FormData(form, button),
      headers: { "X-CSRFToken": cookie("chengmai_csrf") },
    })
      .then((answer) => answer.json().then((content) => settle(form, answer.status, content)))
      .catch(() => tell(form, [{ what: form.dataset.failed }]))
      .finally(function () {
        sending.delete(form);
        if (button) {
          button.removeAttribute("aria-busy");
        }
      });
  }

  /* a field that narrows a list: what is typed becomes one of the pairs of the address */
  function narrow(form) {
    const name = form.dataset.filter;
    const text = form.elements[name].value.replace(/[^A-Za-z0-9_\u3400-\u9fff .,~-]/g, " ").trim().slice(0, 60);
    const state = new URLSearchParams(location.search);
    const kept = (state.get("filter") || "").split(";").filter((pair) => pair && !pair.startsWith(name + ":") && !pair.startsWith("page:"));
    const pairs = text ? kept.concat(name + ":" + text) : kept;
    if (pairs.length) {
      state.set("filter", pairs.join(";"));
    } else {
      state.delete("filter");
    }
    go(location.pathname + "?" + state.toString());
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.dataset.filter !== undefined) {
      event.preventDefault();
      narrow(form);
      return;
    }
    if (form.dataset.form === undefined) {
      return;
    }
    event.preventDefault();
    if (!sending.has(form) && (!form.dataset.ask || window.confirm(form.dataset.ask))) {
      send(form, event.submitter);
    }
  });

  document.addEventListener("input", function (event) {
    const form = event.target.form;
    if (form && form.dataset.form !== undefined && event.target.dataset.send === undefined && event.target.name !== "pick") {
      begun(form); // what was ticked in a list is no half-filled form
      const slot = slotOf(form, event.target.name);
      if (slot) {
        slot.textContent = "";
        event.target.removeAttribute("aria-invalid");
      }
    }
    const list = event.target.dataset.narrow && document.getElementById(event.target.dataset.narrow);
    if (list) {
      const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      Array.from(list.children).forEach(function (one) {
        one.hidden = !wanted.every((word) => (one.dataset.words || "").includes(word));
      });
    }
  });

  document.addEventListener("change", function (event) {
    if (event.target.dataset.send !== undefined && event.target.form) {
      event.target.form.requestSubmit();
    }
  });

  /* dragging a card or panel of a layout presses its own button with another place */
  let dragged = null;

  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest && event.target.closest(".edit-slot");
    if (dragged) {
      event.dataTransfer.effectAllowed = "move";
    }
  });

  function dropAt(event) {
    const over = dragged && event.target.closest && event.target.closest(".edit-slot");
    return over && over !== dragged && over.dataset.section === dragged.dataset.section ? over : null;
  }

  document.addEventListener("dragover", (event) => dropAt(event) && event.preventDefault());

  document.addEventListener("drop", function (event) {
    const over = dropAt(event);
    if (over) {
      event.preventDefault();
      const form = dragged.querySelector('form[action="/act/layout.move"]');
      form.elements.to.value = over.dataset.place;
      send(form, null);
    }
    dragged = null;
  });

  window.addEventListener("beforeunload", function (event) {
    if (unsent()) {
      event.preventDefault();
    }
  });

  /* Back asks too: the listener stands before Dash's, and who stays is put forward again */
  let staying = false;

  window.addEventListener("popstate", function (event) {
    if (staying) {
      staying = false;
      event.stopImmediatePropagation();
    } else if (!mayLeave()) {
      staying = true;
      event.stopImmediatePropagation();
      history.forward();
    }
  });

  /* ---- the open sheet ------------------------------------------------------------------------------------------ */

  let opener = null;

  document.addEventListener("click", function (event) {
    const link = event.target.closest && event.target.closest("a[data-go]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    if (/[?&]sheet=/.test(link.getAttribute("href")) && !link.closest("#sheet")) {
      opener = link.getAttribute("href");
    }
    const address = new URL(link.getAttribute("href"), location.href);
    go(address.pathname + address.search);
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") {
      return;
    }
    const open = document.querySelector(".picker[open], .edit-menu[open]");
    const close = document.getElementById("sheet-close");
    if (open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    } else if (close) {
      close.click();
    }
  });

  document.addEventListener("pointerdown", function (event) {
    document.querySelectorAll(".picker[open]").forEach(function (open) {
      if (!open.contains(event.target)) {
        open.removeAttribute("open");
      }
    });
  });

  /* the sheet takes the focus when it opens and gives it back to the number that opened it: a new state is a new
     tree of elements, so that number is known by its address */
  function follow(board) {
    const sheet = document.getElementById("sheet");
    if (sheet && sheet !== board.sheet) {
      sheet.focus({ preventScroll: true });
    } else if (!sheet && board.sheet && opener) {
      const number = Array.from(document.querySelectorAll("a[data-go]")).find(
        (link) => link.getAttribute("href") === opener
      );
      if (number) {
        number.focus({ preventScroll: true });
      }
    }
    board.sheet = sheet;
  }

  /* a click on an area of the map goes down to it; areas without children stay */
  function drill(graph) {
    graph.on("plotly_click", function (event) {
      const point = event.points && event.points[0];
      if (point && point.customdata && point.customdata[2]) {
        go(point.customdata[2]); // a mark that has a page of its own
        return;
      }
      if (!point || !point.customdata || !point.customdata[1]) {
        return;
      }
      const state = new URLSearchParams(location.search);
      state.set("region", point.customdata[0]);
      state.delete("sheet");
      window.Plotly.Fx.unhover(graph);
      go(location.pathname + "?" + state.toString());
    });
  }

  /* Plotly's sizes are pixels; on a screen where 1 rem is more than 16 of them they grow with the words */
  function sized(value, factor) {
    return Array.isArray(value) ? value.map((one) => sized(one, factor)) : typeof value === "number" ? value * factor : value;
  }

  function grow(part, factor, inside) {
    if (Array.isArray(part)) {
      return part.map((one) => grow(one, factor, inside));
    }
    if (!part || typeof part !== "object") {
      return part;
    }
    const grown = {};
    Object.keys(part).forEach(function (name) {
      const scales =
        name === "size" || (name === "width" && inside === "line") || inside === "margin" ||
        ["xshift", "yshift", "standoff"].includes(name);
      grown[name] = scales ? sized(part[name], factor) : grow(part[name], factor, name);
    });
    return grown;
  }

  function scaled(draw) {
    return function (target, figure, layout, config) {
      const factor = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      if (factor === 1) {
        return draw.call(this, target, figure, layout, config);
      }
      if (Array.isArray(figure) || !figure) {
        return draw.call(this, target, grow(figure, factor), grow(layout, factor), config);
      }
      const grown = Object.assign({}, figure, { data: grow(figure.data, factor), layout: grow(figure.layout, factor) });
      return draw.call(this, target, grown, layout, config);
    };
  }

  /* figures are drawn one at a time, each in a task of its own: a board that changes never holds up a click or a key */
  let turn = Promise.resolve();

  function inTurn(draw) {
    return function (target) {
      const given = arguments;
      const begun = turn
        .then(() => new Promise((go) => setTimeout(go)))
        .then(() => ({ promise: target.isConnected ? draw.apply(this, given) : target }));
      turn = begun.catch(() => {});
      return begun.then((started) => started.promise);
    };
  }

  let drawn = window.Plotly;

  function wrap(plotly) {
    plotly.newPlot = inTurn(scaled(plotly.newPlot));
    plotly.react = inTurn(scaled(plotly.react));
    return plotly;
  }

  if (drawn) {
    wrap(drawn);
  } else {
    Object.defineProperty(window, "Plotly", {
      configurable: true,
      get: () => drawn,
      set: function (plotly) {
        drawn = wrap(plotly);
      },
    });
  }

  function watch() {
    const state = { sheet: null };
    new MutationObserver(function () {
      follow(state);
      refocus();
      refill();
      document.querySelectorAll(".map-frame .js-plotly-plot").forEach(function (graph) {
        if (!graph.drills && graph.on) {
          graph.drills = true;
          drill(graph);
        }
      });
    }).observe(document.body, { childList: true, subtree: true });

    const hatch = document.createElement("div");
    hatch.setAttribute("aria-hidden", "true");
    hatch.className = "sr-only";
    hatch.innerHTML =
      '<svg width="0" height="0"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" ' +
      'patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--none)"/>' +
      '<rect width="1" height="6" fill="var(--line-strong)"/></pattern></defs></svg>';
    document.body.appendChild(hatch);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", watch);
  } else {
    watch();
  }
})();
