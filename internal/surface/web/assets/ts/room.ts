// The room: hears what is said and changed, in its order and each once, and reads on where it missed something.
import { ask, on, one, wait } from "./dom";
import { flow, newest, start as startFlow, take } from "./flow";
import { start as startComposer } from "./composer";
import { start as startHints } from "./hints";
import { start as startMessages } from "./messages";
import { start as startOutbox } from "./outbox";
import { start as startPresence } from "./presence";
import { start as startReply } from "./reply";
import { start as startThread } from "./thread";
import type { News } from "./live";
import { refreshAll } from "./regions";

let topic: string;
let latest = 0; // the number of the last change that this page has
let told = 0; // the highest number that news have named
const heard = new Set<number>(); // numbers beyond latest that came with their text

export function start() {
  const box = one("[data-room]");
  if (!box) return;
  topic = box.dataset.topic!;
  latest = Number(box.dataset.latest);
  startFlow(box);
  document.addEventListener("muster:live", (event) => hear((event as CustomEvent<News>).detail));
  document.addEventListener("muster:connected", () => { void catchUp().then((some) => { if (some) refreshAll(topic); }); });
  on("click", "[data-newer]", () => void newest());
  startReply();
  startMessages();
  startThread();
  startComposer();
  startOutbox();
  startPresence();
  startHints();
}

let pending = "";

/** Shows what came since the last picture at once: fifty messages a second are few pictures, not fifty. */
function show(html: string) {
  const first = !pending;
  pending += html;
  if (!first) return;
  const put = () => { const all = pending; pending = ""; take(all); };
  if (document.visibilityState === "visible") requestAnimationFrame(put); else setTimeout(put, 250);
}

function hear(news: News) {
  if (news.topic !== topic && news.topic !== "*") return;
  if (news.kind === "resync") { void catchUp(); return; }
  const number = news.seq ?? 0;
  told = Math.max(told, number);
  if (number <= latest) return;
  if (!news.html) { void catchUp(); return; }
  show(news.html);
  heard.add(number);
  while (heard.delete(latest + 1)) latest++;
  if (latest < told) void gap();
}

let looking = false;

/** News may overtake each other: a number that is missing has a moment to come before it is asked for. */
async function gap() {
  if (looking) return;
  looking = true;
  await wait(200 + Math.random() * 200);
  looking = false;
  if (latest < told) void catchUp();
}

let catching = false;
let behind = false;

/** Reads everything posted or changed since the last number that this page has, and answers whether there was any. */
async function catchUp(): Promise<boolean> {
  if (catching) { behind = true; return false; }
  catching = true;
  let some = false;
  try {
    for (let more = true; more;) {
      behind = false;
      const upTo = told; // numbers are taken in the order of commits, so whoever asks now is told all up to here
      const answer = await ask(`${flow.base}/messages?after=${latest}`);
      if (!answer.ok || answer.redirected) return some;
      const found = Number(answer.headers.get("Muster-Latest"));
      some ||= found > latest;
      take(await answer.text());
      const rest = answer.headers.has("Muster-More") && found > latest;
      latest = Math.max(latest, found || 0, rest ? 0 : upTo);
      for (const number of heard) if (number <= latest) heard.delete(number);
      while (heard.delete(latest + 1)) latest++;
      more = rest || behind;
    }
  } catch {
    // the next connection catches up
  } finally {
    catching = false;
  }
  return some;
}
