/* What every page needs in the browser: the chosen language and light are remembered, an open page learns of new
   data, an ended session leads to the sign-in. It decides nothing and carries no figure. Boards: boards.js. */
(function () {
  "use strict";

  const root = document.documentElement;

  function keep(name, value) {
    document.cookie = name + "=" + value + ";path=/;max-age=31536000;samesite=lax" +
      (location.protocol === "https:" ? ";secure" : "");
  }

  function kept(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? found.slice(name.length + 1) : "";
  }

  /* ---- a page as one component ----

     Dash gives every element a wrapper that listens to every change of every other: a board of a thousand elements
     costs seconds. A page therefore comes as one component that draws its tree itself; only figures are Dash's. */

  const FORBIDDEN = new Set(["dangerouslySetInnerHTML", "srcDoc", "children", "key"]);

  /* an address leads inside, or by a link that says so to a page of its own that learns nothing of this one */
  function safe(name, value, given) {
    if (name !== "href" && name !== "src" && name !== "action") {
      return !/^on/i.test(name);
    }
    try {
      const address = new URL(value, location.href);
      const outside = name === "href" && given.target === "_blank" && /\bnoopener\b/.test(given.rel || "");
      return address.origin === location.origin || (outside && /^https?:$/.test(address.protocol));
    } catch {
      return false;
    }
  }

  function draw(node, place) {
    if (node === null || typeof node !== "object") {
      return node;
    }
    if (Array.isArray(node)) {
      return node.map(draw);
    }
    const given = node.props || {};
    const props = { key: given.key === undefined ? place : given.key };
    for (const name of Object.keys(given)) {
      if (!FORBIDDEN.has(name) && safe(name, given[name], given)) {
        props[name] = given[name];
      }
    }
    if (node.namespace === "chengmai") {
      return window.React.createElement(Part, { key: props.key, id: given.id, tree: given.tree });
    }
    if (node.namespace === "dash_core_components") {
      props.setProps = function () {};
      return window.React.createElement(window.dash_core_components[node.type], props);
    }
    const inner = given.children;
    const children = inner === undefined || inner === null ? [] : Array.isArray(inner) ? inner : [inner];
    return window.React.createElement(node.type.toLowerCase(), props, ...children.map(draw));
  }

  /* a part that the answer of an act draws anew by itself; the next page brings its own */
  function Part(props) {
    const [fresh, setFresh] = window.React.useState(null);
    window.React.useEffect(function () {
      function hear(event) {
        if (event.detail.id === props.id) {
          setFresh({ under: props.tree, tree: event.detail.tree });
        }
      }
      window.addEventListener("chengmai-part", hear);
      return () => window.removeEventListener("chengmai-part", hear);
    }, [props.id, props.tree]);
    return draw(fresh && fresh.under === props.tree ? fresh.tree : props.tree);
  }

  window.chengmai = {
    Page: function (props) {
      return draw(props.tree, "page");
    },
  };

  /* ---- language and light ---- */

  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  function device() {
    const seen = prefersDark.matches ? "dark" : "light";
    if (kept("device") !== seen) {
      keep("device", seen);
      if (root.dataset.auto !== undefined) {
        root.dataset.theme = seen;
      }
    }
  }

  function remember() {
    const asked = new URLSearchParams(location.search);
    const mode = asked.get("mode");
    if (mode === "dark" || mode === "light") {
      keep("mode", mode);
    }
    if (/^[a-z]{2,3}$/.test(asked.get("lang") || "")) {
      keep("lang", asked.get("lang"));
    }
  }

  /* what the shell was drawn in is what the whole document is in */
  function follow() {
    const shell = document.querySelector(".shell");
    if (!shell) {
      return;
    }
    if (root.lang !== shell.lang) {
      root.lang = shell.lang;
    }
    if (root.dataset.theme !== shell.dataset.theme) {
      root.dataset.theme = shell.dataset.theme;
    }
  }

  /* ---- new data ---- */

  let failures = 0;
  let timer = 0;

  function pollLater() {
    clearTimeout(timer);
    const shell = document.querySelector(".shell");
    const seconds = shell ? Number(shell.dataset.poll) : 5;
    const jitter = 0.8 + 0.4 * Math.random();
    timer = setTimeout(poll, 1000 * seconds * jitter * Math.min(2 ** failures, 8));
  }

  function poll() {
    const shell = document.querySelector(".shell");
    if (!shell || document.hidden) {
      pollLater();
      return;
    }
    fetch("/version", { cache: "no-cache", headers: { "X-Chengmai-Automatic": "1" } })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((answer) => {
        failures = 0;
        const written = document.querySelector("form[data-typed]"); // drawn anew, what was typed would be lost
        if (answer && !written && String(answer.version) !== shell.dataset.version) {
          window.dash_clientside.set_props("data-version", { data: String(answer.version) });
        }
      })
      .catch(() => {
        failures += 1;
      })
      .finally(pollLater);
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && document.querySelector(".shell")) {
      poll();
    }
  });

  /* ---- an ended session ---- */

  const plainFetch = window.fetch;

  window.fetch = function () {
    return plainFetch.apply(this, arguments).then(function (answer) {
      if (answer.status === 401 && new URL(answer.url).origin === location.origin) {
        location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
      }
      return answer;
    });
  };

  device();
  prefersDark.addEventListener("change", device);
  remember();
  window.addEventListener("_dashprivate_pushstate", remember, true);

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(follow).observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["data-theme", "lang"],
    });
    pollLater();
  });
})();
