// The service worker: files named by their hash come from here, and without a network the page that says so.
// No other page is ever kept: they are personal. Another version of any file makes another text here, hence another worker.
"use strict";
const VERSION = "renmai-{{ version }}";
const FILES = {{ files|safe }};
const PAGES = {{ pages|safe }};
const SPOKEN = "/app/spoken"; // not an address: where the language of the last page is written down

self.addEventListener("install", (event) => event.waitUntil(begin()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (address.pathname.startsWith("/assets/")) event.respondWith(file(request));
});

async function begin() {
  const cache = await caches.open(VERSION);
  const pages = Object.values(PAGES).map((address) => new Request(address, { credentials: "omit", cache: "reload" }));
  await cache.addAll([...FILES, ...pages]);
  await self.skipWaiting();
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name)));
  if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

async function page(event) {
  try {
    const answer = (await event.preloadResponse) || (await fetch(event.request));
    event.waitUntil(writeDown(answer.headers.get("Content-Language")));
    return answer;
  } catch {
    const cache = await caches.open(VERSION);
    const noted = await cache.match(SPOKEN);
    const spoken = noted ? await noted.text() : navigator.language.startsWith("zh") ? "zh-hans" : "en";
    return (await cache.match(PAGES[spoken] || PAGES.en)) || Response.error();
  }
}

let spoken = "";
async function writeDown(language) {
  if (!language || language === spoken) return;
  spoken = language;
  await (await caches.open(VERSION)).put(SPOKEN, new Response(language));
}

async function file(request) {
  const cache = await caches.open(VERSION);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  const lasts = answer.ok && (answer.headers.get("Cache-Control") || "").includes("immutable");
  if (lasts) await cache.put(request, answer.clone());
  return answer;
}
