// [data-countdown="SECONDS"] counts down to a moment by the house's clock ([data-now]), not by the reader's; then the page
// is asked for again. Without scripts the time stands beside it.
(() => {
  document.querySelectorAll("[data-countdown]").forEach((box) => {
    const ahead = Number(box.dataset.now) * 1000 - Date.now();
    const fields = box.querySelectorAll("dd");
    const tick = () => {
      const left = Math.max(0, Math.ceil(Number(box.dataset.countdown) - (Date.now() + ahead) / 1000));
      const parts = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
      fields.forEach((field, place) => (field.textContent = String(parts[place]).padStart(place ? 2 : 1, "0")));
      if (left) setTimeout(tick, 1000 - ((Date.now() + ahead) % 1000));
      else setTimeout(() => location.reload(), 3000 + Math.random() * 5000);
    };
    box.hidden = false;
    tick();
  });
})();
