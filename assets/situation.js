/* A click on a mark of the situation map is a click on its line in the list below: a page of ours, a link outside in a
   window of its own, or what is around it. The map decides nothing by itself. */
(function () {
  "use strict";

  function follow(graph) {
    graph.on("plotly_click", function (event) {
      const point = event.points && event.points[0];
      const mark = point && point.customdata && point.customdata[2];
      const line = mark && document.querySelector('[data-mark="' + CSS.escape(mark) + '"]');
      if (line) {
        window.Plotly.Fx.unhover(graph);
        line.click();
      }
    });
  }

  function watch() {
    new MutationObserver(function () {
      document.querySelectorAll(".situation-frame .js-plotly-plot").forEach(function (graph) {
        if (!graph.follows && graph.on) {
          graph.follows = true;
          follow(graph);
        }
      });
    }).observe(document.body, { childList: true, subtree: true });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", watch);
  } else {
    watch();
  }
})();
