// What a command or a button answered: words for this person only, a form, or another page.
import { on, one, parse } from "./dom";
import { fill } from "./dialog";
import { take } from "./flow";
import { toast } from "./toast";

/** Shows an answer. */
export async function reply(answer: Response) {
  const location = answer.headers.get("Muster-Location");
  if (location) { window.location.assign(location); return; }
  const kind = answer.headers.get("Muster-Reply");
  const html = answer.status === 204 ? "" : await answer.text();
  const place = one("[data-reply]")!;
  if (kind === "form") fill(html);
  else if (kind === "said") said(html);
  else if (answer.ok) { place.hidden = true; if (html) take(html); }
  else toast(decodeURIComponent(answer.headers.get("Muster-Toast") ?? "") || "That did not work. Try again shortly.");
}

function said(html: string) {
  const place = one("[data-reply]");
  if (!place) return;
  place.replaceChildren(parse(html));
  place.hidden = false;
}

export function start() {
  document.addEventListener("muster:said", (event) => said((event as CustomEvent<string>).detail));
  on("click", "[data-reply-close]", () => { one("[data-reply]")!.hidden = true; });
}
