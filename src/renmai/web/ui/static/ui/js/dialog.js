// <a href="#id" data-dialog> opens <dialog id>; without this file the address alone shows it in place.
(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById((opener.dataset.dialog || opener.hash || "").replace("#", ""));
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    const dialog = closer ? closer.closest("dialog") : event.target.matches("dialog[open]") && event.target;
    if (!dialog || !dialog.open) return;
    if (closer) event.preventDefault();
    dialog.close();
  });
  const linked = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (linked && linked.matches("dialog") && !linked.open) linked.showModal();
})();
