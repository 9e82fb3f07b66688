// Film of a show in a <video>: live near its edge, or a recording that can be sought in.
//
// play(video, { fast, show, recorded, on }) -> { at(date), seek(seconds), close() }
//   fast      where `fast` is; show: the show's id; recorded: the show is over, play from its beginning
//   on        (state) => {}: "waiting" (no film yet), "playing", "covered" (the curtain is drawn), "over", "none" (this
//             browser cannot play it), "tap" (the browser wants a touch before it plays)
// at(date) is where in the recording that moment is, in seconds. Film comes as HLS (RFC 8216) with fragments of about a
// second: MediaSource plays them where it is, else the browser's own HLS.
const AHEAD_SECONDS = 20, KEPT_SECONDS = 20, EDGE_PIECES = 2;
const BEHIND_SECONDS = { hurry: 2.5, jump: 6, edge: 1.2 };
const Source = window.MediaSource || window.ManagedMediaSource;
const HLS = "application/vnd.apple.mpegurl";
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Return a playlist's pieces: [{ url, head, seconds, gap, fresh, starts, date }], and whether no more will come.
// `fresh`: it does not go on where the piece before ended; `starts`: seconds from the first piece, gaps left out.
export const readPlaylist = (text, address) => {
  const pieces = [];
  let head = "", seconds = 0, gap = false, fresh = true, starts = 0, date = 0;
  const whole = (path) => new URL(path, address).href;
  for (const line of text.split("\n")) {
    const [tag, value] = [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1)];
    if (tag === "#EXT-X-MAP") head = whole(/URI="([^"]+)"/.exec(value)[1]);
    else if (tag === "#EXT-X-DISCONTINUITY") fresh = true;
    else if (tag === "#EXT-X-PROGRAM-DATE-TIME") date = Date.parse(value);
    else if (tag === "#EXT-X-GAP") gap = true;
    else if (tag === "#EXTINF") seconds = parseFloat(value);
    else if (line && !line.startsWith("#")) {
      pieces.push({ url: whole(line), head, seconds, gap, fresh, starts, date });
      fresh = gap;
      if (!gap) starts += seconds;
      if (date) date += seconds * 1000;
      gap = false;
    }
  }
  return { pieces, over: /#EXT-X-ENDLIST/.test(text) };
};

// Return the type of a head, as MediaSource wants to know it: from its avcC box, and the sound's kind.
export const typeOf = (head) => {
  const text = new TextDecoder("latin1").decode(head);
  const found = text.indexOf("avcC");
  const hex = (place) => head[found + place].toString(16).padStart(2, "0");
  const codecs = found > 0 ? [`avc1.${hex(5)}${hex(6)}${hex(7)}`] : [];
  if (text.includes("Opus")) codecs.push("opus");
  else if (text.includes("mp4a")) codecs.push("mp4a.40.2");
  return `video/mp4; codecs="${codecs.join(", ")}"`;
};

export const play = (video, { fast, show, recorded = false, on = () => {} }) => {
  const address = `${fast}/live/${show}/film.m3u8`;
  let said = "", closed = false, list = { pieces: [], over: false };
  const tell = (state) => {
    if (state !== said && !closed) on((said = state));
  };
  const start = () => video.play().catch((refused) => refused.name === "NotAllowedError" && tell("tap"));
  const player = { closed: () => closed, tell, start, recorded, video };

  const fetchList = async () => {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(`playlist ${answer.status}`);
    return (list = readPlaylist(await answer.text(), address));
  };
  const seekable = () => list.pieces.filter((piece) => !piece.gap);

  video.playsInline = true;
  let stop = () => {};
  if (Source) stop = playSource(player, fetchList, () => stop = playNative(player, address));
  else stop = playNative(player, address);
  const playing = () => tell("playing");
  const ended = () => tell("over");
  video.addEventListener("playing", playing);
  video.addEventListener("ended", ended);
  return {
    async at(date) {
      if (!list.pieces.length) await fetchList();
      const before = seekable().filter((piece) => piece.date && piece.date <= date).pop();
      return before ? before.starts + Math.min(before.seconds, (date - before.date) / 1000) : 0;
    },
    seek(seconds) {
      video.currentTime = seconds;
      start();
    },
    close() {
      closed = true;
      video.removeEventListener("playing", playing);
      video.removeEventListener("ended", ended);
      stop();
      video.removeAttribute("src");
      video.load();
    },
  };
};

// The browser's own HLS (Safari on older phones): it looks for new film by itself, once there is some.
const playNative = (player, address) => {
  const { video } = player;
  if (!video.canPlayType(HLS)) {
    player.tell("none");
    return () => {};
  }
  player.tell("waiting");
  const load = () => {
    video.src = address;
    player.start();
  };
  const failed = () => pause(2).then(() => player.closed() || load());
  video.addEventListener("error", failed);
  load();
  return () => video.removeEventListener("error", failed);
};

const playSource = (player, fetchList, giveUp) => {
  const { video } = player;
  let reel = null, stopped = false;
  const run = async () => {
    for (let tries = 0; !stopped; tries += 1) {
      reel = new Reel(player, fetchList);
      try {
        await reel.run();
        return;
      } catch (fault) {
        reel.close();
        if (stopped) return;
        if (fault.name === "NotSupportedError") {
          if (video.canPlayType(HLS)) giveUp();
          else player.tell("none");
          return;
        }
        await pause(Math.min(8, 0.5 * 2 ** Math.min(tries, 4)));
      }
    }
  };
  run();
  return () => {
    stopped = true;
    if (reel) reel.close();
  };
};

// One attempt to play by MediaSource, from the first piece it chooses until the end or a fault.
class Reel {
  constructor(player, fetchList) {
    Object.assign(this, { player, fetchList, video: player.video, heads: new Map() });
    this.source = new Source();
    this.buffer = null;
    this.head = "";
    this.next = null; // the url of the piece to load after the last one, "" for the edge
    this.last = "";
    this.end = 0;
    this.closed = false;
    this.watch = 0;
  }

  async run() {
    const { video, source, player } = this;
    player.tell("waiting");
    let list = await this.film();
    video.disableRemotePlayback = true;
    video.src = URL.createObjectURL(source);
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
    URL.revokeObjectURL(video.src);
    // Without a length nothing beyond what is loaded could be sought.
    const last = list.pieces[list.pieces.length - 1];
    if (player.recorded && last) source.duration = last.starts + last.seconds;
    this.watch = setInterval(() => this.keepUp(), 400);
    this.sought = () => this.wake && this.wake();
    video.addEventListener("seeking", this.sought);
    player.start();
    while (!this.closed) {
      const piece = this.choose(list);
      if (piece) await this.load(piece, list);
      else if (list.over && (player.recorded || this.last)) {
        if (source.readyState === "open" && !this.buffer.updating) source.endOfStream();
        if (!player.recorded) return;
        await new Promise((resolve) => (this.wake = resolve));
      } else if (list.over) return;
      else {
        if (list.pieces.length && list.pieces[list.pieces.length - 1].gap) this.dark();
        await pause(0.45);
        list = await this.film();
        continue;
      }
      if (!player.recorded && !this.choose(list)) {
        await pause(Math.max(0.2, piece.seconds * 0.7));
        list = await this.film();
      }
      while (player.recorded && !this.closed && this.ahead() > AHEAD_SECONDS) {
        await Promise.race([pause(1), new Promise((resolve) => (this.wake = resolve))]);
      }
    }
  }

  // Return the playlist once there is one; there is none before the first film.
  async film() {
    for (;;) {
      try {
        return await this.fetchList();
      } catch (fault) {
        if (this.closed) throw fault;
        await pause(1.2);
      }
    }
  }

  ranges() {
    const { buffered } = this.buffer || { buffered: { length: 0 } };
    return Array.from({ length: buffered.length }, (_, n) => [buffered.start(n), buffered.end(n)]);
  }

  ahead() {
    const at = this.video.currentTime;
    const range = this.ranges().find(([from, to]) => from <= at + 0.3 && at < to);
    return range ? range[1] - at : 0;
  }

  // Return the piece to load now, or nothing.
  choose(list) {
    const film = list.pieces.filter((piece) => !piece.gap);
    if (this.player.recorded) {
      const from = this.video.currentTime + this.ahead();
      return film.find((piece) => piece.starts + piece.seconds > from + 0.05 && piece.url !== this.last);
    }
    const place = film.findIndex((piece) => piece.url === this.last);
    if (place >= 0) return film[place + 1];
    return film[Math.max(0, film.length - EDGE_PIECES)];
  }

  async load(piece, list) {
    const head = await this.headOf(piece);
    const answer = await fetch(piece.url);
    const data = answer.ok ? await answer.arrayBuffer() : null;
    if (this.closed) return;
    const place = list.pieces.indexOf(piece);
    const before = place > 0 ? list.pieces[place - 1] : null;
    const goesOn = before && before.url === this.last && !piece.fresh && this.head === piece.head;
    this.last = piece.url;
    if (!data) return;
    if (!goesOn) await this.turnTo(piece, head);
    await this.append(data);
    if (!goesOn) this.buffer.mode = "segments";
    await this.trim();
  }

  async headOf(piece) {
    if (!this.heads.has(piece.head)) {
      const answer = await fetch(piece.head);
      if (!answer.ok) throw new Error(`head ${answer.status}`);
      this.heads.set(piece.head, new Uint8Array(await answer.arrayBuffer()));
    }
    return this.heads.get(piece.head);
  }

  // Go on with a piece that does not follow the last one. "sequence" puts its first picture where the film goes on;
  // "segments" keeps what follows on its own clock, so that sound and picture stay together.
  async turnTo(piece, head) {
    const type = typeOf(head);
    if (!this.buffer) {
      if (!Source.isTypeSupported(type)) throw new DOMException(type, "NotSupportedError");
      this.buffer = this.source.addSourceBuffer(type);
    }
    if (this.source.readyState === "open") this.buffer.abort();
    if (this.head && this.head !== piece.head && this.buffer.changeType) this.buffer.changeType(type);
    if (this.head !== piece.head) await this.append(head);
    this.head = piece.head;
    const ranges = this.ranges();
    this.buffer.mode = "sequence";
    this.buffer.timestampOffset = this.player.recorded ? piece.starts : ranges.length ? ranges[ranges.length - 1][1] : 0;
  }

  async append(data) {
    for (let tries = 0; ; tries += 1) {
      try {
        this.buffer.appendBuffer(data);
        await this.settled();
        return;
      } catch (fault) {
        if (fault.name !== "QuotaExceededError" || tries > 2) throw fault;
        await this.trim(4);
      }
    }
  }

  async trim(kept = KEPT_SECONDS) {
    const to = this.video.currentTime - kept;
    const ranges = this.ranges();
    if (!ranges.length || ranges[0][0] > to - kept / 2) return;
    this.buffer.remove(0, to);
    await this.settled();
  }

  settled() {
    return new Promise((resolve, reject) => {
      const done = (event) => {
        this.buffer.removeEventListener("updateend", done);
        this.buffer.removeEventListener("error", failed);
        resolve(event);
      };
      const failed = () => {
        this.buffer.removeEventListener("updateend", done);
        this.buffer.removeEventListener("error", failed);
        reject(new Error("film that cannot be played"));
      };
      this.buffer.addEventListener("updateend", done);
      this.buffer.addEventListener("error", failed);
    });
  }

  dark() {
    if (this.ahead() < 0.3) this.player.tell("covered");
  }

  // Step over holes, and keep live film near its edge: a little faster, or at once where it is far behind.
  keepUp() {
    const { video } = this, ranges = this.ranges(), at = video.currentTime;
    if (!ranges.length || video.paused || video.seeking) return;
    const inside = ranges.find(([from, to]) => from <= at && at < to - 0.05);
    const later = ranges.find(([from]) => from > at);
    if (!inside && later) video.currentTime = later[0] + 0.02;
    if (this.player.recorded) return;
    const edge = ranges[ranges.length - 1][1], behind = edge - at;
    if (behind > BEHIND_SECONDS.jump) video.currentTime = edge - BEHIND_SECONDS.edge;
    const rate = behind > BEHIND_SECONDS.hurry ? 1.12 : 1;
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  close() {
    this.closed = true;
    clearInterval(this.watch);
    if (this.sought) this.video.removeEventListener("seeking", this.sought);
    if (this.wake) this.wake();
  }
}
