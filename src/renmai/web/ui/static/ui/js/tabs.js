// A long tab bar begins at the tab one is on, with some of its neighbour to see that there is more.
(() => {
  const settle = (around) => {
    for (const tab of around.querySelectorAll(".tabs [aria-current]")) {
      const bar = tab.closest(".tabs");
      const over = tab.getBoundingClientRect().right - bar.getBoundingClientRect().right;
      if (over > -48 && bar.scrollWidth > bar.clientWidth) bar.scrollLeft += over + 48;
    }
  };
  settle(document);
  document.addEventListener("htmx:afterSettle", (event) => settle(event.target));
})();
