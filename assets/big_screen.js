/* The wall in the browser: asks for its content, puts what has changed into the page, turns the scenes, offers the
   wartime layout, says how old its figures are, and carries the mark of its reader. It runs for weeks: nothing here
   adds a listener, a timer or an element that a later round does not take away again. */
(function () {
  "use strict";

  const wall = document.getElementById("wall");
  const main = document.getElementById("w-main");
  const given = wall.dataset;
  const parts = {};
  ["place", "until", "simulated", "fresh", "pinned", "mode", "day", "time", "lost", "offer", "offer-text", "accept",
   "decline", "tip"].forEach((name) => (parts[name] = document.getElementById("w-" + name)));

  const LOST_AFTER = 12000;
  const LONGEST_WAIT = 30000;
  const SEEN = "chengmai.wall.seen";
  const MODE = "chengmai.wall.mode";

  /* ---- what is remembered through a reload */

  function recall(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(name)) || otherwise;
    } catch {
      return otherwise;
    }
  }

  function remember(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch {
      /* a kiosk without storage forgets on reload, nothing else */
    }
  }

  /* ---- the clock of the server */

  let offset = 0;

  function now() {
    return Date.now() + offset;
  }

  const tongue = document.documentElement.lang;
  const dayOf = new Intl.DateTimeFormat(tongue, { timeZone: given.zone, month: "long", day: "numeric", weekday: "short" });
  const timeOf = new Intl.DateTimeFormat(tongue, { timeZone: given.zone, hour: "2-digit", minute: "2-digit", hour12: false });
  const stampOf = new Intl.DateTimeFormat("sv-SE", { timeZone: given.zone, dateStyle: "short", timeStyle: "short" });

  function filled(template, fields) {
    return template.replace(/\{(\w+)\}/g, (_, name) => fields[name]);
  }

  function age(milliseconds) {
    const words = parts.fresh.dataset;
    const seconds = Math.round(milliseconds / 1000);
    if (seconds < 90) {
      return filled(words.second, { count: seconds });
    }
    return seconds < 5400
      ? filled(words.minute, { count: Math.round(seconds / 60) })
      : filled(words.hour, { count: Math.round(seconds / 3600) });
  }

  function say(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  /* ---- new content into the old page: only what differs is touched */

  function same(one, other) {
    return (
      one.nodeType === other.nodeType &&
      one.nodeName === other.nodeName &&
      (one.nodeType !== 1 || (one.getAttribute("data-key") || "") === (other.getAttribute("data-key") || ""))
    );
  }

  function attributes(from, to) {
    for (const one of Array.from(from.attributes)) {
      if (!to.hasAttribute(one.name) && one.name !== "hidden" && one.name !== "aria-pressed") {
        from.removeAttribute(one.name);
      }
    }
    for (const one of to.attributes) {
      const own = one.name === "class" ? Array.from(from.classList).filter((name) => name.startsWith("is-")) : [];
      const value = own.length ? one.value + " " + own.join(" ") : one.value;
      if (from.getAttribute(one.name) !== value) {
        from.setAttribute(one.name, value);
      }
    }
  }

  function morph(from, to, fresh) {
    if (from.nodeType === 3) {
      if (from.nodeValue !== to.nodeValue) {
        from.nodeValue = to.nodeValue;
        const value = from.parentElement.closest("[data-value]");
        if (value && !fresh) {
          value.classList.add("is-changed");
        }
      }
      return;
    }
    if (from.nodeType !== 1) {
      return;
    }
    attributes(from, to);
    const keyed = new Map();
    for (const child of from.childNodes) {
      if (child.nodeType === 1 && child.hasAttribute("data-key")) {
        keyed.set(child.getAttribute("data-key"), child);
      }
    }
    let place = from.firstChild;
    for (const wanted of Array.from(to.childNodes)) {
      const key = wanted.nodeType === 1 && wanted.getAttribute("data-key");
      let found = key ? keyed.get(key) : place;
      if (found && !same(found, wanted)) {
        found = undefined;
      }
      if (!found) {
        from.insertBefore(wanted, place);
        if (key && !fresh) {
          wanted.classList.add("is-new");
        }
        continue;
      }
      if (found !== place) {
        from.insertBefore(found, place);
      } else {
        place = place.nextSibling;
      }
      morph(found, wanted, fresh);
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  main.addEventListener("animationend", (event) => event.target.classList.remove("is-changed"));

  let triggers = [];

  function show(content) {
    const holder = document.createElement("template");
    holder.innerHTML = "<main>" + content.html + "</main>";
    if (given.screen === "1") {
      holder.content.querySelectorAll("a[href]").forEach((way) => way.removeAttribute("href")); // a screen opens its wall only
    }
    const fresh = main.getAttribute("aria-busy") === "true";
    if (fresh) {
      main.replaceChildren(...holder.content.firstChild.childNodes);
      main.removeAttribute("aria-busy");
    } else {
      const wanted = holder.content.firstChild;
      wanted.id = main.id;
      wanted.className = main.className;
      morph(main, wanted, false);
    }
    const said = main.querySelector("template[data-place]");
    if (said) {
      say(parts.place, said.dataset.place);
      say(parts.until, said.dataset.until);
      say(parts.simulated, said.dataset.simulated);
    }
    triggers = content.triggers;
    consider();
    turnTo(scene);
    sign();
    fit();
    document.fonts.ready.then(fit);
  }

  /* lists show as many lines as there is room for, and say how many more there are */
  function fit() {
    main.querySelectorAll("[data-fit]").forEach(function (list) {
      const lines = Array.from(list.children);
      const tell = (more) => list.parentElement.style.setProperty("--more", JSON.stringify(more > 0 ? filled(list.dataset.more, { count: more }) : ""));
      const over = () => list.scrollHeight > list.clientHeight + 1;
      let shown = lines.length;
      lines.forEach((line) => line.classList.remove("is-over"));
      tell(Number(list.dataset.total) - shown);
      while (shown > 1 && over()) {
        shown -= 1;
        lines[shown].classList.add("is-over");
        tell(Number(list.dataset.total) - shown);
      }
    });
  }

  let resized = 0;
  window.addEventListener("resize", function () {
    cancelAnimationFrame(resized);
    resized = requestAnimationFrame(fit);
  });

  /* ---- scenes */

  const scenes = given.scenes.split(" ");
  let scene = scenes[0];
  let turned = Date.now();
  let touched = 0;

  function turnTo(name) {
    scene = name;
    wall.dataset.scene = name;
    main.querySelectorAll("[data-turn]").forEach((tab) => {
      tab.setAttribute("aria-pressed", String(tab.dataset.turn === name));
      tab.hidden = !scenes.includes(tab.dataset.turn);
    });
  }

  function turnBy(step) {
    turnTo(scenes[(scenes.indexOf(scene) + step + scenes.length) % scenes.length]);
    turned = Date.now();
  }

  function pin() {
    touched = Date.now();
    main.querySelectorAll(".is-new").forEach((line) => line.classList.remove("is-new"));
    turns();
  }

  function turns() {
    const left = touched ? Math.ceil(Number(given.resume) - (Date.now() - touched) / 1000) : 0;
    if (left > 0) {
      parts.pinned.hidden = false;
      say(parts.pinned.querySelector("b"), String(left));
      turned = Date.now();
      return;
    }
    touched = 0;
    parts.pinned.hidden = true;
    if (Date.now() - turned >= 1000 * Number(given.seconds) && scenes.length > 1) {
      turnBy(1);
    }
  }

  document.addEventListener("pointerdown", function (event) {
    const tab = event.target.closest("[data-turn]");
    if (tab) {
      turnTo(tab.dataset.turn);
    }
    pin();
  });

  document.addEventListener("keydown", function (event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1 }[event.key];
    if (step) {
      turnBy(step);
    }
    const tab = event.target.closest && event.target.closest("[data-turn]");
    if (tab && (event.key === "Enter" || event.key === " ")) {
      turnTo(tab.dataset.turn);
    }
    if (event.key === "Escape" && touched) {
      touched = 1;
      turns();
      return;
    }
    pin();
  });

  document.addEventListener("pointermove", function (event) {
    const over = event.target.closest && event.target.closest("[data-tip]");
    parts.tip.hidden = !over;
    if (over) {
      say(parts.tip, over.dataset.tip);
      parts.tip.style.left = Math.min(event.clientX, innerWidth - parts.tip.offsetWidth) + "px";
      parts.tip.style.top = Math.max(event.clientY - 1.5 * parts.tip.offsetHeight, 0) + "px";
    }
  });

  /* ---- peace and war */

  function setMode(mode) {
    wall.dataset.mode = mode;
    remember(MODE, mode);
    say(parts.mode, mode === "war" ? parts.mode.dataset.toPeace : parts.mode.dataset.toWar);
    parts.mode.title = parts.mode.dataset[mode];
    fit();
  }

  function unseen() {
    const seen = recall(SEEN, []);
    return triggers.filter((one) => !seen.includes(one.id));
  }

  function seeAll() {
    remember(SEEN, triggers.map((one) => one.id));
    parts.offer.hidden = true;
  }

  /* what calls for the wartime layout: followed at once where the setting says so, else offered to a person */
  function consider() {
    const calls = unseen();
    if (wall.dataset.mode === "war" || !calls.length) {
      parts.offer.hidden = true;
      return;
    }
    if (given.wartime === "switch") {
      setMode("war");
      return;
    }
    const worst = calls.reduce((one, other) => (other.level > one.level ? other : one));
    const mark = parts.offer.querySelector(".level");
    mark.dataset.level = ["", "blue", "yellow", "orange", "red"][worst.level];
    say(parts["offer-text"], worst.title);
    parts.offer.hidden = false;
  }

  parts.accept.addEventListener("click", function () {
    seeAll();
    setMode("war");
  });
  parts.decline.addEventListener("click", seeAll);
  parts.mode.addEventListener("click", function () {
    seeAll();
    setMode(wall.dataset.mode === "war" ? "peace" : "war");
  });

  /* ---- the mark of the reader: over everything, and inside the map */

  const SVG = "http://www.w3.org/2000/svg";
  let mark = null;

  function made(kind, words, inner) {
    const element = document.createElementNS(SVG, kind);
    Object.entries(words).forEach(([name, value]) => element.setAttribute(name, value));
    inner.forEach((one) => element.appendChild(one));
    return element;
  }

  function drawMark() {
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const light = document.documentElement.dataset.theme === "light";
    const text = made("text", {
      x: 0, y: 9 * size, fill: "currentColor", "fill-opacity": light ? 0.055 : 0.075, "font-size": 1.5 * size,
      "font-family": "inherit", transform: "rotate(-18 0 " + 9 * size + ")",
    }, []);
    text.textContent = given.reader + "  " + stampOf.format(now());
    const tile = made("pattern", {
      id: "w-reader", width: 30 * size, height: 12 * size, patternUnits: "userSpaceOnUse",
    }, [text]);
    const sheet = made("rect", { width: "100%", height: "100%", fill: "url(#w-reader)" }, []);
    const fresh = made("svg", { class: "w-reader", "aria-hidden": "true", width: "100%", height: "100%" }, [
      made("defs", {}, [tile]), sheet,
    ]);
    if (mark) {
      mark.remove();
    }
    mark = document.body.appendChild(fresh);
    ["position:fixed", "inset:0", "z-index:2147483647", "pointer-events:none", "display:block", "visibility:visible",
     "opacity:1"].forEach((rule) => mark.style.setProperty(...rule.split(":"), "important"));
  }

  /* the land itself carries the mark: a map without it is no map */
  function sign() {
    main.querySelectorAll("svg.w-map").forEach(function (map) {
      if (!map.querySelector(".w-signed")) {
        const [x, y, width, height] = map.getAttribute("viewBox").split(" ");
        const text = made("text", { class: "w-signed", x: Number(x) + Number(width) / 2, y: Number(y) + Number(height) - 8,
          "text-anchor": "middle", "font-size": Number(width) / 45, "fill-opacity": 0.4, fill: "currentColor" }, []);
        map.appendChild(text);
      }
      say(map.querySelector(".w-signed"), given.reader + "  " + stampOf.format(now()));
    });
  }

  function guard() {
    const style = mark && mark.isConnected ? getComputedStyle(mark) : null;
    if (!style || style.display === "none" || style.visibility !== "visible" || Number(style.opacity) < 1) {
      drawMark();
    }
    const after = getComputedStyle(mark);
    wall.hidden = after.display === "none" || after.visibility !== "visible" || Number(after.opacity) < 1;
  }

  /* ---- asking */

  let tag = "";
  let asked = Date.now();
  let failures = 0;

  function ended() {
    location.replace(given.screen === "1" ? "/screen/enter?ended" : "/login?next=/screen");
  }

  function renewed(program) {
    if (program && program !== given.program && sessionStorage.getItem("chengmai.wall.program") !== program) {
      sessionStorage.setItem("chengmai.wall.program", program);
      location.reload();
      return true;
    }
    return false;
  }

  async function ask() {
    let soon = false;
    try {
      const answer = await fetch(given.source, {
        cache: "no-store",
        headers: { "If-None-Match": tag, "X-Chengmai-Automatic": "1" },
        signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 401 || answer.status === 403) {
        ended();
        return;
      }
      if (answer.status !== 200 && answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      const sent = Date.parse(answer.headers.get("Date") || "");
      if (sent && Math.abs(sent - now()) > 1500) {
        offset = sent - Date.now();
      }
      if (renewed(answer.headers.get("X-Chengmai-Program"))) {
        return;
      }
      if (answer.status === 200) {
        show(await answer.json());
        tag = answer.headers.get("ETag");
      }
      soon = answer.headers.has("X-Chengmai-Soon");
      failures = 0;
      asked = Date.now();
      wall.dataset.shown = tag;
    } catch {
      failures += 1;
    }
    const usual = (soon ? 600 : 1000 * Number(given.poll)) * (0.85 + 0.3 * Math.random());
    setTimeout(ask, Math.min(usual * 2 ** Math.min(failures, 5), LONGEST_WAIT));
  }

  window.addEventListener("online", function () {
    failures = 0;
  });

  /* ---- every second */

  let minute = "";

  function tick() {
    const moment = now();
    say(parts.day, dayOf.format(moment));
    say(parts.time, timeOf.format(moment));
    const silent = Date.now() - asked;
    const lost = silent > LOST_AFTER;
    parts.lost.hidden = !lost;
    wall.classList.toggle("is-stale", lost);
    if (lost) {
      say(parts.lost, filled(parts.lost.dataset.text, { moment: stampOf.format(asked + offset), age: age(silent) }));
    }
    say(parts.fresh, lost ? filled(parts.fresh.dataset.old, { age: age(silent) }) : parts.fresh.dataset.now);
    main.querySelectorAll("[data-since]").forEach((clock) => say(clock, elapsed(moment - 1000 * Number(clock.dataset.since))));
    turns();
    if (minute !== parts.time.textContent) {
      minute = parts.time.textContent;
      drawMark();
      sign();
    }
    guard();
  }

  function elapsed(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const minutes = two(Math.floor(seconds / 60) % 60);
    return hours < 48
      ? two(hours) + ":" + minutes + ":" + two(seconds % 60)
      : filled(parts.fresh.dataset.day, { count: Math.floor(hours / 24) }) + " " + two(hours % 24) + ":" + minutes;
  }

  setMode(recall(MODE, "peace"));
  drawMark();
  setInterval(tick, 1000);
  tick();
  ask();
})();
