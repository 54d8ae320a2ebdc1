// The page that waits for a phone: asks how it stands, shows the next picture, and loads itself anew once it changed.
// It asks less often the longer it waits, and still less often while it is not answered.
"use strict";

const LONGEST = 10_000;
const LONGEST_UNANSWERED = 30_000;
const place = document.querySelector("[data-waiting]");
let wait = 2_000;

async function look() {
  try {
    const answer = await fetch(place.dataset.waiting);
    const { state, picture } = await answer.json();
    if (state !== place.dataset.state) {
      location.reload();
      return;
    }
    const image = place.querySelector("img");
    if (image && image.getAttribute("src") !== picture) image.src = picture;
    wait = Math.min(wait * 1.1, LONGEST);
  } catch {
    wait = Math.min(wait * 2, LONGEST_UNANSWERED);
  }
  setTimeout(look, wait);
}

setTimeout(look, wait);
