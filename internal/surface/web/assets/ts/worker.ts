// The service worker: shows notifications, opens what they are about, and says so when Muster cannot be reached.
// It keeps no page with anyone's data.
declare const self: ServiceWorkerGlobalScope;

const offline = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>Muster cannot be reached</title>
<body style="font:16px/1.5 system-ui;margin:15vh auto;max-width:24rem;padding:0 1rem;color-scheme:light dark"><h1 style="font-size:1.5rem">Muster cannot be reached</h1>
<p>You are offline, or Muster is starting again. What you wrote in a room is kept on this device and sent as soon as it is back.</p><p>This page tries again by itself.</p>`;

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  event.respondWith(fetch(event.request).catch(() => new Response(offline, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } })));
});

interface Told { title: string; body?: string; url?: string; tag?: string }

self.addEventListener("push", (event) => {
  const told = (event.data?.json() ?? { title: "Muster" }) as Told;
  event.waitUntil(self.registration.showNotification(told.title, { body: told.body, tag: told.tag, data: told.url ?? "/", icon: "/icon-192.png", badge: "/icon-192.png" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data as string, self.location.origin).href;
  event.waitUntil((async () => {
    for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
      if (client.url === url) { await client.focus(); return; }
    }
    await self.clients.openWindow(url);
  })());
});

export {};
