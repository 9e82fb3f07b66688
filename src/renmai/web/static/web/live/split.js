// Takes a recorder's bytes apart by boxes (ISO/IEC 14496-12): a head (ftyp and moov) first, then fragments (moof and mdat).
const HEADER = 8;

export class Splitter {
  #rest = new Uint8Array(0);
  #parts = [];

  // head(bytes) is called once, fragment(bytes) for each piece of film after it.
  constructor({ head, fragment }) {
    this.head = head;
    this.fragment = fragment;
  }

  add(bytes) {
    const all = joined([this.#rest, bytes]);
    const view = new DataView(all.buffer);
    let at = 0;
    while (all.length - at >= HEADER) {
      const size = view.getUint32(at);
      if (size < HEADER) throw new Error("not a film");
      if (at + size > all.length) break;
      this.#take(kindOf(all, at), all.subarray(at, at + size));
      at += size;
    }
    this.#rest = all.slice(at);
  }

  #take(kind, box) {
    if (kind === "ftyp" || kind === "moof") this.#parts = [box];
    if (kind !== "moov" && kind !== "mdat") return;
    const whole = joined([...this.#parts, box]);
    this.#parts = [];
    if (kind === "moov") this.head(whole);
    else this.fragment(whole);
  }
}

function kindOf(bytes, at) {
  return String.fromCharCode(...bytes.subarray(at + 4, at + 8));
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
