// Sends a form as a script does, and says what came of it in a toast.
const BACKOFF_MS = [300, 600, 1200, 2500];

// Returns the answer, or null for what was refused. stubborn: tried again until the house answers.
export async function posted(form, { stubborn = false, submitter = null, body = new FormData(form, submitter) } = {}) {
  const headers = { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  const button = submitter || form.querySelector("button[type=submit]");
  button?.setAttribute("aria-busy", "true");
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        return await said(form, await fetch(form.action, { method: "POST", body, headers }));
      } catch (failure) {
        if (!stubborn) {
          toast(form.closest("[data-studio]").dataset.away, "error");
          return null;
        }
      }
      await new Promise((done) => setTimeout(done, BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)]));
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

async function said(form, answer) {
  if (answer.status >= 500) throw new Error("away");
  if (answer.redirected) location.assign(answer.url);
  const whole = await answer.json().catch(() => ({}));
  if (form.elements.key && whole.key) form.elements.key.value = whole.key;
  if (whole.said) toast(whole.said, answer.ok ? "success" : "error");
  return answer.ok ? whole : null;
}

function toast(text, level) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }));
}
