/* Freedom ID button 1.0.0: says the label in the page's language and opens a pop-up. It never sees a code or a token.
   Without it the button is a link that works. Guide: docs/button.md */
(() => {
  "use strict";
  if (window.FreedomId) return;

  const LABELS = {
    en: "Sign in with Freedom ID",
    ru: "Войти с Freedom ID",
    uz: "Freedom ID bilan kirish",
    kk: "Freedom ID арқылы кіру",
    th: "เข้าสู่ระบบด้วย Freedom ID",
  };
  // A BroadcastChannel and not window.opener: the sign-in pages cut every opener off (Cross-Origin-Opener-Policy), and
  // the browser itself lets no other origin hear or speak here.
  const CHANNEL = "freedom-id";
  const PATIENCE_MS = 500;
  const WIDTH = 480;
  const HEIGHT = 720;
  let waiting = null;

  const known = (tag) => {
    const language = (tag || "").toLowerCase().split("-")[0];
    return language in LABELS ? language : "";
  };

  const languageFor = (link) =>
    known(link.dataset.language) ||
    known(link.parentElement?.closest("[lang]")?.lang) ||
    navigator.languages.map(known).find(Boolean) ||
    "en";

  /** Say the label of every button in `root` that leaves its language to the script (`data-language`). */
  const render = (root = document) => {
    for (const link of root.querySelectorAll("a.freedom-id-button[data-language]")) {
      link.lang = languageFor(link);
      link.textContent = LABELS[link.lang];
    }
  };

  const isOwn = (address) => String(address).startsWith(`${location.origin}/`);

  const centred = () => {
    const left = Math.max(0, Math.round(screenX + (outerWidth - WIDTH) / 2));
    const top = Math.max(0, Math.round(screenY + (outerHeight - HEIGHT) / 2));
    return `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`;
  };

  /** Open the pop-up of `link`. Returns a promise of {status, next}, or null when no pop-up may open: follow the link. */
  const open = (link) => {
    if (!("BroadcastChannel" in window)) return null;
    const start = new URL(link.href);
    start.searchParams.set("display", "popup");
    if (!window.open(start, "_blank", centred())) return null;
    waiting?.close();
    const channel = (waiting = new BroadcastChannel(CHANNEL));
    return new Promise((resolve) => {
      channel.addEventListener("message", ({ data }) => {
        if (data?.kind !== "result" || !isOwn(data.next)) return;
        channel.postMessage({ kind: "taken" });
        channel.close();
        resolve({ status: data.status, next: data.next });
      });
    });
  };

  const press = (event) => {
    const link = event.target.closest("a.freedom-id-button[data-mode=popup]");
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || elsewhere || event.defaultPrevented) return;
    const result = open(link);
    if (!result) return;
    event.preventDefault();
    result.then((detail) => {
      const told = new CustomEvent("freedom-id-result", { bubbles: true, cancelable: true, detail });
      if (link.dispatchEvent(told)) location.assign(detail.next);
    });
  };

  /** In the pop-up: tell the page that waits, and close. When nobody waits any more, go on here. */
  const bringBack = (link) => {
    if (!isOwn(link.href) || !("BroadcastChannel" in window)) return;
    const goOn = () => location.replace(link.href);
    const unheard = setTimeout(goOn, PATIENCE_MS);
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", ({ data }) => {
      if (data?.kind !== "taken") return;
      clearTimeout(unheard);
      window.close();
      setTimeout(goOn, PATIENCE_MS);
    });
    channel.postMessage({ kind: "result", status: link.dataset.freedomIdResult, next: link.href });
  };

  const begin = () => {
    render();
    const back = document.querySelector("a[data-freedom-id-result]");
    if (back) bringBack(back);
  };

  window.FreedomId = Object.freeze({ render, open });
  document.addEventListener("click", press);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
