// What can be meant by a word that begins with a slash, an at sign or a colon; the list grows upward.
import { ask, one } from "./dom";

interface Suggestion { insert: string; label: string; meaning?: string; icon?: string }

/** Completes in the area; the answer tells whether a key was taken by the list. */
export function completion(form: HTMLFormElement, area: HTMLTextAreaElement, base: string): () => boolean {
  const list = one("[data-complete]", form)!;
  let shown: Suggestion[] = [];
  let at = 0;
  let from = 0;
  let asked = 0;
  let taken = false;

  const close = () => { asked++; shown = []; list.hidden = true; area.removeAttribute("aria-activedescendant"); };

  const draw = () => {
    const sprite = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "";
    const typed = area.value.slice(from, area.selectionStart);
    list.replaceChildren(...shown.map((s, n) => {
      const item = document.createElement("li");
      item.role = "option";
      item.id = `${list.id}-${n}`;
      item.setAttribute("aria-selected", String(n === at));
      item.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${s.icon ?? "corner-down-right"}"></use></svg><b dir="auto"></b><span></span>${n === at ? "<kbd>↵</kbd>" : ""}`;
      const label = item.children[1];
      if (s.label.toLowerCase().startsWith(typed.toLowerCase())) {
        const mark = document.createElement("mark");
        mark.textContent = s.label.slice(0, typed.length);
        label.append(mark, s.label.slice(typed.length));
      } else label.textContent = s.label;
      item.children[2].textContent = s.meaning ?? "";
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(n); });
      return item;
    }));
    list.hidden = !shown.length;
    if (shown.length) area.setAttribute("aria-activedescendant", `${list.id}-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };

  const choose = (n: number) => {
    const s = shown[n];
    if (!s) return;
    area.setRangeText(s.insert + " ", from, area.selectionStart, "end");
    close();
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  };

  area.addEventListener("input", async () => {
    const before = area.value.slice(0, area.selectionStart);
    const word = before.startsWith("/") && !before.includes("\n") ? before : before.match(/(?:^|\s)([@:][^\s@:]{0,30})$/)?.[1];
    if (!word || (word[0] === ":" && word.length < 3)) { close(); return; }
    from = before.length - word.length;
    // Until the answer comes, the list must not offer what the word has ruled out.
    const begins = (text: string) => (" " + text.toLowerCase()).includes(" " + word.toLowerCase());
    if (shown.length) { shown = shown.filter((s) => begins(s.label) || begins(s.insert)); at = 0; draw(); }
    const mine = ++asked;
    try {
      const answer = await ask(`${base}/completions?prefix=${encodeURIComponent(word)}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      shown = await answer.json() as Suggestion[];
      if (shown.length === 1 && shown[0].insert === word) shown = [];
      at = 0;
      draw();
    } catch { close(); }
  });
  area.addEventListener("keydown", (event) => {
    taken = false;
    if (!shown.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length; draw(); }
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && area.value.slice(from, area.selectionStart) !== shown[at].insert)) choose(at);
    else if (event.key === "Escape") close();
    else return;
    taken = true;
    event.preventDefault();
  });
  // Whoever is back in the area by then goes on, and the answer on its way is for them.
  area.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== area) close(); }, 100));
  return () => { const was = taken; taken = false; return was; };
}
