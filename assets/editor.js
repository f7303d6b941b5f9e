/* The editor of definitions: what is typed is saved by itself, one request a pause; the parts that depend on it are
   drawn anew with the answer, the form stays as it is. Names are completed at the cursor. It decides nothing. */
(function () {
  "use strict";

  const PAUSE = 700;
  const AGAIN = 3000;
  const CONTROL = "~";

  const form = () => document.querySelector("form[data-editor]");

  /* ---- the state of one editor, kept while its form is on the page ---- */

  let now = null;
  let undoing = null;
  let message = "";

  function begin(one) {
    now = {
      form: one,
      draft: one.dataset.editor,
      revision: one.dataset.revision,
      undone: null,
      timer: 0,
      sending: null,
      dirty: false,
      stopped: false,
      waits: [],
    };
    tell(JSON.parse(one.dataset.faults || "[]"));
    if (message) {
      say(message);
      message = "";
    }
    bringBack();
  }

  const key = () => "chengmai-draft-" + now.draft;

  /* what could not be saved yet survives the page: leaving and coming back loses nothing */
  function remember() {
    try {
      sessionStorage.setItem(key(), JSON.stringify({ seen: now.revision, values: valuesOf() }));
    } catch {
      /* a browser that keeps nothing still saves */
    }
  }

  function forget() {
    try {
      sessionStorage.removeItem(key());
    } catch {
      /* nothing was kept */
    }
  }

  function boxes() {
    return Array.from(now.form.elements).filter(
      (one) => one.name && !one.name.startsWith(CONTROL) && one.type !== "hidden"
    );
  }

  function valuesOf() {
    return boxes().map((one) => [one.name, one.value, one.type === "checkbox" ? one.checked : null]);
  }

  function bringBack() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(key()) || "null");
    } catch {
      kept = null;
    }
    if (!kept) {
      return;
    }
    const all = boxes();
    kept.values.forEach(function (was) {
      const one = all.find((box) => box.name === was[0] && (was[2] === null || box.value === was[1]));
      if (one && was[2] === null && one.value !== was[1]) {
        one.value = was[1];
        reveal(one);
      } else if (one && was[2] !== null) {
        one.checked = was[2];
      }
    });
    now.revision = kept.seen;
    say(now.form.dataset.saidBack);
    touched();
  }

  /* ---- saving ---- */

  function say(text) {
    const place = document.getElementById("save-state");
    if (place) {
      place.textContent = text;
    }
  }

  function touched() {
    now.dirty = true;
    now.form.dataset.typed = "";
    remember();
    clearTimeout(now.timer);
    if (!now.stopped) {
      now.timer = setTimeout(save, PAUSE);
    }
  }

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function post(act, body) {
    return fetch("/act/" + act + "?lang=" + document.documentElement.lang.slice(0, 2), {
      method: "POST",
      body: body,
      headers: { "X-CSRFToken": cookie("chengmai_csrf") },
    }).then((answer) => answer.json().then((content) => ({ status: answer.status, content: content })));
  }

  function asked(whole) {
    const body = whole ? new FormData(now.form) : new FormData();
    body.set("~draft", now.draft);
    body.set("~seen", now.revision);
    body.set("~look", location.search);
    const conflict = document.querySelector(".conflict[data-theirs]");
    if (conflict) {
      body.set("~theirs", conflict.dataset.theirs);
    }
    return body;
  }

  function save(act) {
    const mine = now;
    clearTimeout(mine.timer);
    if (mine.sending) {
      return mine.sending.then(() => (mine.dirty && mine === now ? save(act) : null));
    }
    mine.dirty = false;
    say(mine.form.dataset.saidSaving);
    mine.sending = post(typeof act === "string" ? act : "editor.save", asked(true))
      .then((answer) => settle(mine, answer))
      .catch(function () {
        mine.dirty = true;
        if (mine === now) {
          say(mine.form.dataset.saidOffline);
          mine.timer = setTimeout(save, AGAIN);
        }
      })
      .finally(function () {
        mine.sending = null;
      });
    return mine.sending;
  }

  function settle(mine, answer) {
    if (mine !== now) {
      return;
    }
    const content = answer.content;
    const more = content.more || {};
    if (answer.status !== 200) {
      mine.dirty = true;
      mine.stopped = answer.status === 403 || Boolean(content.stale);
      const told = (content.issues || [{ what: content.what || "", do: content.do || "" }])
        .map((one) => [one.what, one.do].filter(Boolean).join(" "))
        .join(" ");
      say(mine.form.dataset.saidRefused + " " + told);
      (content.issues || []).forEach(function (one) {
        const slot = one.field && slotOf(one.field);
        if (slot) {
          slot.textContent = [one.what, one.do].filter(Boolean).join(" ");
        }
      });
      return;
    }
    drawParts(more.parts);
    if (more.conflict) {
      mine.dirty = true;
      mine.stopped = true;
      say(mine.form.dataset.saidChoose);
      requestAnimationFrame(() => lead(document.querySelector(".conflict")));
      return;
    }
    mine.stopped = false;
    renew(String(more.revision));
    tell(more.faults || []);
    if (!mine.dirty) {
      forget();
      say(more.saved);
    }
    if (more.again) {
      message = content.said;
      drawAnew();
    }
  }

  function renew(revision) {
    now.revision = revision;
    document.querySelectorAll('form[action^="/act/studio."] input[name="revision"]').forEach((one) => (one.value = revision));
    const undo = document.getElementById("editor-undo");
    if (undo) {
      undo.disabled = Number(revision) < 2;
    }
  }

  function drawParts(parts) {
    Object.keys(parts || {}).forEach(function (id) {
      window.dispatchEvent(new CustomEvent("chengmai-part", { detail: { id: id, tree: parts[id] } }));
    });
  }

  function drawAnew() {
    forget();
    now.form.removeAttribute("data-typed");
    window.dash_clientside.set_props("data-version", { data: "act-" + Date.now() });
  }

  /* ---- what is wrong, at its box; the chapters count ---- */

  function tell(faults) {
    const one = now.form;
    one.querySelectorAll("[data-error]").forEach((slot) => {
      slot.textContent = "";
      delete slot.dataset.kind;
    });
    one.querySelectorAll("[aria-invalid]").forEach((box) => box.removeAttribute("aria-invalid"));
    const chapters = {};
    faults.forEach(function (fault) {
      const slot = slotOf(fault.field);
      if (!slot) {
        return;
      }
      const text = [fault.what, fault.do].filter(Boolean).join(" ");
      slot.textContent = slot.textContent ? slot.textContent + " " + text : text;
      slot.dataset.kind = fault.kind;
      const box = boxOf(slot.dataset.error);
      if (box && fault.kind === "error") {
        box.setAttribute("aria-invalid", "true");
      }
      const chapter = slot.closest("[data-chapter]");
      if (chapter && fault.kind === "error") {
        chapters[chapter.id] = (chapters[chapter.id] || 0) + 1;
      }
    });
    one.querySelectorAll(".editor-chapters button").forEach(function (button) {
      const count = chapters[button.dataset.to] || 0;
      button.querySelector(".chapter-count").textContent = count ? " " + count : "";
    });
  }

  /* the place at which something is told: of the box itself, or of what it lies in */
  function slotOf(name) {
    const slots = Array.from(now.form.querySelectorAll("[data-error]"));
    for (let part = name; part; part = part.slice(0, Math.max(part.lastIndexOf("."), 0))) {
      const found = slots.find((slot) => slot.dataset.error === part);
      if (found) {
        return found;
      }
    }
    return null;
  }

  function boxOf(name) {
    return Array.from(now.form.elements).find((one) => one.name === name && one.type !== "hidden");
  }

  function reveal(box) {
    for (let fold = box.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    const row = box.closest("[data-row]");
    if (row) {
      row.hidden = false;
    }
  }

  function lead(place) {
    if (place) {
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      place.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    }
  }

  function goToBox(name) {
    const box = boxOf(name) || (slotOf(name) && boxOf(slotOf(name).dataset.error));
    const place = box || (slotOf(name) && slotOf(name).closest("[data-field], [data-chapter]"));
    if (box) {
      reveal(box);
      box.focus({ preventScroll: true });
    }
    if (place) {
      place.scrollIntoView({ block: "center" });
    }
  }

  /* ---- what people do ---- */

  const inside = (target) => now && target.form === now.form && target.name && !target.name.startsWith(CONTROL);

  document.addEventListener("input", function (event) {
    if (!inside(event.target)) {
      return;
    }
    now.undone = null;
    say(now.form.dataset.saidTyped);
    touched();
    window.chengmai.boxes.grow(event.target);
    if (event.target.dataset.complete) {
      window.chengmai.boxes.offer(event.target);
    }
  });

  document.addEventListener("focusin", function (event) {
    if (inside(event.target)) {
      now.form.dataset.typed = ""; // a page on which somebody writes is not drawn anew by itself
    }
  });

  function undo() {
    const to = (now.undone === null ? Number(now.revision) : now.undone) - 1;
    if (to < 1) {
      return;
    }
    const mine = now;
    (mine.dirty ? save() : Promise.resolve(mine.sending)).then(function () {
      const body = asked(false);
      body.set("~to", String(to));
      return post("editor.undo", body).then(function (answer) {
        if (answer.status === 200) {
          undoing = to;
          message = answer.content.said;
          drawAnew();
        } else {
          settle(mine, answer);
        }
      });
    });
  }

  function look(link) {
    const address = new URL(link.href, location.href);
    history.replaceState({}, "", address.pathname + address.search);
    const body = asked(false);
    (now.dirty ? save() : Promise.resolve(now.sending)).then(() =>
      post("editor.look", body).then((answer) => answer.status === 200 && drawParts((answer.content.more || {}).parts))
    );
  }

  function openAim(button) {
    const body = asked(false);
    body.set("~kind", button.dataset.aim);
    ["region", "year", "plan", "statement"].forEach((name) => body.set("~" + name, button.dataset["aim" + name[0].toUpperCase() + name.slice(1)] || ""));
    (now.dirty ? save() : Promise.resolve(now.sending))
      .then(() => post("editor.aim", body))
      .then(function (answer) {
        if (answer.status === 200) {
          const link = document.createElement("a");
          link.href = answer.content.go;
          link.dataset.go = "1";
          link.hidden = true;
          document.body.appendChild(link);
          link.click();
          link.remove();
        } else {
          settle(now, answer);
        }
      });
  }

  document.addEventListener("click", function (event) {
    const at = (wanted) => event.target.closest && event.target.closest(wanted);
    if (!now || !now.form.isConnected) {
      return;
    }
    const side = at("a[data-side-go]");
    const box = at("[data-box]");
    const to = at(".definition-editor [data-to]");
    const row = at("[data-clear-row]");
    const aim = at("button[data-aim]");
    if (side && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      look(side);
    } else if (box) {
      goToBox(box.dataset.box);
    } else if (to) {
      event.preventDefault();
      lead(document.getElementById(to.dataset.to));
    } else if (row) {
      window.chengmai.boxes.clearRow(row);
    } else if (aim) {
      openAim(aim);
    } else if (at("#editor-save")) {
      now.stopped = false;
      save();
    } else if (at("#editor-undo")) {
      undo();
    } else if (at("#editor-resolve")) {
      save("editor.resolve");
    }
  });

  document.addEventListener(
    "keydown",
    function (event) {
      if (!now || !now.form.isConnected || window.chengmai.boxes.key(event)) {
        return;
      }
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        now.stopped = false;
        save();
      } else if (event.altKey && event.key.toLowerCase() === "z") {
        event.preventDefault();
        undo();
      } else if (event.key === "Enter" && event.target.form === now.form && event.target.tagName === "INPUT") {
        event.preventDefault(); // the form is not sent: it saves itself
      }
    },
    true
  );

  /* the form is never sent; a form of the same page waits until what is typed is saved */
  document.addEventListener(
    "submit",
    function (event) {
      if (!now || !now.form.isConnected) {
        return;
      }
      if (event.target === now.form) {
        event.preventDefault();
        save();
      } else if ((now.dirty || now.sending) && /^\/act\/studio\./.test(event.target.getAttribute("action") || "")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        const other = event.target;
        const asker = event.submitter;
        (now.dirty ? save() : now.sending).then(() => !now.dirty && other.requestSubmit(asker));
      }
    },
    true
  );

  window.addEventListener("beforeunload", function () {
    if (now && now.dirty && now.form.isConnected) {
      fetch("/act/editor.save?lang=" + document.documentElement.lang.slice(0, 2), {
        method: "POST",
        body: asked(true),
        keepalive: true,
        headers: { "X-CSRFToken": cookie("chengmai_csrf") },
      }).catch(() => {});
    }
  });

  window.addEventListener("online", () => now && now.dirty && !now.stopped && save());

  function watch() {
    const one = form();
    if (now && now.form !== one) {
      if (now.dirty && !now.stopped && !one) {
        leave(now);
      }
      clearTimeout(now.timer);
      now = null;
      window.chengmai.boxes.close();
    }
    if (one && !now) {
      begin(one);
      now.undone = undoing;
      undoing = null;
    }
  }

  /* going elsewhere inside the product: the last letters are sent along; they are kept should that fail */
  function leave(mine) {
    const body = new FormData();
    Array.from(mine.form.elements).forEach(function (box) {
      if (box.name && !box.name.startsWith(CONTROL) && (box.type !== "checkbox" || box.checked)) {
        body.append(box.name, box.value);
      }
    });
    body.set("~draft", mine.draft);
    body.set("~seen", mine.revision);
    body.set("~look", "");
    const kept = "chengmai-draft-" + mine.draft;
    post("editor.save", body)
      .then((answer) => answer.status === 200 && !(answer.content.more || {}).conflict && sessionStorage.removeItem(kept))
      .catch(() => {});
  }

  window.chengmai.editor = { post: post, asked: asked, touched: touched };

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
  });
})();
