/* The page works without this: it shows a choice at once instead of after the button. */
const form = document.querySelector(".choices");
const made = document.getElementById("made");
const PAUSE_MS = 300;
let pause = 0;
let asked = 0;

const showErrors = (page) => {
  for (const error of form.querySelectorAll(".errorlist")) error.remove();
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  for (const error of page.querySelectorAll(".choices .errorlist")) {
    const field = document.getElementById(error.nextElementSibling.id);
    field.setAttribute("aria-invalid", "true");
    field.before(error);
  }
};

const show = async () => {
  const turn = ++asked;
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || turn !== asked) return;
  showErrors(page);
  made.replaceChildren(...page.getElementById("made").childNodes);
  history.replaceState(null, "", address);
};

form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(show, PAUSE_MS);
});
