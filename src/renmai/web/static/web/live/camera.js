// The camera of a show: picture and sound of this device, recorded as H.264 in fragments of about a second, and sent.
import { Sender } from "./sender.js";
import { Splitter } from "./split.js";

// AAC first: every player knows it. Where a browser has no encoder for it, Opus.
const KINDS = ["avc1.42E01F,mp4a.40.2", "avc1.42E01F,opus", "avc1.42E01E,mp4a.40.2", "avc1.42E01E,opus"];
const BITS_PER_SECOND = [2_500_000, 1_200_000, 600_000];
const SOUND_BITS_PER_SECOND = 96_000;
const FRAGMENT_MS = 1000;
const WHY = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", OverconstrainedError: "none",
  NotReadableError: "busy", AbortError: "busy" };

export function recordable() {
  if (!window.MediaRecorder) return "";
  return KINDS.map((codecs) => `video/mp4;codecs=${codecs}`).find((kind) => MediaRecorder.isTypeSupported(kind)) || "";
}

// Why this device cannot film at all: "insecure" (no https), "codec" (no H.264 in MP4), or "" if it can.
export function obstacle() {
  if (!window.isSecureContext || !navigator.mediaDevices) return "insecure";
  return recordable() ? "" : "codec";
}

// Whether opening the camera asks nobody: it was allowed before.
export async function allowed() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}

export class Camera {
  #stream = null;
  #recorder = null;
  #sender = null;
  #level = 0;
  #facing = "user";
  #deviceId = "";
  #muted = false;
  #covered = false;
  #lock = null;

  // preview: a <video>; on: {trouble(word), figures({delayMs, kbps, waiting}), opened(), sending(is)}.
  constructor({ preview, on }) {
    this.preview = preview;
    this.on = on;
    document.addEventListener("visibilitychange", () => this.#return());
  }

  get isOpen() {
    return this.#stream !== null;
  }

  get isSending() {
    return this.#sender !== null;
  }

  get isMirrored() {
    return this.#facing === "user";
  }

  // Shows the picture here; nobody else sees it yet. Returns whether it works, else says why not.
  async open() {
    const why = obstacle();
    if (why) return this.#fail(why);
    this.close();
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: this.#wanted(), audio: sound() });
    } catch (refusal) {
      return this.#fail(WHY[refusal.name] || "busy");
    }
    this.#stream.getVideoTracks()[0].addEventListener("ended", () => this.on.trouble("gone"));
    this.#deviceId = this.#stream.getVideoTracks()[0].getSettings().deviceId || "";
    this.preview.srcObject = this.#stream;
    this.preview.play().catch(() => {});
    this.#apply();
    this.on.opened();
    if (this.isSending) this.#record();
    return true;
  }

  // The other camera: front and back on a phone, the next one elsewhere.
  async turn() {
    const cameras = await this.cameras();
    if (cameras.length < 2) return;
    const place = cameras.findIndex((each) => each.deviceId === this.#deviceId);
    const next = cameras[(place + 1) % cameras.length];
    const faces = this.#stream?.getVideoTracks()[0].getSettings().facingMode;
    if (faces) this.#facing = this.#facing === "user" ? "environment" : "user";
    this.#deviceId = faces ? "" : next.deviceId;
    await this.open();
  }

  async cameras() {
    return (await navigator.mediaDevices.enumerateDevices()).filter((each) => each.kind === "videoinput");
  }

  mute(is) {
    this.#muted = is;
    this.#apply();
  }

  // Covers picture and sound here at once; what was not sent yet stays here until `release`.
  cover() {
    this.#covered = true;
    this.#sender?.hold();
    this.#apply();
  }

  // The house knows of the curtain: what was filmed meanwhile may go, it shows it to nobody.
  release() {
    this.#sender?.release();
  }

  uncover() {
    this.#covered = false;
    this.#apply();
    this.release();
  }

  // fast, show: where to; key(again): the camera's key.
  send({ fast, show, key }) {
    this.#sender = new Sender({
      fast, show, key,
      on: {
        figures: (figures) => this.on.figures(figures),
        lost: () => this.on.trouble("lost"),
        back: () => this.on.trouble(""),
        behind: () => this.#slower(),
        over: (code) => this.#over(code),
      },
    });
    this.#record();
    this.#stayAwake();
    this.on.sending(true);
  }

  async stop() {
    const sender = this.#sender;
    await this.#stopRecording();
    await sender?.finish();
    this.#sender = null;
    this.on.sending(false);
    this.#lock?.release().catch(() => {});
  }

  #wanted() {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
    return { ...size, ...(this.#deviceId ? { deviceId: { exact: this.#deviceId } } : { facingMode: this.#facing }) };
  }

  #apply() {
    for (const track of this.#stream?.getVideoTracks() || []) track.enabled = !this.#covered;
    for (const track of this.#stream?.getAudioTracks() || []) track.enabled = !this.#covered && !this.#muted;
  }

  // Each recorder has its own head, so each begins a new take.
  #record() {
    const recorder = new MediaRecorder(this.#stream, {
      mimeType: recordable(),
      videoBitsPerSecond: BITS_PER_SECOND[this.#level],
      audioBitsPerSecond: SOUND_BITS_PER_SECOND,
      videoKeyFrameIntervalDuration: FRAGMENT_MS,
    });
    const sender = this.#sender;
    const splitter = new Splitter({ head: (bytes) => sender.begin(bytes), fragment: (bytes) => sender.add(bytes) });
    let reading = Promise.resolve();
    recorder.ondataavailable = ({ data }) => {
      reading = reading.then(async () => splitter.add(new Uint8Array(await data.arrayBuffer())));
      reading.catch(() => this.#over("codec"));
      recorder.reading = reading;
    };
    recorder.onerror = () => this.on.trouble("gone");
    recorder.start(FRAGMENT_MS);
    this.#recorder = recorder;
  }

  async #stopRecording() {
    const recorder = this.#recorder;
    this.#recorder = null;
    if (!recorder || recorder.state === "inactive") return;
    await new Promise((done) => {
      recorder.onstop = done;
      recorder.stop();
    });
    await recorder.reading;
  }

  #slower() {
    this.on.trouble("behind");
    if (this.#level + 1 >= BITS_PER_SECOND.length) return;
    this.#level += 1;
    this.#letGo();
    this.#record();
  }

  #letGo() {
    if (!this.#recorder) return;
    this.#recorder.ondataavailable = null;
    this.#recorder.onerror = null;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    this.#recorder = null;
  }

  #over(code) {
    this.#letGo();
    this.#sender = null;
    this.on.sending(false);
    this.on.trouble({ "film.closed": "over", "media.not_a_stream": "codec", codec: "codec" }[code] || "unsent");
  }

  // The camera is off.
  close() {
    this.#letGo();
    for (const track of this.#stream?.getTracks() || []) track.stop();
    this.#stream = null;
  }

  #fail(why) {
    this.on.trouble(why);
    return false;
  }

  async #stayAwake() {
    try {
      this.#lock = await navigator.wakeLock?.request("screen");
    } catch {
      this.#lock = null; // a phone that saves power: it may sleep
    }
  }

  // A page that was away lost its lock, and perhaps its camera.
  async #return() {
    if (document.visibilityState !== "visible" || !this.isSending) return;
    await this.#stayAwake();
    if (this.#stream?.getVideoTracks().some((track) => track.readyState === "ended")) await this.open();
  }
}

function sound() {
  return { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
}
