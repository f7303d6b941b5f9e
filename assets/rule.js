/* Trying a rule: a threshold is dragged on the curve, slid or typed, and becomes part of the address. */
(function () {
  "use strict";

  const LEVELS = ["red", "orange", "yellow", "blue"];
  const WAIT = 300;
  let timer = 0;
  let held = null;
  let drawn = null;
  let focus = "";
  let typed = {};

  const form = () => document.querySelector("form[data-rule-form]");

  function field(name) {
    const one = form();
    return one && Array.from(one.elements).find((input) => input.name === name);
  }

  function slider(name) {
    const one = form();
    return one && one.querySelector('input[type="range"][data-of="' + name + '"]');
  }

  function number(text) {
    const plain = String(text).trim().replace(/[−–]/g, "-").replace(/[,\s]/g, "");
    return /^-?\d+(\.\d+)?$/.test(plain) ? plain : "";
  }

  /* every value of the form as pairs of the address; what was not touched and is in force stays away */
  function pairs(one) {
    const found = [];
    const value = (name) => {
      const input = field(name);
      return input ? (input.value.trim() === "" ? "off" : number(input.value)) : null;
    };
    LEVELS.forEach(function (level) {
      const low = value(level);
      const high = value(level + "-high");
      if (low === null && high === null) {
        return;
      }
      if (one.dataset.ruleForm === "band") {
        const end = (text) => (text === null || text === "off" ? "" : text);
        found.push(level + ":" + end(low) + "~" + end(high));
      } else if (low) {
        found.push(level + ":" + low);
      }
    });
    ["persist", "keep"].forEach(function (name) {
      const given = value(name);
      if (given && given !== "off") {
        found.push(name + ":" + given);
      }
    });
    return found;
  }

  function go() {
    clearTimeout(timer);
    const one = form();
    if (!one) {
      return;
    }
    typed = {};
    const state = new URLSearchParams(location.search);
    const kept = (state.get("filter") || "").split(";").filter((pair) => /^(level|since):/.test(pair));
    state.set("filter", kept.concat(pairs(one)).join(";"));
    const way = document.createElement("a");
    way.href = location.pathname + "?" + state.toString();
    way.dataset.go = "1";
    way.hidden = true;
    document.body.appendChild(way);
    way.click();
    way.remove();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(go, WAIT);
  }

  document.addEventListener("submit", function (event) {
    if (event.target.dataset.ruleForm !== undefined) {
      event.preventDefault();
      go();
    }
  });

  document.addEventListener("input", function (event) {
    const input = event.target;
    if (!input.form || input.form.dataset.ruleForm === undefined) {
      return;
    }
    if (input.type === "range") {
      field(input.dataset.of).value = input.value;
      typed[input.dataset.of] = input.value;
      place();
      return;
    }
    typed[input.name] = input.value;
    if (slider(input.name) && number(input.value)) {
      slider(input.name).value = number(input.value);
      place();
    }
  });

  document.addEventListener("change", function (event) {
    if (event.target.form && event.target.form.dataset.ruleForm !== undefined) {
      soon();
    }
  });

  /* ---- handles on the curve ------------------------------------------------------------------------------------ */

  function axis(box) {
    const plot = box.querySelector(".js-plotly-plot");
    return plot && plot._fullLayout && plot._fullLayout.yaxis && plot._fullLayout.yaxis._length ? plot._fullLayout : null;
  }

  function place() {
    document.querySelectorAll(".rule-course").forEach(function (box) {
      const layout = axis(box);
      box.querySelectorAll(".rule-grip").forEach(function (grip) {
        const input = field(grip.dataset.of);
        const value = input && number(input.value) ? Number(number(input.value)) * Number(grip.dataset.scale) : Number(grip.dataset.at);
        const top = layout ? layout.yaxis._offset + layout.yaxis.l2p(value) : -1;
        grip.hidden = !layout || top < -4 || top > layout.yaxis._offset + layout.yaxis._length + 4;
        grip.style.top = top + "px";
        grip.style.insetInlineStart = layout ? layout.xaxis._offset + "px" : "0";
        grip.style.width = layout ? layout.xaxis._length + "px" : "0";
      });
    });
  }

  function rounded(value, step) {
    const places = Math.max(0, -Math.floor(Math.log10(step)));
    return String(Number((Math.round(value / step) * step).toFixed(places)));
  }

  document.addEventListener("pointerdown", function (event) {
    const grip = event.target.closest && event.target.closest(".rule-grip");
    if (!grip || event.button) {
      return;
    }
    event.preventDefault();
    held = grip;
    grip.dataset.held = "1";
    try {
      grip.setPointerCapture(event.pointerId);
    } catch {
      /* a pointer that is gone already cannot be captured */
    }
  });

  document.addEventListener("pointermove", function (event) {
    const box = held && held.closest(".rule-course");
    const layout = box && axis(box);
    const input = held && field(held.dataset.of);
    if (!layout || !input) {
      return;
    }
    const offset = event.clientY - box.getBoundingClientRect().top - layout.yaxis._offset;
    const inside = Math.min(Math.max(offset, 0), layout.yaxis._length);
    const slide = slider(held.dataset.of);
    input.value = rounded(layout.yaxis.p2l(inside) / Number(held.dataset.scale), Number(slide.step));
    slide.value = input.value;
    place();
  });

  function release() {
    if (held) {
      delete held.dataset.held;
      held = null;
      go();
    }
  }

  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);

  /* every answer is a new tree of elements: the focus returns to its field, what is being typed or held goes on */
  function follow(one) {
    Object.keys(typed).forEach(function (name) {
      const input = field(name);
      if (input) {
        input.value = typed[name];
      }
    });
    if (held && !held.isConnected) {
      held = one.ownerDocument.querySelector('.rule-grip[data-of="' + held.dataset.of + '"]');
    }
    const last = focus && document.activeElement === document.body && document.getElementById(focus);
    if (last) {
      last.focus({ preventScroll: true });
    }
  }

  document.addEventListener("focusin", function (event) {
    focus = event.target.form && event.target.form.dataset.ruleForm !== undefined ? event.target.id : "";
  });

  document.addEventListener("pointerdown", function (event) {
    if (!event.target.closest || !event.target.closest("form[data-rule-form]")) {
      focus = "";
    }
  });

  function watch() {
    const one = form();
    if (one !== drawn) {
      drawn = one;
      if (one) {
        follow(one);
      }
    }
    document.querySelectorAll(".rule-course .js-plotly-plot").forEach(function (plot) {
      if (!plot.rules && plot.on) {
        plot.rules = true;
        plot.on("plotly_afterplot", place);
        place();
      }
    });
  }

  window.addEventListener("resize", () => form() && place());

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(() => (form() || drawn) && watch()).observe(document.body, { childList: true, subtree: true });
  });
})();
