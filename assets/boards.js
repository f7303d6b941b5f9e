/* What boards need in the browser: links that change the address without loading the page, the drill of the map,
   Escape for the open sheet, and the hatch for areas without a figure. It decides nothing and asks for nothing. */
(function () {
  "use strict";

  function go(address) {
    if (address === location.pathname + location.search) {
      return;
    }
    const from = location.pathname;
    history.pushState({}, "", address);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    if (location.pathname !== from) {
      window.scrollTo(0, 0);
    }
  }

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
    const open = document.querySelector(".picker[open]");
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

  let drawn = window.Plotly;

  function wrap(plotly) {
    plotly.newPlot = scaled(plotly.newPlot);
    plotly.react = scaled(plotly.react);
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
