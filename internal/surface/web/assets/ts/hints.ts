// A hint for this person alone, said once under what was done and put away by itself.
import { ask, on, one } from "./dom";
import { toast } from "./toast";

const shownFor = 20_000;

export function start() {
  let gone: ReturnType<typeof setTimeout> | undefined;
  const hide = () => { const place = one("[data-hint]"); if (place) place.hidden = true; };
  document.addEventListener("muster:hint", (event) => {
    const words = (event as CustomEvent<string>).detail;
    const place = one("[data-hint]");
    if (!place) { toast(words); return; }
    one("span", place)!.textContent = words;
    place.hidden = false;
    clearTimeout(gone);
    gone = setTimeout(hide, shownFor);
  });
  on("click", "[data-no-hints]", () => {
    hide();
    void ask("/me/hints", { method: "POST", body: new URLSearchParams({ _method: "PUT", wanted: "" }) }).then((answer) => { if (answer.ok) toast("No more hints. Settings, Notifications has them again."); }, () => { /* asked again another time */ });
  });
}
