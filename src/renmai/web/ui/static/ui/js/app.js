// The installed app: its service worker, and the offline page that goes on by itself in the theme that was chosen.
(() => {
  if ("serviceWorker" in navigator) {
    addEventListener("load", () => navigator.serviceWorker.register("/worker.js").catch(() => {}));
  }
  if (!document.querySelector("[data-offline]")) return;
  const theme = document.cookie.match(/(?:^|; )theme=(light|dark)/);
  if (theme) document.documentElement.dataset.theme = theme[1];
  addEventListener("online", () => location.reload());
})();
