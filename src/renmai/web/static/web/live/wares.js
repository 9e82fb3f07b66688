// The goods of a show: which is explained, and the drops on them with a clock that goes by the house's time.
export const makeWares = (room, { about, words, claim, now, sheet, signIn }) => {
  const box = room.querySelector("[data-goods]"), stage = room.querySelector("[data-now]");
  const kept = new Map(), busy = new Set();
  let explained = about.segment || "", drops = [], asking = false, shown = "";

  const rows = (id) => [...room.querySelectorAll(`[data-segment="${id}"]`)];
  const money = (minor) => {
    const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: about.currency, currencyDisplay: "narrowSymbol" });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  };
  const span = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.max(0, seconds) % 60).padStart(2, "0")}`;

  // The run-of-show may be changed while the show is on.
  const learn = async () => {
    if (asking) return;
    asking = true;
    const answer = await fetch(`/live/${about.show}/goods`);
    if (answer.ok) box.innerHTML = await answer.text();
    setTimeout(() => (asking = false), 5000);
    shown = "";
    draw();
  };

  // What is explained, and what has a drop, stands on the film.
  const draw = () => {
    const wanted = [...new Set([explained, ...drops.map((drop) => drop.segment_id)].filter(Boolean))].slice(0, 2);
    if (wanted.some((id) => !box.querySelector(`[data-segment="${id}"]`))) learn();
    if (wanted.join() !== shown) {
      shown = wanted.join();
      stage.replaceChildren(...wanted.map((id) => box.querySelector(`[data-segment="${id}"]`)).filter(Boolean).map(copied));
    }
    for (const row of room.querySelectorAll("[data-segment]")) row.toggleAttribute("data-explained", row.dataset.segment === explained);
    tick();
  };
  const copied = (row) => {
    const copy = row.cloneNode(true);
    copy.removeAttribute("id");
    copy.setAttribute("role", "none"); // on the film it is no part of a list
    return copy;
  };

  const standing = (drop) => {
    const at = now(), mine = kept.get(drop.id);
    if (mine && Date.parse(mine.until) > at) return "kept";
    if (at < Date.parse(drop.starts_at)) return "soon";
    if (at >= Date.parse(drop.ends_at)) return "over";
    return drop.free > 0 ? "on" : "sold_out";
  };
  const left = (moment) => span(Math.ceil((Date.parse(moment) - now()) / 1000));
  const said = (drop, state) =>
    ({
      kept: () => words("kept", { time: left(kept.get(drop.id).until) }),
      soon: () => words("starts", { time: left(drop.starts_at) }),
      on: () => words("runs", { n: drop.free, time: left(drop.ends_at) }),
      sold_out: () => words("gone_all"),
      over: () => words("drop_over"),
    })[state]();

  const paint = (row, drop) => {
    const note = row.querySelector("[data-drop]"), button = row.querySelector("[data-claim]"), buy = row.querySelector("[data-buy]");
    const raised = row.querySelector("[data-show-price]"), price = row.querySelector("[data-price]");
    if (!price.dataset.before) price.dataset.before = price.textContent;
    note.hidden = button.hidden = !drop;
    row.toggleAttribute("data-dropped", Boolean(drop));
    if (buy) buy.hidden = Boolean(drop);
    if (raised) raised.hidden = Boolean(drop);
    let was = row.querySelector(".ware__was");
    if (!drop) {
      price.textContent = price.dataset.before;
      if (was) was.remove();
      return;
    }
    const state = standing(drop), first = drop.policy !== "hold";
    const set = (node, text) => node.textContent === text || (node.textContent = text);
    set(note, said(drop, state));
    set(price, money(drop.price_minor));
    if (!was && price.textContent !== price.dataset.before) {
      was = Object.assign(document.createElement("s"), { className: "ware__was small", textContent: price.dataset.before });
      price.after(was);
    }
    button.dataset.drop = drop.id;
    const label = state === "kept" ? words("buy_kept", { price: money(drop.price_minor * kept.get(drop.id).quantity) }) : words(first ? "buy_kept" : "claim", { price: money(drop.price_minor) });
    set(button, label);
    button.disabled = busy.has(drop.id) || !["kept", "on"].includes(state);
  };
  const latest = (segment) => drops.filter((drop) => drop.segment_id === segment).pop();
  const tick = () => {
    for (const row of room.querySelectorAll("[data-segment]")) paint(row, latest(row.dataset.segment));
  };

  const tell = (drop, text) => {
    for (const row of rows(drop.segment_id)) {
      const place = row.querySelector(".ware__told") || row.appendChild(Object.assign(document.createElement("p"), { className: "ware__told" }));
      place.setAttribute("role", "status");
      place.textContent = text;
      setTimeout(() => place.textContent === text && place.remove(), 8000);
    }
  };
  const buyDrop = (drop, quantity) => sheet.open(`/checkout?drop=${drop.id}&quantity=${quantity}`);
  const ask = async (drop) => {
    if (!about.signed) return signIn();
    if (drop.policy !== "hold") return buyDrop(drop, 1);
    busy.add(drop.id);
    tick();
    try {
      const answer = await again(() => claim(drop.id, 1));
      kept.set(drop.id, answer);
      buyDrop(drop, answer.quantity);
    } catch (refused) {
      const why = refused.code === "drop.claim_refused" ? refused.params.why : refused.code === "line.lost" ? "lost" : refused.code;
      tell(drop, about.words[why] || refused.message);
    }
    busy.delete(drop.id);
    tick();
  };
  // A claim that was heard gets the same answer again, so one that was lost on its way is asked once more.
  const again = async (once, tries = 4) => {
    try {
      return await once();
    } catch (refused) {
      if (refused.code !== "line.lost" || !tries) throw refused;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return again(once, tries - 1);
    }
  };
  room.addEventListener("click", (event) => {
    const button = event.target.closest("[data-claim]");
    const drop = button && drops.find((each) => each.id === button.dataset.drop);
    if (!drop || button.disabled) return;
    const mine = kept.get(drop.id);
    if (mine && Date.parse(mine.until) > now()) buyDrop(drop, mine.quantity);
    else ask(drop);
  });

  return {
    explain(segment) {
      explained = segment || "";
      draw();
    },
    drops(found) {
      drops = found.filter((drop) => drop.segment_id);
      draw();
    },
    title: (segment) => (rows(segment)[0] ? rows(segment)[0].dataset.title : ""),
    tick,
    span,
  };
};
