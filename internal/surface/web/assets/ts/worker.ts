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

interface Act { act: string; title: string; url: string }
interface Told { title: string; body?: string; url?: string; tag?: string; urgent?: boolean; acts?: Act[] }

self.addEventListener("push", (event) => {
  const told = (event.data?.json() ?? { title: "Muster" }) as Told;
  const options: NotificationOptions & { actions: { action: string; title: string }[]; renotify: boolean } = {
    body: told.body, tag: told.tag, data: { url: told.url ?? "/", acts: told.acts ?? [] }, icon: "/icon-192.png", badge: "/icon-192.png",
    actions: (told.acts ?? []).map(({ act, title }) => ({ action: act, title })), requireInteraction: !!told.urgent, renotify: !!told.urgent && !!told.tag,
  };
  event.waitUntil(self.registration.showNotification(told.title, options));
});

// send does what a notification's button says, without a page; where that fails the page is opened, which can say why.
async function send(act: Act, tag: string) {
  const answer = await fetch(new URL(act.url, self.location.origin), { method: "POST", credentials: "include", headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok) return false;
  const words = decodeURIComponent(answer.headers.get("Muster-Toast") ?? "Done");
  const at = answer.headers.get("Muster-Location") ?? new URL(act.url, self.location.origin).pathname.split("/").slice(0, 3).join("/");
  await self.registration.showNotification(words, { tag, silent: true, data: { url: at, acts: [] }, icon: "/icon-192.png", badge: "/icon-192.png" });
  return true;
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url: leads, acts } = event.notification.data as { url: string; acts: Act[] };
  const act = acts.find((one) => one.act === event.action);
  const url = new URL(leads, self.location.origin).href;
  event.waitUntil((async () => {
    if (act && await send(act, event.notification.tag)) return;
    for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
      if (client.url === url) { await client.focus(); return; }
    }
    await self.clients.openWindow(url);
  })());
});

export {};
