// Sends film to the house in order: a take's head, then its fragments, each until it is answered. What waits is bounded:
// after a loss of network the oldest is given up, and a new take begins with the same head.
const WAITING_MAX = 15; // fragments of about a second
const KEPT_FOR_A_NEW_TAKE = 2;
const LATE_AT = 5; // so many wait: the host is told
const PATIENCE_MS = 8000;
const BACKOFF_MS = [500, 1000, 2000, 4000];
const RATE_MS = 5000;

class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export class Sender {
  #head = null;
  #take = 0; // 0: none is open
  #number = 0;
  #waiting = [];
  #sent = [];
  #held = false;
  #running = false;
  #stopped = false;
  #late = false;
  #flight = null;
  #wake = () => {};

  // fast: origin of the fast door; key: async () => the camera's key, called again with true when it was refused;
  // on: {figures({delayMs, kbps, waiting}), lost(), back(), behind(), over(code)}.
  constructor({ fast, show, key, on }) {
    this.root = `${fast}/live/${show}/takes`;
    this.key = key;
    this.on = on;
    window.addEventListener("online", () => this.#wake());
  }

  begin(head) {
    this.#head = head;
    this.#drop(0);
    this.#run();
  }

  add(bytes) {
    this.#waiting.push({ bytes, made: performance.now() });
    if (this.#waiting.length > WAITING_MAX) {
      const slow = performance.now() - (this.#sent.at(-1)?.at ?? 0) < RATE_MS * 2;
      this.#drop(KEPT_FOR_A_NEW_TAKE);
      if (slow) this.on.behind();
    }
    if (this.#waiting.length >= LATE_AT && !this.#held) this.#fellBehind();
    this.#run();
  }

  // Nothing leaves this device while it is held: the curtain is drawn here before the house knows of it.
  hold() {
    this.#held = true;
    this.#flight?.abort();
  }

  release() {
    this.#held = false;
    this.#run();
  }

  // Waits until everything is sent, but not for long; then nothing is sent any more.
  async finish(patienceMs = 3000) {
    const until = performance.now() + patienceMs;
    while (this.#waiting.length && !this.#held && performance.now() < until) await pause(100);
    this.#stopped = true;
  }

  #drop(kept) {
    this.#waiting = kept ? this.#waiting.slice(-kept) : [];
    this.#take = 0;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    try {
      while (!this.#stopped && !this.#held && this.#head && this.#waiting.length) {
        if (this.#take) await this.#sendNext();
        else await this.#openTake();
      }
    } catch (refusal) {
      this.#stopped = true;
      this.on.over(refusal.code || "unknown");
    } finally {
      this.#running = false;
    }
  }

  async #openTake() {
    const head = this.#head;
    const answer = await this.#call("POST", this.root, head, () => this.#head === head);
    if (!answer || this.#head !== head) return;
    this.#take = answer.take;
    this.#number = 0;
    this.#waiting = this.#waiting.slice(-KEPT_FOR_A_NEW_TAKE);
  }

  async #sendNext() {
    const [next, take] = [this.#waiting[0], this.#take];
    if (next.take !== take) [next.take, next.number] = [take, ++this.#number];
    const still = () => this.#take === take && !this.#held;
    let answer;
    try {
      answer = await this.#call("PUT", `${this.root}/${take}/fragments/${next.number}`, next.bytes, still);
    } catch (refusal) {
      // The take is gone or its number is another piece's: begin anew. Anything else ends it.
      if (refusal.status !== 404 && refusal.code !== "film.number_taken") throw refusal;
      if (this.#take === take) this.#drop(KEPT_FOR_A_NEW_TAKE);
      return;
    }
    if (!answer || this.#waiting[0] !== next) return;
    this.#waiting.shift();
    if (this.#waiting.length < 2) this.#caughtUp();
    this.#report(next);
  }

  #fellBehind() {
    if (!this.#late) this.on.lost();
    this.#late = true;
  }

  #caughtUp() {
    if (this.#late) this.on.back();
    this.#late = false;
  }

  #report({ bytes, made }) {
    const at = performance.now();
    this.#sent = [...this.#sent.filter((each) => at - each.at < RATE_MS), { at, size: bytes.length }];
    const bits = this.#sent.reduce((sum, each) => sum + each.size, 0) * 8;
    const span = Math.max(1000, at - this.#sent[0].at + 1000);
    this.on.figures({ delayMs: Math.round(at - made), kbps: Math.round(bits / span), waiting: this.#waiting.length });
  }

  // Returns the answer; null when it is no longer wanted. Tries again while the network or the house is away.
  async #call(method, address, body, wanted) {
    let renewed = false;
    for (let tries = 0; !this.#stopped && wanted(); tries += 1) {
      try {
        const headers = { Authorization: `Bearer ${await this.key(renewed)}`, "Content-Type": "video/mp4" };
        const answer = await this.#fetch(address, { method, body, headers });
        if (answer.ok) return await answer.json();
        const code = (await answer.json().catch(() => ({}))).code || "";
        if ([401, 403].includes(answer.status) && !renewed) {
          renewed = true;
          continue;
        }
        if (answer.status < 500 && answer.status !== 429) throw new Refused(answer.status, code);
      } catch (failure) {
        if (failure instanceof Refused) throw failure;
      }
      if (!wanted()) return null;
      this.#fellBehind();
      await this.#backoff(tries);
    }
    return null;
  }

  async #fetch(address, asked) {
    this.#flight = new AbortController();
    const patience = setTimeout(() => this.#flight.abort(), PATIENCE_MS);
    try {
      return await fetch(address, { ...asked, signal: this.#flight.signal });
    } finally {
      clearTimeout(patience);
    }
  }

  #backoff(tries) {
    const wait = pause(BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)]);
    return Promise.race([wait, new Promise((wake) => (this.#wake = wake))]);
  }
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
