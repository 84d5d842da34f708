// Being reached with the tab closed: the service worker, and a device that subscribes.
import { all, ask, me, on } from "./dom";
import { toast } from "./toast";

const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

async function subscribe(button: HTMLElement) {
  const key = document.body.dataset.pushKey;
  if (!key || !("PushManager" in window)) { toast("This browser cannot receive push notifications here."); return; }
  if (await Notification.requestPermission() !== "granted") { toast("Notifications are switched off for this site in the browser."); return; }
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  const { endpoint, keys } = subscription.toJSON();
  const body = new URLSearchParams({ endpoint: endpoint!, p256dh: keys!.p256dh, auth: keys!.auth, device: navigator.userAgent });
  const answer = await ask("/me/devices", { method: "POST", body });
  toast(answer.ok ? "This device will be notified." : "That did not work. Try again shortly.");
  if (answer.ok) { button.hidden = true; location.reload(); }
}

export function start() {
  if (!("serviceWorker" in navigator && "PushManager" in window)) { // plain http, or a browser without push
    for (const button of all("[data-push]")) button.hidden = true;
  }
  if (!("serviceWorker" in navigator)) return;
  if (me) void navigator.serviceWorker.register("/sw.js").catch(() => undefined); // plain http has none
  on("click", "[data-push]", (button) => void subscribe(button).catch(() => toast("That did not work. Try again shortly.")));
}
