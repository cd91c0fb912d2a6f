// The chip in the header opens the fold about models and goes there.
element.addEventListener('click', (event) => {
  if (!event.target.closest('[data-models]')) return;
  const fold = document.getElementById('models');
  const button = fold && fold.querySelector('button');
  if (!button) return;
  if (!button.classList.contains('open')) button.click();
  reveal(fold, { top: true });
  button.focus({ preventScroll: true });
});
