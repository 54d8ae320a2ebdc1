/* While a copy is being made, says how far it is. Without this, the page comes again by itself. */
const shown = document.getElementById("copies");
async function look() {
  const answer = await fetch(location.href);
  if (answer.redirected) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("copies");
  const text = (part) => part.textContent.replace(/\s+/g, " ");
  if (text(fresh) !== text(shown)) shown.replaceChildren(...fresh.childNodes);
  if (fresh.hasAttribute("data-unfinished")) setTimeout(look, 2000);
}
if (shown.hasAttribute("data-unfinished")) setTimeout(look, 2000);
