// The sheet over the film in which one buys: pieces of the checkout, asked for and sent while the film goes on.
export const openSheet = (room, { signed, signIn, show, words }) => {
  const sheet = room.querySelector("[data-sheet]"), body = room.querySelector("[data-sheet-body]");
  const inRoom = (address) => {
    const url = new URL(address, location.href);
    url.searchParams.set("in", show);
    return url;
  };
  const put = async (answer) => {
    if (answer.headers.get("HX-Redirect")) return signIn();
    const held = body.contains(document.activeElement) ? document.activeElement : null;
    const same = held && held.name && `[name="${held.name}"]${held.type === "radio" ? `[value="${held.value}"]` : ""}`;
    body.innerHTML = await answer.text();
    if (window.htmx) window.htmx.process(body);
    const pay = body.querySelector("[data-pay]");
    // Where the provider's page is a page of its own it opens beside this one; a browser that does not let it shows the link.
    if (pay) window.open(pay.href, "_blank");
    const first = (same && body.querySelector(same)) || body.querySelector("[autofocus], [data-pay]");
    if (first) first.focus();
  };
  const failed = () => {
    body.textContent = words("lost");
  };

  sheet.addEventListener("click", (event) => {
    if (event.target === sheet || event.target.closest("[data-sheet-close]")) sheet.close();
  });
  sheet.addEventListener("close", () => (body.textContent = ""));
  sheet.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-in-room]");
    if (!form) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter), buttons = [...form.querySelectorAll("button")];
    buttons.forEach((button) => (button.disabled = true));
    try {
      await put(await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true", "HX-Current-URL": location.href } }));
    } catch {
      buttons.forEach((button) => (button.disabled = false));
    }
  });
  // Another variant, quantity, address or way to pay: count again.
  sheet.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-in-room]");
    if (!form || !event.target.matches("[name=sku], [name=quantity], [name=to], [name=method]")) return;
    const again = form.querySelector("button[name=do][value=count]");
    if (again) form.requestSubmit(again);
  });
  return {
    async open(address) {
      if (!signed) return signIn();
      body.textContent = "";
      if (!sheet.open) sheet.showModal();
      try {
        await put(await fetch(inRoom(address), { headers: { "HX-Request": "true", "HX-Current-URL": location.href } }));
      } catch {
        failed();
      }
    },
  };
};
