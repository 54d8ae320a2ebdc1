// Passkeys (W3C Web Authentication). A form with data-passkey ("get" or "create") is shown where the browser can do it:
// what it is asked comes from data-options, what it answers goes with the form, like any other field.
"use strict";

const READERS = { get: "parseRequestOptionsFromJSON", create: "parseCreationOptionsFromJSON" };
let waiting = null; // the offer in the list of the identifier's field, which a press on the button ends

async function ask(form, more) {
  const kind = form.dataset.passkey;
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const answer = await fetch(form.dataset.options, { method: "POST", headers });
  if (answer.redirected) {
    location.assign(answer.url); // something is to be proven first
    return;
  }
  const publicKey = PublicKeyCredential[READERS[kind]](await answer.json());
  const credential = await navigator.credentials[kind]({ publicKey, ...more });
  form.elements.response.value = JSON.stringify(credential);
  form.submit();
}

async function offer(form) {
  if (form.dataset.passkey !== "get" || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  ask(form, { mediation: "conditional", signal: waiting.signal }).catch(() => {});
}

function press(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const failed = form.querySelector("[data-failed]");
  failed.hidden = true;
  waiting?.abort();
  ask(form, {}).catch(() => {
    failed.hidden = false;
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (window.PublicKeyCredential?.[READERS[form.dataset.passkey]]) {
    form.hidden = false;
    form.addEventListener("submit", press);
    offer(form);
  }
}
