// A chosen file is named and a picture shown at once; a file may be dropped on the field.
(() => {
  const show = (box, file) => {
    const name = box.querySelector("[data-upload-name]");
    if (name && file) name.textContent = file.name;
    const picture = box.querySelector("[data-upload-picture]");
    if (!picture || !file || !file.type.startsWith("image/")) return;
    const reader = new FileReader();
    reader.onload = () => {
      const image = new Image();
      image.alt = "";
      image.src = reader.result;
      picture.replaceChildren(image);
    };
    reader.readAsDataURL(file);
  };
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-upload]");
    if (box && event.target.files) show(box, event.target.files[0]);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const box = event.target.closest && event.target.closest("[data-upload]");
      if (!box) return;
      event.preventDefault();
      box.toggleAttribute("data-over", name === "dragover");
      if (name !== "drop") return;
      const input = box.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      show(box, input.files[0]);
    });
  }
})();
