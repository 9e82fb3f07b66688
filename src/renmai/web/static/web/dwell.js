// Says, whenever this page is left or hidden, for how long it was looked at. Without scripts nobody knows, and nothing is missing.
(() => {
  const { pick, shop } = document.currentScript.dataset;
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];
  let since = document.visibilityState === "visible" ? performance.now() : null;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      since = performance.now();
      return;
    }
    const seconds = since === null ? 0 : Math.round((performance.now() - since) / 1000);
    since = null;
    if (seconds < 1 || !token) return;
    const said = new FormData();
    said.set("csrfmiddlewaretoken", token);
    said.set(pick ? "pick" : "shop", pick || shop);
    said.set("seconds", String(Math.min(seconds, 1800)));
    navigator.sendBeacon("/me/dwell", said);
  });
})();
