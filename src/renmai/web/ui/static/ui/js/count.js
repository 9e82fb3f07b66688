// Shows how many characters a field has left: <span data-count-for="id">.
(() => {
  const show = (input) => {
    const place = input.id && input.maxLength > 0 && document.querySelector(`[data-count-for="${CSS.escape(input.id)}"]`);
    if (place) place.textContent = `${input.value.length} / ${input.maxLength}`;
  };
  document.addEventListener("input", (event) => show(event.target));
  document.querySelectorAll("input[maxlength], textarea[maxlength]").forEach(show);
})();
