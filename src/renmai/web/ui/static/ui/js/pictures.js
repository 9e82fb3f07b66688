/* data-pictures: a file field for several pictures shows what was chosen. Without scripts the browser says how many. */
(() => {
  const most = 6;
  const shown = (file) => {
    const item = document.createElement("li");
    item.className = "evidence__one";
    if (!file.type.startsWith("image/")) {
      item.textContent = file.name;
      return item;
    }
    const reader = new FileReader();
    reader.onload = () => {
      const image = new Image();
      image.alt = file.name;
      image.src = reader.result;
      item.replaceChildren(image);
    };
    reader.readAsDataURL(file);
    return item;
  };
  document.addEventListener("change", (event) => {
    const box = event.target.closest && event.target.closest("[data-pictures]");
    if (!box || !event.target.files) return;
    const files = [...event.target.files].slice(0, most);
    box.querySelector("[data-pictures-shown]").replaceChildren(...files.map(shown));
    const name = box.querySelector("[data-upload-name]");
    if (name) name.textContent = files.map((file) => file.name).join(", ");
  });
})();
