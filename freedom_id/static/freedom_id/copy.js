/* Copies the code before a button. The pages work without this; the buttons show only where they can do something. */
if (navigator.clipboard) {
  document.documentElement.classList.add("can-copy");
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.previousElementSibling.innerText);
    for (const other of document.querySelectorAll("[data-copy]")) other.textContent = other.dataset.copy;
    button.textContent = button.dataset.copied;
  });
}
