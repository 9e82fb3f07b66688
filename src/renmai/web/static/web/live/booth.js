// The booth of a studio: the camera's picture, going live, the curtain, the end. What cannot be done here works by forms.
import { Camera, allowed, obstacle } from "./camera.js";
import { posted } from "./posting.js";

export class Booth {
  #drawnHere = false;
  #key = null;

  // studio: the element with the show's data; on: {changed()} after something was done that the page shows.
  constructor(studio, on) {
    this.studio = studio;
    this.on = on;
    this.part = (name) => studio.querySelector(`[data-${name}]`);
    this.camera = new Camera({
      preview: this.part("preview"),
      on: {
        trouble: (word) => this.#trouble(word),
        figures: (figures) => this.#figures(figures),
        opened: () => this.#opened(),
        sending: (is) => this.#sending(is),
      },
    });
    this.#listen();
    this.#start();
  }

  get isLive() {
    return this.studio.dataset.state === "live";
  }

  // The show stands so now, by this page's doing or another's.
  stand(state, began) {
    if (began) this.studio.dataset.began = began;
    if (this.studio.dataset.state === state) return;
    this.studio.dataset.state = state;
    for (const each of this.studio.querySelectorAll("[data-for]")) each.hidden = !each.dataset.for.split(" ").includes(state);
    this.part("on-air").hidden = state !== "live";
    this.part("booth").hidden = state === "ended" || state === "cancelled";
    if (state === "ended" && this.camera.isSending) this.camera.stop();
    if (state === "ended") this.camera.close();
    this.#showSend();
    this.#tick();
  }

  // Somebody else of the show drew the curtain or opened it: what was drawn here is opened here only.
  follow(covered) {
    if (covered === !this.part("curtain-drawn").hidden) return;
    if (covered) this.#cover();
    else if (!this.#drawnHere) this.#uncover();
  }

  async #start() {
    const why = obstacle();
    if (why) this.#trouble(why);
    else this.part("camera-on").hidden = false;
    if (this.studio.dataset.covered) this.#cover();
    this.#tick();
    setInterval(() => this.#tick(), 1000);
    if (why || !(await allowed())) return;
    await this.camera.open();
    // A reload goes on with what this window sent before, in a new take.
    if (this.isLive && this.camera.isOpen && sessionStorage.getItem(this.#mark)) this.#send();
  }

  get #mark() {
    return `sends ${this.studio.dataset.show}`;
  }

  #listen() {
    this.part("camera-on").addEventListener("click", () => this.camera.open());
    this.part("mute").addEventListener("click", (event) => {
      const is = event.currentTarget.getAttribute("aria-pressed") !== "true";
      event.currentTarget.setAttribute("aria-pressed", String(is));
      this.camera.mute(is);
    });
    this.part("turn").addEventListener("click", () => this.camera.turn());
    this.part("send").addEventListener("click", () => this.#send());
    this.#onForm("begin-form", (form) => this.#begin(form));
    this.#onForm("end-form", (form) => this.#end(form));
    this.#onForm("curtain-form", (form) => this.#curtain(form));
  }

  #onForm(name, act) {
    this.part(name).addEventListener("submit", (event) => {
      event.preventDefault();
      act(event.currentTarget);
    });
  }

  async #begin(form) {
    if (!(await posted(form))) return;
    this.stand("live", new Date().toISOString());
    if (this.camera.isOpen) await this.#send();
    this.on.changed();
  }

  async #end(form) {
    await this.camera.stop();
    sessionStorage.removeItem(this.#mark);
    document.getElementById("end-show").close();
    if (!(await posted(form))) return;
    this.stand("ended");
    this.on.changed();
  }

  // Here first, at once; then the house, until it answers. Nothing that was filmed leaves before it knows.
  async #curtain(form) {
    const body = new FormData(form); // as it is now: once the curtain is drawn the form opens it
    const closing = form.elements.closed.value === "1";
    if (closing) {
      this.#drawnHere = true;
      this.#cover();
      this.part("curtain-waiting").hidden = false;
    }
    const done = await posted(form, { body, stubborn: closing });
    this.part("curtain-waiting").hidden = true;
    if (!done) return;
    if (closing) this.camera.release();
    else {
      this.#drawnHere = false;
      this.#uncover();
    }
    this.on.changed();
  }

  #cover() {
    this.camera.cover();
    this.#showCurtain(true);
    if (!this.#drawnHere) this.camera.release();
  }

  #uncover() {
    this.camera.uncover();
    this.#showCurtain(false);
  }

  #showCurtain(drawn) {
    this.part("curtain-drawn").hidden = !drawn;
    const form = this.part("curtain-form");
    form.elements.closed.value = drawn ? "0" : "1";
    form.querySelector("button").setAttribute("aria-pressed", String(drawn));
  }

  async #send() {
    sessionStorage.setItem(this.#mark, "1");
    if (!this.camera.isOpen && !(await this.camera.open())) return;
    const { fast, show } = this.studio.dataset;
    this.camera.send({ fast, show, key: (again) => this.#keyOf(again) });
  }

  // The camera's key lives in this page only.
  async #keyOf(again) {
    if (again) this.#key = null;
    this.#key ??= fetch(this.studio.dataset.cameraDoor, {
      method: "POST",
      headers: { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) },
    }).then(async (answer) => {
      if (!answer.ok) throw new Error("no key");
      return (await answer.json()).key;
    });
    try {
      return await this.#key;
    } catch (failure) {
      this.#key = null;
      throw failure;
    }
  }

  async #opened() {
    this.#trouble("");
    this.part("dark").hidden = true;
    this.part("booth-tools").hidden = false;
    this.part("preview").classList.toggle("booth__video--mirrored", this.camera.isMirrored);
    this.#showSend();
    this.part("turn").hidden = (await this.camera.cameras()).length < 2;
  }

  #sending(is) {
    this.studio.dataset.sends = is ? "1" : "";
    this.part("sending").hidden = !is;
    this.#showSend();
  }

  #showSend() {
    this.part("send").hidden = !this.isLive || this.camera.isSending || !this.camera.isOpen;
  }

  #figures({ delayMs, kbps, waiting }) {
    const words = this.#word("sending").replace("{delay}", (delayMs / 1000 + 1).toFixed(1)).replace("{kbps}", String(kbps));
    Object.assign(this.part("sending"), { textContent: words, title: String(waiting) });
    this.studio.dataset.sent = String(Number(this.studio.dataset.sent || 0) + 1);
  }

  #trouble(word) {
    const box = this.part("trouble");
    box.hidden = !word;
    box.dataset.word = word;
    box.textContent = word ? this.#word(word) : "";
    if (["gone", "refused", "none", "busy"].includes(word)) {
      this.part("dark").hidden = false;
      this.part("booth-tools").hidden = true;
    }
  }

  #word(name) {
    return this.studio.querySelector(`p[data-word="${name}"]`).textContent;
  }

  #tick() {
    if (!this.isLive) return;
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(this.studio.dataset.began)) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    this.part("time-on-air").textContent = hours ? `${hours}:${rest}` : rest;
  }
}
