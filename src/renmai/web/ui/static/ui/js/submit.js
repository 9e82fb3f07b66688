// <select data-submit> sends its form when it changes; give the form a button for those without scripts.
document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-submit]");
  if (field && field.form) field.form.requestSubmit();
});
