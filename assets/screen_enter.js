/* A key behind the # of the address goes into the form and out of the address and the history at once; it was never
   sent to the server with the address. */
(function () {
  "use strict";

  const found = /^#(?:key=)?([0-9A-Za-z-]{10,100})$/.exec(location.hash);
  if (!found) {
    return;
  }
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("key").value = found[1];
  document.getElementById("enter").requestSubmit();
})();
