// A room in the browser: the film, the line, and what is bought over the film. The page works without it as far as it can.
import { openLine } from "./line.js";
import { play } from "./player.js";
import { makeTalk } from "./talk.js";
import { makeWares } from "./wares.js";
import { openSheet } from "./sheet.js";

const about = JSON.parse(document.getElementById("room-about").textContent);
const room = document.getElementById("room");
const find = (name) => room.querySelector(`[data-${name}]`);
const words = (name, fill = {}) => (about.words[name] || name).replace(/\{(\w+)\}/g, (_, key) => fill[key] ?? "");
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const chinese = document.documentElement.lang.startsWith("zh");
const live = about.state === "live";
const here = { state: about.state, covered: "covered" in room.dataset, film: "waiting" };

// The film and what lies over it.
const video = find("film").querySelector("video");
const cover = find("cover");
const showFilm = () => {
  const dark = here.covered || here.film !== "playing" || (live && here.state === "ended");
  const replayReady = !live && ["waiting", "playing", "over"].includes(here.film);
  cover.hidden = !dark || replayReady;
  const said = here.state === "ended" && live ? "over" : here.covered ? "covered" : here.film;
  if (video) find("film-said").textContent = said === "playing" || said === "tap" ? "" : words(said);
  find("tap").hidden = said !== "tap";
};
let film = null;
if (video) {
  film = play(video, {
    fast: about.fast, show: about.show, recorded: !live,
    on: (state) => {
      here.film = state;
      showFilm();
    },
  });
  video.muted = live;
  video.addEventListener("resize", () => find("film").toggleAttribute("data-tall", video.videoHeight > video.videoWidth));
  find("tap").addEventListener("click", () => video.play());
  const sound = find("sound");
  if (sound) {
    sound.disabled = false;
    sound.addEventListener("click", () => {
      video.muted = !video.muted;
      sound.setAttribute("aria-pressed", String(!video.muted));
      video.play();
    });
  }
}
showFilm();

// Goods: a sheet on phones, a column on wide screens.
const goods = document.getElementById("goods");
const showGoods = (open) => {
  goods.toggleAttribute("data-open", open);
  if (open) goods.querySelector("[data-goods-close]").focus();
  else find("goods-open").focus();
};
find("goods-open").addEventListener("click", (event) => {
  event.preventDefault();
  showGoods(!goods.hasAttribute("data-open"));
});
find("goods-close").addEventListener("click", () => showGoods(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && goods.hasAttribute("data-open") && !document.querySelector("dialog[open]")) showGoods(false);
});
const signIn = () => location.assign(`/sign-in?next=/live/${about.show}`);
const sheet = openSheet(room, { signed: about.signed, signIn, show: about.show, words });
room.addEventListener("click", async (event) => {
  const buy = event.target.closest("[data-buy]");
  if (buy) {
    event.preventDefault();
    goods.removeAttribute("data-open");
    sheet.open(buy.href);
  }
  const at = event.target.closest("[data-at]");
  if (at && film) {
    goods.removeAttribute("data-open");
    film.seek(await film.at(Date.parse(at.dataset.at)));
  }
});
if (video) room.querySelectorAll("[data-at]").forEach((button) => (button.hidden = false));

const follow = find("follow");
if (follow)
  follow.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(follow);
    body.set("do", "follow");
    const answer = await fetch(follow.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.ok) follow.remove();
    else follow.submit();
  });

if (live) join();

function join() {
  const talk = makeTalk(find("lines"), { about, words });
  const wares = makeWares(room, { about, words, claim: (id, n) => line.claim(id, n), now: () => line.now(), sheet, signIn });
  const strip = find("strip"), seen = find("seen"), likes = find("likes"), pinned = find("pinned"), bag = find("bag");
  const counted = (count) => (count >= 10000 ? Intl.NumberFormat(document.documentElement.lang, { notation: "compact" }).format(count) : String(count));
  let mine = 0, said = false;

  const counts = ({ viewers, likes: all, drops }) => {
    seen.textContent = "";
    seen.append(Object.assign(document.createElement("span"), { textContent: seen.dataset.live || (seen.dataset.live = about.words.live) }), ` · ${counted(viewers)}`);
    likes.textContent = all + mine ? counted(all + mine) : "";
    mine = 0;
    wares.drops(drops);
  };
  const pin = (text) => {
    pinned.hidden = !text;
    pinned.querySelector("span").textContent = text;
  };
  const state = (frame) => {
    here.state = frame.state;
    here.covered = frame.covered;
    showFilm();
    pin(frame.pinned || "");
    wares.explain(frame.segment_id);
    counts(frame);
    if (frame.state === "ended") over();
  };
  let ended = false;
  const over = () => {
    if (ended) return;
    ended = true;
    talk.tell(words("ended"));
    const form = find("say");
    if (form) form.querySelectorAll("input, button").forEach((field) => (field.disabled = true));
    setTimeout(() => line.close(), 60_000 * Math.random());
  };
  const happened = {
    began: () => talk.tell(words("began")),
    explaining: (at) => at.segment_id && talk.tell(words("explaining", { title: wares.title(at.segment_id) })),
    drop: (at) => talk.tell(words("drop", { title: wares.title(at.segment_id) })),
    coupon: (at) => talk.tell(words("coupon", { title: (chinese && at.title_zh) || at.title, code: at.code })),
    hidden: (at) => talk.hide(at.line),
    bag: () => refreshBag(0),
    drawn(at) {
      talk.tell(words("drawn", at));
      bag.textContent = "";
      if (said) refreshBag(2);
      said = false;
    },
  };
  const line = openLine({
    url: about.fast,
    show: about.show,
    async pass() {
      if (!about.signed) return null;
      const answer = await fetch(`/live/${about.show}/pass`, { method: "POST", headers: { "X-CSRFToken": csrf() }, redirect: "manual" });
      if (answer.type === "opaqueredirect") return null;
      if (!answer.ok) throw new Error(`pass ${answer.status}`);
      return (await answer.json()).pass;
    },
    on: {
      state,
      counts,
      lines: (lines) => lines.forEach((one) => (one.kind === "said" ? talk.add(one) : happened[one.kind] && happened[one.kind](one))),
      away() {
        strip.hidden = false;
        strip.textContent = words("away");
      },
      back() {
        strip.textContent = words("back");
        setTimeout(() => (strip.hidden = true), 1500);
      },
      end: () => {
        strip.hidden = false;
        strip.textContent = words("over");
      },
    },
  });
  room.addEventListener("click", ({ target }) => {
    const of = target.closest("[data-buy]") && target.closest("[data-segment]");
    if (of) line.viewed(of.dataset.segment);
  });

  const say = async (text) => {
    const shown = talk.sending(text);
    try {
      const { number } = await line.say(text);
      talk.sent(shown, number);
      return true;
    } catch (refused) {
      if (refused.code === "sign_in_needed") signIn();
      talk.refused(shown, about.words[refused.code] || (refused.code === "line.lost" ? words("lost") : refused.message));
      return false;
    }
  };
  const form = find("say");
  if (form)
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const field = form.elements.words, text = field.value.trim();
      if (!text) return;
      field.value = "";
      if (!(await say(text)) && !field.value) field.value = text;
    });

  const like = find("like"), calm = matchMedia("(prefers-reduced-motion: reduce)");
  let hearts = 0;
  like.addEventListener("click", () => {
    line.like(1);
    mine += 1;
    if (calm.matches || like.querySelectorAll(".room__heart").length > 12) return;
    const heart = like.querySelector(".icon").cloneNode(true);
    heart.classList.add("room__heart", `room__heart--${(hearts += 1) % 3}`);
    heart.removeAttribute("aria-label");
    heart.setAttribute("aria-hidden", "true");
    heart.addEventListener("animationend", () => heart.remove());
    like.append(heart);
  });

  // The lucky bag is a piece of page; many ask for it at once, so each waits a moment of its own.
  const refreshBag = (spread) =>
    setTimeout(async () => {
      const answer = await fetch(`/live/${about.show}/bag`);
      if (answer.ok) bag.innerHTML = await answer.text();
    }, 1000 * (0.5 + spread) * Math.random());
  bag.addEventListener("click", async (event) => {
    if (event.target.closest("[data-bag-close]")) bag.textContent = "";
    const button = event.target.closest("[data-bag-say]");
    if (!button) return;
    button.disabled = true;
    said = await say(button.closest("[data-word]").dataset.word);
    button.disabled = said;
  });
  setInterval(() => {
    wares.tick();
    const open = bag.querySelector("[data-bag-open]");
    if (!open) return;
    const left = Math.ceil((Date.parse(open.dataset.ends) - line.now()) / 1000);
    open.querySelector("[data-bag-left]").textContent = left > 0 ? wares.span(left) : words("bag_over");
  }, 250);
  addEventListener("pagehide", () => line.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
