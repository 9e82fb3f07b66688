// [data-order="FORM"] holds items that are dragged by their grip. Dropped elsewhere, the order goes to the form as `order`
// (do=arrange), and the answer's list and form take the place of these. Without scripts the up and down buttons do it.
(() => {
  const EDGE = 72;
  let held = null;
  const lists = () => document.querySelectorAll("[data-order]");
  const items = (list) => [...list.querySelectorAll("[data-order-item]")];
  const order = (list) => items(list).map((item) => item.dataset.orderItem);
  const wake = () => lists().forEach((list) => list.classList.toggle("is-orderly", items(list).length > 1));

  const send = async (list) => {
    const form = document.getElementById(list.dataset.order);
    const body = new FormData(form, form.querySelector('[value="arrange"]'));
    order(list).forEach((id) => body.append("order", id));
    list.setAttribute("aria-busy", "true");
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer || !answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById(list.id)) return location.reload(); // somebody has to sign in again
    [list, form].forEach((old) => old.replaceWith(page.getElementById(old.id)));
    const toasts = document.getElementById("toasts");
    page.querySelectorAll("#toasts .toast").forEach((toast) => toasts.append(toast));
    wake();
  };

  const drop = (keep) => {
    const { list, item, before } = held;
    held = null;
    item.classList.remove("is-held");
    document.body.classList.remove("is-ordering");
    if (!keep) return before.forEach((each) => list.append(each));
    if (order(list).join() !== before.map((each) => each.dataset.orderItem).join()) send(list);
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.button === 0 && event.target.closest("[data-order-grip]");
    const list = grip && grip.closest("[data-order]:not([aria-busy])");
    if (!list) return;
    event.preventDefault();
    if (event.target.hasPointerCapture(event.pointerId)) event.target.releasePointerCapture(event.pointerId);
    held = { list, item: grip.closest("[data-order-item]"), before: items(list) };
    held.item.classList.add("is-held");
    document.body.classList.add("is-ordering");
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    if (event.clientY < EDGE) scrollBy(0, -12);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, 12);
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const over = under && under.closest("[data-order-item]");
    if (!over || over === held.item || !held.list.contains(over)) return;
    const after = over.compareDocumentPosition(held.item) & Node.DOCUMENT_POSITION_PRECEDING;
    over[after ? "after" : "before"](held.item);
  });
  document.addEventListener("pointerup", () => held && drop(true));
  document.addEventListener("pointercancel", () => held && drop(false));
  document.addEventListener("keydown", (event) => held && event.key === "Escape" && drop(false));
  wake();
})();
