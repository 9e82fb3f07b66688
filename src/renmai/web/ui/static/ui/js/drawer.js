// The side navigation opens by its address (#side). This adds: Escape closes, focus goes in and comes back.
(() => {
  const opened = () => document.querySelector(".side:target");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened()) location.hash = "";
  });
  window.addEventListener("hashchange", () => {
    const side = opened();
    if (side) side.querySelector("a[href]:not([href='#'])")?.focus();
    else if (!location.hash) document.querySelector("[data-drawer]")?.focus({ preventScroll: true });
  });
})();
