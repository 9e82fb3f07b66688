// Toasts can be closed; those that only report success leave by themselves. The server adds one by HX-Trigger: {"toast": {...}}.
(() => {
  const STAY_MS = 7000;
  const leave = (toast) => toast.matches(".toast--success") && setTimeout(() => toast.remove(), STAY_MS);
  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-toast-close]");
    if (closer) closer.closest(".toast").remove();
  });
  document.querySelectorAll("#toasts .toast").forEach(leave);
  document.addEventListener("toast", (event) => {
    const pattern = document.getElementById("toast-pattern");
    if (!pattern) return;
    const toast = pattern.content.firstElementChild.cloneNode(true);
    const { text, value, level = "info" } = event.detail;
    toast.className = `toast toast--${level}`;
    toast.querySelector(".toast__text").textContent = text || value;
    document.getElementById("toasts").append(toast);
    leave(toast);
  });
})();
