// The studio: its booth, its talk, its forms, and what is asked again every few seconds.
import { Booth } from "./booth.js";
import { Talk } from "./moderation.js";
import { posted } from "./posting.js";

const ASK_MS = 3000;
const studio = document.querySelector("[data-studio]");
const booth = studio.querySelector("[data-booth]") ? new Booth(studio, { changed: () => ask() }) : null;
const talk = new Talk(studio, {
  state: (state) => {
    booth?.follow(state.covered);
    if (state.state !== studio.dataset.state) ask();
  },
  counts: ({ viewers, likes }) => figures({ viewers, likes }),
  happened: () => ask(),
  said: (count) => unread(count),
});
let clockAheadMs = 0;
let asking = null;

// Every form is sent as it is without scripts, and the page shows at once what came of it.
studio.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-act]")) return;
  event.preventDefault();
  const answer = await posted(form, { submitter: event.submitter });
  if (!answer) return;
  if (answer.stream_key) freshKey(answer.stream_key);
  form.closest("details.tool:not([data-stays])")?.removeAttribute("open");
  form.closest("details.heard__more")?.removeAttribute("open");
  ask();
});

// A stream key is shown once: it is kept nowhere else.
function freshKey(key) {
  const place = studio.querySelector("[data-fresh-key]");
  place.hidden = false;
  place.querySelector("input").value = key;
}

function ask() {
  clearTimeout(asking);
  asking = setTimeout(ask, ASK_MS);
  if (document.visibilityState === "hidden" && !studio.dataset.sends) return;
  fetch(studio.dataset.nowDoor, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((now) => now && show(now))
    .catch(() => {});
}

function show(now) {
  clockAheadMs = Date.parse(now.now) - Date.now();
  if (booth) booth.stand(now.state, now.began_at);
  else studio.dataset.state = now.state;
  talk.open();
  booth?.follow(now.covered);
  pin(now.pinned);
  figures(now.figures);
  for (const [name, html] of Object.entries(now.parts)) part(name, html);
  count();
}

// How much was said since somebody looked; the pinned words as another of the show's people left them.
function unread(count) {
  const badge = studio.querySelector("[data-unread]");
  if (!badge) return;
  const seen = studio.dataset.tabOpen === "talk" || !matchMedia("(max-width: 59.99rem)").matches;
  const left = seen ? 0 : Number(badge.textContent || 0) + count;
  badge.textContent = left || "";
  badge.hidden = !left;
}

let pinned = document.getElementById("pin").value;
function pin(words) {
  if (words === pinned) return;
  pinned = words;
  document.getElementById("pin").value = words;
}

function figures(texts) {
  for (const [name, text] of Object.entries(texts)) {
    const place = studio.querySelector(`[data-figure="${name}"]`);
    if (place && place.textContent !== String(text)) place.textContent = text;
  }
}

// Only what changed is put in again, so that nobody loses the button they are about to press.
const shown = {};
function part(name, html) {
  if (shown[name] === html) return;
  shown[name] = html;
  const place = studio.querySelector(`[data-part="${name}"]`);
  const focused = place.contains(document.activeElement) && document.activeElement.id;
  place.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus();
}

// The seconds to a drop and to its end, by the house's clock.
function count() {
  const now = Date.now() + clockAheadMs;
  for (const each of studio.querySelectorAll("[data-countdown]")) {
    const starts = Date.parse(each.dataset.starts || "");
    const until = starts > now ? starts : Date.parse(each.dataset.ends);
    const seconds = Math.max(0, Math.ceil((until - now) / 1000));
    each.dataset.phase = starts > now ? "soon" : "on";
    each.textContent = `${starts > now ? "− " : ""}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

function tabs() {
  const links = [...studio.querySelectorAll("[data-tabs] a")];
  const open = (link) => {
    links.forEach((each) => each.toggleAttribute("aria-current", each === link));
    link.setAttribute("aria-current", "true");
    studio.dataset.tabOpen = link.hash.slice(1);
    unread(0);
  };
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(link);
    });
  }
  if (links.length) open(links[0]);
}

function prefillDrop() {
  const form = studio.querySelector("[data-drop-form]");
  if (!form) return;
  const fill = () => {
    const chosen = form.elements.what.selectedOptions[0].dataset;
    Object.assign(form.elements.price, { value: chosen.price });
    Object.assign(form.elements.quantity, { value: chosen.units, max: chosen.left });
    Object.assign(form.elements.per_buyer_max, { value: chosen.per });
    form.elements.policy.value = chosen.policy;
  };
  form.elements.what.addEventListener("change", fill);
  // Opened: of what is being explained, as the run-of-show plans it.
  form.closest("details").addEventListener("toggle", () => {
    const stage = studio.querySelector(".run__one--now")?.dataset.segment;
    const options = [...form.elements.what.options];
    const planned = options.find((each) => each.dataset.segment === stage);
    if (planned) form.elements.what.value = planned.value;
    fill();
  });
}

tabs();
prefillDrop();
setInterval(count, 1000);
asking = setTimeout(ask, ASK_MS);
