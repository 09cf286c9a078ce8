// Opens the page without a network: keeps the shell and the files of one build, and never an answer of the API.

const NAME = "pointsman BUILD";
const SHELL = ["./", /* SHELL */];
const scope = new URL(self.registration.scope);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("pointsman ") && name !== NAME;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))));
});

/** A file of a build: it never changes, so the kept one is the one. */
async function file(request) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && request.url.includes("BUILD")) (await caches.open(NAME)).put(request, answer.clone());
  return answer;
}

// Only the page itself and files of a build are looked at; all else goes to the network as if this were not here.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.origin) return;
  if (pathname === scope.pathname) event.respondWith(fetch(request).catch(() => caches.match("./")));
  else if (pathname.startsWith(`${scope.pathname}static/v.`)) event.respondWith(file(request));
});
