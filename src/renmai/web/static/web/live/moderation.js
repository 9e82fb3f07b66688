// The talk of a room as its people see it: each line can be hidden, and who said it muted or taken out.
import { openLine } from "./line.js";

const LINES_MAX = 200;

export class Talk {
  // on: {state(frame), counts(frame), said(count), happened()} when something other than words came.
  constructor(studio, on) {
    this.studio = studio;
    this.on = on;
    this.lines = studio.querySelector("[data-lines]");
    this.say = studio.querySelector("[data-say]");
    this.say.addEventListener("submit", (event) => this.#speak(event));
    this.open();
  }

  // A show that nobody knows of yet has no room; once it has one this page is in it.
  open() {
    const { studio, on } = this;
    if (this.line || ["draft", "cancelled"].includes(studio.dataset.state)) return;
    this.line = openLine({
      url: studio.dataset.fast,
      show: studio.dataset.show,
      pass: () => this.#pass(),
      on: {
        state: (state) => this.#state(state),
        lines: (lines) => this.#add(lines),
        counts: (counts) => on.counts(counts),
      },
    });
  }

  async #pass() {
    const answer = await fetch(this.studio.dataset.passDoor, {
      method: "POST",
      headers: { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) },
    });
    return answer.ok ? (await answer.json()).pass : null;
  }

  #state(state) {
    this.say.hidden = state.state !== "live";
    this.on.state(state);
  }

  #add(lines) {
    const low = this.lines.scrollTop + this.lines.clientHeight >= this.lines.scrollHeight - 40;
    for (const line of lines) {
      if (line.kind === "said") this.#said(line);
      if (line.kind === "hidden") this.lines.querySelector(`[data-number="${line.line}"]`)?.remove();
    }
    while (this.lines.children.length > LINES_MAX) this.lines.firstElementChild.remove();
    this.studio.querySelector("[data-silent]").hidden = this.lines.children.length > 0;
    if (low) this.lines.scrollTop = this.lines.scrollHeight;
    this.on.said(lines.filter((line) => line.kind === "said").length);
    if (lines.some((line) => line.kind !== "said")) this.on.happened();
  }

  #said(line) {
    if (this.lines.querySelector(`[data-number="${line.number}"]`)) return;
    const row = this.studio.querySelector("[data-line-pattern]").content.firstElementChild.cloneNode(true);
    Object.assign(row.dataset, { number: line.number, person: line.person_id });
    row.querySelector("[data-name]").textContent = line.name || "-";
    row.querySelector("[data-words]").textContent = line.words;
    row.querySelectorAll("[name=person]").forEach((field) => (field.value = line.person_id));
    row.querySelector("[name=number]").value = line.number;
    this.lines.append(row);
  }

  async #speak(event) {
    event.preventDefault();
    const field = this.say.elements.words;
    if (!field.value.trim()) return;
    try {
      await this.line.say(field.value);
      field.value = "";
    } catch (refusal) {
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: refusal.message, level: "error" } }));
    }
  }
}
