// The stepper: a click goes to its step; the cards below say how far each step is.
document.addEventListener('click', (event) => {
  const go = event.target.closest('[data-go]');
  const step = go && document.getElementById(`teach-${go.dataset.go}`);
  if (!step) return;
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  step.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
});

function mark() {
  for (const button of element.querySelectorAll('[data-go]')) {
    const found = document.querySelector(`#tab-finetune [data-step="${button.dataset.go}"]`);
    const state = found ? found.dataset.state : 'open';
    if (button.dataset.is === state) continue;
    button.dataset.is = state;
    button.querySelector('small').textContent = button.dataset[state];
  }
}

let waiting = 0;
new MutationObserver(() => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(mark);
}).observe(document.body, { childList: true, subtree: true });
watch('value', mark);
mark();
