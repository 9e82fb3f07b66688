// <form data-passkey="get|create" data-options="/address"> asks the device for a passkey, puts its answer into the hidden
// field `credential` and goes off. Where the browser knows no passkeys, or the place has no name, the form stays hidden.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const asked = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials])
      (list || []).forEach((each) => { each.id = bytes(each.id); });
    return options;
  };
  const told = (made) => {
    const from = made.response, response = { clientDataJSON: text(from.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
      if (from[name]) response[name] = text(from[name]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };
  const say = (form, words) => {
    const place = form.querySelector("[data-passkey-told]");
    place.textContent = words;
    place.hidden = !words;
  };
  const run = async (form) => {
    const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": csrf } });
    if (!answer.ok) return say(form, (await answer.text()).slice(0, 200));
    const publicKey = asked(await answer.json());
    const made = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = told(made);
    form.submit();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-passkey]")) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    say(form, "");
    run(form).catch(() => say(form, form.dataset.failed)).finally(() => { button.disabled = false; });
  });
  const named = !/^[\d.]+$|^\[/.test(location.hostname);
  if (window.PublicKeyCredential && window.isSecureContext && named)
    document.querySelectorAll("[data-passkey]").forEach((form) => { form.hidden = false; });
})();
