// The line of a live room: one web socket that comes back by itself and catches up with what was missed.
//
// openLine({ url, show, pass, on }) -> { say(words), like(count), claim(dropId, quantity), viewed(segmentId), now(), open(), close() }
//   url   where `fast` is (http or https); show: the show's id
//   pass  async () => string | null; asked anew for every connection, since a pass holds for a minute; null: one only looks
//   on    { state(frame), lines(lines), counts(frame), refused(frame), end(frame), away(seconds), back() }, each if wanted
// `state` comes with each connection (then with `you`) and when the room changes; `lines` come once each, in their order;
// `away` says in how many seconds it tries again, `back` that it is there again; after `end` nothing more comes.
// say and claim give promises: of {number}, of {drop_id, quantity, until}; refused with an Error that has `code` and
// `params` as the house said, or the code "line.lost" when the line broke before the answer came: ask again, a claim that was
// heard gets the same answer. now() is the house's clock in milliseconds.
const HEARD_SECONDS = 12, ANSWER_SECONDS = 15, LIKES_SECONDS = 0.6, LIKES_MAX = 50;
const WAIT_SECONDS = [0.5, 1, 2, 4, 8, 15];
// What ends a line for good; after anything else it comes again, with a new pass.
const OVER = new Set(["not_found", "room.removed"]);

const refusal = (code, message = "", params = {}) => Object.assign(new Error(message || code), { code, params });

// The house's clock: of some newest samples the one that was on its way for the shortest time is the best.
export const makeClock = (kept = 30) => {
  let ahead = [];
  return {
    heard(now) {
      if (now) ahead = [...ahead, Date.parse(now) - performance.now()].slice(-kept);
    },
    now: () => (ahead.length ? Math.max(...ahead) + performance.now() : Date.now()),
  };
};

export const openLine = ({ url, show, pass = async () => null, on = {} }) => {
  const address = `${url.replace(/^http/, "ws")}/live/${show}/room`;
  const clock = makeClock(), asked = new Map();
  let socket = null, seen = 0, tries = 0, refs = 0, likes = 0, heardAt = 0;
  let away = false, over = false, ready = false, again = 0, liking = 0, watch = 0;

  const tell = (kind, ...what) => on[kind] && on[kind](...what);
  const answered = (frame, settle) => {
    const waiting = asked.get(frame.ref);
    if (!waiting) return;
    asked.delete(frame.ref);
    clearTimeout(waiting.timer);
    settle(waiting);
  };
  const failAll = () => {
    for (const ref of [...asked.keys()]) answered({ ref }, (waiting) => waiting.reject(refusal("line.lost")));
  };

  const hear = {
    state(frame) {
      if ("you" in frame) {
        ready = true;
        tries = 0;
        if (away) tell("back");
        away = false;
        sendLikes();
      }
      tell("state", frame);
    },
    lines(frame) {
      const fresh = frame.lines.filter((line) => line.number > seen);
      if (!fresh.length) return;
      seen = fresh[fresh.length - 1].number;
      tell("lines", fresh);
    },
    counts: (frame) => tell("counts", frame),
    done: (frame) => answered(frame, (waiting) => waiting.resolve(frame)),
    kept: (frame) => answered(frame, (waiting) => waiting.resolve(frame)),
    refused(frame) {
      answered(frame, (waiting) => waiting.reject(refusal(frame.code, frame.message, frame.params)));
      tell("refused", frame);
    },
    end(frame) {
      over = OVER.has(frame.code);
      if (over) tell("end", frame);
    },
  };

  const lost = () => {
    socket = null;
    ready = false;
    clearInterval(watch);
    failAll();
    if (over) return;
    const most = WAIT_SECONDS[Math.min(tries, WAIT_SECONDS.length - 1)];
    const seconds = most / 2 + (Math.random() * most) / 2;
    tries += 1;
    away = true;
    tell("away", seconds);
    again = setTimeout(connect, seconds * 1000);
  };

  const drop = (dying) => {
    dying.onmessage = dying.onclose = null;
    dying.close();
    if (socket === dying) lost();
  };

  async function connect() {
    clearTimeout(again);
    if (socket || over) return;
    const made = (socket = { close() {} });
    let ticket;
    try {
      ticket = await pass();
    } catch {
      if (socket === made) lost();
      return;
    }
    if (socket !== made) return;
    const opened = (socket = new WebSocket(address));
    heardAt = performance.now();
    opened.onopen = () => opened.send(JSON.stringify({ kind: "hello", pass: ticket || "", after: seen }));
    opened.onmessage = (event) => {
      const frame = JSON.parse(event.data);
      heardAt = performance.now();
      clock.heard(frame.now);
      if (hear[frame.kind]) hear[frame.kind](frame);
    };
    opened.onclose = () => socket === opened && lost();
    // The room speaks every few seconds; a line that is silent for longer is broken, though nobody said so.
    watch = setInterval(() => performance.now() - heardAt > HEARD_SECONDS * 1000 && drop(opened), 2000);
  }

  const ask = (kind, what) =>
    new Promise((resolve, reject) => {
      if (!ready) {
        reject(refusal("line.lost"));
        return;
      }
      const ref = String((refs += 1));
      const timer = setTimeout(() => answered({ ref }, () => reject(refusal("line.lost"))), ANSWER_SECONDS * 1000);
      asked.set(ref, { resolve, reject, timer });
      socket.send(JSON.stringify({ kind, ref, ...what }));
    });

  const sendLikes = () => {
    clearTimeout(liking);
    liking = 0;
    if (!likes || !ready) return;
    const count = Math.min(likes, LIKES_MAX);
    socket.send(JSON.stringify({ kind: "like", count }));
    likes -= count;
    if (likes) liking = setTimeout(sendLikes, LIKES_SECONDS * 1000);
  };

  const now = () => !over && !ready && connect();
  window.addEventListener("online", now);
  connect();
  return {
    say: (words) => ask("say", { words }),
    claim: (dropId, quantity = 1) => ask("claim", { drop_id: dropId, quantity }),
    // That somebody looks at the goods of a segment, for the report of the show; nothing comes back.
    viewed: (segmentId) => ready && segmentId && socket.send(JSON.stringify({ kind: "view", segment_id: segmentId })),
    like(count = 1) {
      likes = Math.min(likes + count, LIKES_MAX * 4);
      liking = liking || setTimeout(sendLikes, LIKES_SECONDS * 1000);
    },
    now: clock.now,
    open: () => ready,
    close() {
      over = true;
      clearTimeout(again);
      window.removeEventListener("online", now);
      if (socket) {
        const dying = socket;
        socket = null;
        dying.onmessage = dying.onclose = null;
        dying.close();
      }
      ready = false;
      clearInterval(watch);
      failAll();
    },
  };
};
