/* A double press is one press: the second answer would tell of a request that the first one has spent. */
"use strict";

const PAUSE = 5000; // milliseconds, after which a press counts again: the first one may have been lost
let pressed = -PAUSE;

document.addEventListener("submit", (event) => {
  if (event.submitter?.name !== "decision") return;
  if (event.timeStamp - pressed < PAUSE) event.preventDefault();
  else pressed = event.timeStamp;
});
