// data-insert="words" data-insert-into="id": puts words on a line of their own where the writer is; one place for each.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-insert]");
    const field = button && document.getElementById(button.dataset.insertInto);
    if (!field) return;
    const words = button.dataset.insert;
    const at = field.selectionStart;
    const without = (text) => text.split("\n").filter((line) => line.trim() !== words).join("\n");
    const before = without(field.value.slice(0, at)).replace(/\n+$/, "");
    const after = without(field.value.slice(at)).replace(/^\n+/, "");
    field.value = [before, words, after].filter(Boolean).join("\n\n");
    const place = before.length + words.length + (before ? 2 : 0);
    field.focus();
    field.setSelectionRange(place, place);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
