// The run-of-show editor: segments are moved in place by their grip, by their buttons or by the keys of these, and the
// minutes are added up as they are typed. Nothing is saved before the form is sent; without this, each button sends it.
(() => {
  const EDGE = 72;
  const form = document.querySelector("[data-run]");
  const list = form && form.querySelector("[data-run-list]");
  if (!list) return;
  const items = () => [...list.querySelectorAll("[data-run-item]")];
  let held = null;

  const count = () => {
    let sum = 0;
    items().forEach((item, place) => {
      item.querySelector("[data-run-from]").textContent = sum;
      sum += Math.max(0, parseInt(item.querySelector("[data-run-minutes]").value, 10) || 0);
      item.querySelectorAll("[data-run-move]").forEach((button) => {
        button.disabled = button.dataset.runMove === "up" ? place === 0 : place === items().length - 1;
      });
    });
    form.querySelector("[data-run-sum]").textContent = sum;
    form.querySelector("[data-run-over]").hidden = sum <= Number(form.dataset.run);
  };

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-run-move]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("[data-run-item]");
    const other = button.dataset.runMove === "up" ? item.previousElementSibling : item.nextElementSibling;
    if (other) other[button.dataset.runMove === "up" ? "before" : "after"](item);
    count();
    item.scrollIntoView({ block: "nearest" });
    (button.disabled ? item.querySelector("[data-run-move]:not([disabled])") || button : button).focus();
  });
  list.addEventListener("pointerdown", (event) => {
    const grip = event.button === 0 && event.target.closest("[data-run-grip]");
    if (!grip) return;
    event.preventDefault();
    if (event.target.hasPointerCapture(event.pointerId)) event.target.releasePointerCapture(event.pointerId);
    held = { item: grip.closest("[data-run-item]"), before: items() };
    held.item.classList.add("is-held");
    document.body.classList.add("is-ordering");
    list.classList.add("is-moving");
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    if (event.clientY < EDGE) scrollBy(0, -12);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, 12);
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const over = under && under.closest("[data-run-item]");
    if (!over || over === held.item || !list.contains(over)) return;
    const after = over.compareDocumentPosition(held.item) & Node.DOCUMENT_POSITION_PRECEDING;
    over[after ? "after" : "before"](held.item);
  });
  const drop = (keep) => {
    if (!held) return;
    if (!keep) held.before.forEach((each) => list.append(each));
    held.item.classList.remove("is-held");
    document.body.classList.remove("is-ordering");
    list.classList.remove("is-moving");
    held = null;
    count();
  };
  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && drop(false));
  list.addEventListener("input", (event) => event.target.matches("[data-run-minutes]") && count());
  count();
})();
