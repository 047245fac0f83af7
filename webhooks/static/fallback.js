// Runs by itself and in old browsers too: a classic script without newer syntax. When the page's module did not start,
// because the browser knows no modules or a file did not arrive, the page behaves as without scripts and says so.
window.addEventListener("load", function () {
  if (document.documentElement.hasAttribute("data-started")) return; // set by the page's module
  var modules = "noModule" in document.createElement("script");
  var failed = modules && document.getElementById("failed");
  if (failed) failed.hidden = false;
  [].forEach.call(document.querySelectorAll(failed ? "head noscript" : "noscript"), function (each) {
    each.insertAdjacentHTML("afterend", each.textContent);
  });
});
